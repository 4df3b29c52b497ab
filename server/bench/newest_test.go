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
	"strconv"
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

// cpu is the time that the process has had, from proc_pid_stat(5): fields 14
// and 15 in clock ticks, of which Linux shows 100 a second.
func (p *process) cpu(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		b.Skip("no /proc to read CPU time from")
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
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

const connections = 16

// load sends n requests for the feed over 16 connections, and returns the CPU
// time of the process for each, in microseconds. Every answer must be want.
func (p *process) load(b *testing.B, n int, header, value string, want []byte) float64 {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	before := p.cpu(b)
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			for range n / connections {
				r, err := http.NewRequestWithContext(b.Context(), "GET", p.url+api.PathFeed, nil)
				if err != nil {
					b.Error(err)
					return
				}
				r.Header.Set(header, value)
				res, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				got, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || !bytes.Equal(got, want) {
					b.Errorf("status %d, %v, %d bytes, want %d", res.StatusCode, err, len(got), len(want))
					return
				}
			}
		})
	}
	wg.Wait()
	return float64((p.cpu(b) - before).Microseconds()) / float64(n)
}

// BenchmarkNewestPage compares the newest page for who is signed in with the
// same bytes from a server that asks nobody and no database. x-cookie and
// x-bearer are the floor's CPU time over the site's; they are to be 0.7 or more.
//
// There are two floors. The bare one is a handler of four lines. The other is
// the site itself for a guest, whose page differs in the likes only: what the
// edge costs (request id, log line, host and origin checks, security headers)
// is in it, so x-guest-cookie and x-guest-bearer are what knowing the reader
// costs.
//
//	go test -run '^$' -bench NewestPage -benchtime 10x ./server/bench
func BenchmarkNewestPage(b *testing.B) {
	dir := b.TempDir()
	site := start(b, "site", dir)
	floor := start(b, "floor", dir)
	page, err := os.ReadFile(dir + "/page.json")
	if err != nil {
		b.Fatal(err)
	}
	guestPage := bytes.ReplaceAll(page, []byte(`,"liked":true`), nil)
	cookie := site.signIn(b)
	const requests = 8000
	var bare, guest, byCookie, byBearer float64
	for b.Loop() {
		bare += floor.load(b, requests, "Cookie", cookie, page)
		guest += site.load(b, requests, "Accept", api.TypeJSON, guestPage)
		byCookie += site.load(b, requests, "Cookie", cookie, page)
		byBearer += site.load(b, requests, "Authorization", "Bearer "+site.token, page)
	}
	n := float64(b.N)
	b.ReportMetric(bare/n, "bare-µs")
	b.ReportMetric(guest/n, "guest-µs")
	b.ReportMetric(byCookie/n, "cookie-µs")
	b.ReportMetric(byBearer/n, "bearer-µs")
	b.ReportMetric(bare/byCookie, "x-cookie")
	b.ReportMetric(bare/byBearer, "x-bearer")
	b.ReportMetric(guest/byCookie, "x-guest-cookie")
	b.ReportMetric(guest/byBearer, "x-guest-bearer")
}
