package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/shared/api"
)

// Of the flooders, the clients of BenchmarkFlood that sign in at the same time,
// half are visitors, who have an account; four share one, fewer than the limit of
// tries for an account would stop.
const (
	flooders = 64
	visitors = flooders / 2 / 4
)

func visitor(i int) string { return fmt.Sprintf("visitor-%d@example.com", i) }

// A flood is clients that sign in without a pause: half of them with a right
// password, the others each time at another address, of which no account is known.
// To the server that costs as much as a wrong password.
type flood struct {
	*process
	client *http.Client
	stop   context.CancelFunc
	wg     sync.WaitGroup

	entered, refused, busy, failed atomic.Int64
}

func (p *process) flood(ctx context.Context) *flood {
	ctx, stop := context.WithCancel(ctx)
	f := &flood{process: p, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: flooders}}, stop: stop}
	for i := range flooders {
		f.wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				who := api.SignIn{Email: visitor(i % visitors), Password: password}
				if i < flooders/2 {
					who = api.SignIn{Email: fmt.Sprintf("stranger-%d-%d@example.com", i, n), Password: password}
				}
				f.try(ctx, who)
			}
		})
	}
	return f
}

// end waits for the last of the clients.
func (f *flood) end() {
	f.stop()
	f.wg.Wait()
	f.client.CloseIdleConnections()
}

func (f *flood) try(ctx context.Context, who api.SignIn) {
	status, err := f.signInAs(ctx, who)
	switch {
	case ctx.Err() != nil: // cut by end
	case err != nil:
		f.failed.Add(1)
	case status == http.StatusOK:
		f.entered.Add(1)
	case status == http.StatusUnauthorized:
		f.refused.Add(1)
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		f.busy.Add(1)
	default:
		f.failed.Add(1)
	}
}

func (f *flood) signInAs(ctx context.Context, who api.SignIn) (int, error) {
	body, err := json.Marshal(who)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, "POST", f.url+api.PathSignIn, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", api.TypeJSON)
	res, err := f.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// pace returns the median time of n reads one after the other, with the pauses
// of one who reads: a reader who never pauses holds a core of the machine warm
// that a real one finds cold.
func (l *reader) pace(b *testing.B, n int) float64 {
	b.Helper()
	took := make([]float64, n)
	for i := range took {
		time.Sleep(2 * time.Millisecond)
		start := time.Now()
		if err := l.read(b); err != nil {
			b.Fatal(err)
		}
		took[i] = float64(time.Since(start).Microseconds())
	}
	return median(took)
}

// BenchmarkFlood reads the feed while 64 clients sign in as fast as they are
// answered, from as many addresses as they like: the limits by address, which
// would end it, are off. x-idle is the median time of a read then over the median
// before; above 2 the benchmark fails, as it does when a sign-in is answered with
// anything but what it should be, or none with a session.
//
//	go test -run '^$' -bench Flood -benchtime 10x ./server/bench
func BenchmarkFlood(b *testing.B) {
	dir := b.TempDir()
	site := start(b, "site", dir)
	l := site.reader(b, "Cookie", site.signIn(b), page(b, dir))
	l.pace(b, 100)
	var idle, flooded, ratios []float64
	var entered, refused, busy, failed int64
	var flooding time.Duration
	for b.Loop() {
		idle = append(idle, l.pace(b, 200))
		start := time.Now()
		f := site.flood(b.Context())
		time.Sleep(300 * time.Millisecond) // all have a hash to wait for
		flooded = append(flooded, l.pace(b, 200))
		f.end()
		flooding += time.Since(start)
		ratios = append(ratios, flooded[len(flooded)-1]/idle[len(idle)-1])
		entered, refused = entered+f.entered.Load(), refused+f.refused.Load()
		busy, failed = busy+f.busy.Load(), failed+f.failed.Load()
	}
	b.ReportMetric(0, "ns/op") // of all together
	b.ReportMetric(median(idle), "idle-µs")
	b.ReportMetric(median(flooded), "flooded-µs")
	atMost(b, 2, median(ratios), "x-idle")
	b.ReportMetric(float64(entered+refused)/flooding.Seconds(), "signins/s")
	b.ReportMetric(float64(busy)/flooding.Seconds(), "busy/s")
	if failed > 0 || entered == 0 || refused == 0 {
		b.Errorf("of the flood %d entered, %d were refused and %d failed", entered, refused, failed)
	}
}
