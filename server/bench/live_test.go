package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/server/internal/feed/feedtest"
	"porchlight/shared/api"
)

// readers is how many live streams are open in BenchmarkLive.
const readers = 10_000

// resident is the memory of the process, in bytes, from proc(5).
func (p *process) resident(b *testing.B) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Skip("no /proc to read memory from")
	}
	for line := range strings.Lines(string(status)) {
		var kib int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

// An audience is the readers of a server.
type audience struct {
	b       *testing.B
	conns   []net.Conn
	mark    []byte // in the ids of its posts: the site still tells of those it began with
	wg      sync.WaitGroup
	arrived chan time.Time // a post, at one reader
	dropped atomic.Int64
	closing atomic.Bool
}

// gather opens n streams of the person with the cookie.
func gather(b *testing.B, p *process, cookie string, n int) *audience {
	b.Helper()
	a := &audience{b: b, arrived: make(chan time.Time, n), mark: []byte(newID()[14:])} // behind its time
	address := strings.TrimPrefix(p.url, "http://")
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", api.PathEvents, address, cookie)
	open := make(chan struct{}, n)
	for range n {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		a.conns = append(a.conns, conn)
		a.wg.Go(func() { a.read(conn, request, open) })
		if len(a.conns)%100 == 0 { // not more at once than the server's backlog
			for range 100 {
				<-open
			}
		}
	}
	return a
}

func (a *audience) read(conn net.Conn, request string, open chan<- struct{}) {
	if _, err := conn.Write([]byte(request)); err != nil {
		a.b.Error(err)
	}
	lines := bufio.NewReaderSize(conn, 1<<10)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case err != nil:
			if !a.closing.Load() {
				a.dropped.Add(1)
			}
			return
		case bytes.Contains(line, []byte(`"kind":"resync"`)):
			open <- struct{}{}
		case bytes.Contains(line, []byte(`"kind":"post"`)) && bytes.Contains(line, a.mark):
			a.arrived <- time.Now()
		}
	}
}

func (a *audience) leave() {
	a.closing.Store(true)
	for _, c := range a.conns {
		c.Close()
	}
	gone := make(chan struct{})
	go func() { a.wg.Wait(); close(gone) }()
	for {
		select {
		case <-a.arrived: // after await gave up
		case <-gone:
			return
		}
	}
}

// await returns how long after start a post was at each reader, in order.
func (a *audience) await(start time.Time) []time.Duration {
	var took []time.Duration
	timeout := time.After(30 * time.Second)
	for len(took) < len(a.conns) {
		select {
		case at := <-a.arrived:
			took = append(took, at.Sub(start))
		case <-timeout:
			a.b.Errorf("the post is at %d of %d readers", len(took), len(a.conns))
			return took
		}
	}
	slices.Sort(took)
	return took
}

// newID is the id of a post that readers wait for.
func newID() string { return feedtest.ID(time.Now(), 1).String() }

// post writes a post and returns when it began.
func (p *process) post(b *testing.B, cookie string) time.Time {
	b.Helper()
	body, err := json.Marshal(api.NewPost{ID: newID(), Message: "hello"})
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.Context(), "POST", p.url+api.PathPosts, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", api.TypeJSON)
	r.Header.Set("Cookie", cookie)
	start := time.Now()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		b.Fatalf("post = %d", res.StatusCode)
	}
	return start
}

// BenchmarkLive has 10 000 live readers, each with a session, and tells all of
// them of posts. It fails when KiB/reader, the memory of the server for each, is
// above 32, or dropped above 0. It needs 20 000 open files and takes a minute.
//
//	go test -run '^$' -bench Live -benchtime 10x ./server/bench
func BenchmarkLive(b *testing.B) {
	p := start(b, "site", b.TempDir())
	cookie := p.signIn(b)
	empty := p.resident(b)
	a := gather(b, p, cookie, readers)
	defer a.leave()
	var median, last time.Duration
	for b.Loop() {
		took := a.await(p.post(b, cookie))
		if len(took) == 0 {
			b.Fatal("nobody heard of the post")
		}
		median += took[len(took)/2]
		last += took[len(took)-1]
	}
	time.Sleep(25 * time.Second) // a heartbeat of each
	b.ReportMetric(0, "ns/op")   // with the pause before it
	atMost(b, 32, float64(p.resident(b)-empty)/readers/1024, "KiB/reader")
	b.ReportMetric(float64(median.Milliseconds())/float64(b.N), "median-ms")
	b.ReportMetric(float64(last.Milliseconds())/float64(b.N), "last-ms")
	atMost(b, 0, float64(a.dropped.Load()), "dropped")
}
