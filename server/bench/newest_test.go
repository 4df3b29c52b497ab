package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/shared/api"
)

// A process is a server that is measured.
type process struct {
	url   string
	token string
	cmd   *exec.Cmd
}

// start runs TestServer in the role, in a process of its own.
func start(b *testing.B, role, dir string) *process {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestServer$")
	cmd.Env = append(os.Environ(), serveRole+"="+role, serveDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill() // it runs until then
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) >= 2 && words[0] == "serving" {
			p := &process{url: "http://" + words[1], cmd: cmd}
			if len(words) > 2 {
				p.token = words[2]
			}
			go io.Copy(io.Discard, out)
			return p
		}
		b.Log(lines.Text())
	}
	b.Fatalf("the %s does not serve", role)
	return nil
}

// cpu is the time that the threads of the process have had, in nanoseconds of
// the scheduler: proc_pid_stat(5) counts in ticks of 10 ms, which is too coarse
// for one round.
func (p *process) cpu(b *testing.B) time.Duration {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	if err != nil || len(threads) == 0 {
		b.Skip("no /proc to read CPU time from")
	}
	var sum time.Duration
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		var ns time.Duration
		if _, err := fmt.Sscan(string(text), &ns); err != nil {
			b.Fatal(err)
		}
		sum += ns
	}
	return sum
}

// signIn returns the cookie of a session.
func (p *process) signIn(b *testing.B) string {
	b.Helper()
	body, err := json.Marshal(api.SignIn{Email: email, Password: password})
	if err != nil {
		b.Fatal(err)
	}
	res, err := http.Post(p.url+api.PathSignIn, api.TypeJSON, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	res.Body.Close()
	for _, c := range res.Cookies() {
		if res.StatusCode == http.StatusOK && c.Value != "" {
			return c.Name + "=" + c.Value
		}
	}
	b.Fatalf("sign-in = %d", res.StatusCode)
	return ""
}

// page is what the site in dir answers who asks for the newest page.
func page(b *testing.B, dir string) []byte {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(dir, pageFile))
	if err != nil {
		b.Fatal(err)
	}
	return text
}

const connections = 16

// A reader asks a process for the feed over 16 connections.
type reader struct {
	*process
	header, value string
	want          []byte
	client        *http.Client
	took          []float64 // CPU time of the process for a request, in microseconds, of each round
}

func (p *process) reader(b *testing.B, header, value string, want []byte) *reader {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	b.Cleanup(client.CloseIdleConnections)
	return &reader{process: p, header: header, value: value, want: want, client: client}
}

// round sends n requests. Every answer must be the one that is wanted.
func (l *reader) round(b *testing.B, n int) {
	b.Helper()
	before := l.cpu(b)
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			for range n / connections {
				if err := l.read(b); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	l.took = append(l.took, float64((l.cpu(b)-before).Nanoseconds())/1e3/float64(n))
}

func (l *reader) read(b *testing.B) error {
	r, err := http.NewRequestWithContext(b.Context(), "GET", l.url+api.PathFeed, nil)
	if err != nil {
		return err
	}
	r.Header.Set(l.header, l.value)
	res, err := l.client.Do(r)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || !bytes.Equal(got, l.want) {
		return fmt.Errorf("status %d, %v, %d bytes, want %d", res.StatusCode, err, len(got), len(l.want))
	}
	return nil
}

// over is the median of what l took over what m took in the same round: what
// else the machine does hits both.
func (l *reader) over(m *reader) float64 {
	ratios := make([]float64, len(l.took))
	for i := range ratios {
		ratios[i] = l.took[i] / m.took[i]
	}
	return median(ratios)
}

// perRound is how many requests a reader sends in one round: so few that what
// else the machine does hits neighbouring rounds alike.
const perRound = 800

// BenchmarkNewestPage compares the newest page for who is signed in with the
// same bytes from a server that asks nobody and no database: four lines on
// net/http, which get the same requests and give the same answers, status, headers
// and body. x-cookie and x-bearer are the CPU time of that floor over the site's;
// below 0.7 the benchmark fails. The client's time is in neither.
//
// x-bare-… are against answers with the same body and only the headers that a
// body needs. x-guest-… are against the site itself for a guest, so they are what
// knowing the reader costs.
//
//	go test -run '^$' -bench NewestPage -benchtime 60x ./server/bench
func BenchmarkNewestPage(b *testing.B) {
	dir := b.TempDir()
	site := start(b, "site", dir)
	floor, bare := start(b, "floor", dir), start(b, "bare", dir)
	page := page(b, dir)
	cookie, bearer := site.signIn(b), "Bearer "+site.token
	guest := site.reader(b, "Accept", api.TypeJSON, bytes.ReplaceAll(page, []byte(`,"liked":true`), nil))
	byCookie, byBearer := site.reader(b, "Cookie", cookie, page), site.reader(b, "Authorization", bearer, page)
	floorCookie, floorBearer := floor.reader(b, "Cookie", cookie, page), floor.reader(b, "Authorization", bearer, page)
	bareCookie, bareBearer := bare.reader(b, "Cookie", cookie, page), bare.reader(b, "Authorization", bearer, page)
	all := []*reader{byCookie, floorCookie, bareCookie, byBearer, floorBearer, bareBearer, guest}
	for _, l := range all {
		l.round(b, perRound) // connections, caches
		l.took = nil
	}
	for b.Loop() {
		for _, l := range all {
			l.round(b, perRound)
		}
	}
	b.ReportMetric(0, "ns/op") // of all together
	b.ReportMetric(median(floorCookie.took), "floor-µs")
	b.ReportMetric(median(byCookie.took), "cookie-µs")
	b.ReportMetric(median(byBearer.took), "bearer-µs")
	atLeast(b, 0.7, floorCookie.over(byCookie), "x-cookie")
	atLeast(b, 0.7, floorBearer.over(byBearer), "x-bearer")
	b.ReportMetric(bareCookie.over(byCookie), "x-bare-cookie")
	b.ReportMetric(bareBearer.over(byBearer), "x-bare-bearer")
	b.ReportMetric(guest.over(byCookie), "x-guest-cookie")
	b.ReportMetric(guest.over(byBearer), "x-guest-bearer")
}
