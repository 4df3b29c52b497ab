package serve

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/hub"
	"porchlight/shared/api"
)

// pipes is a listener without a network, so that its time can be a bubble's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// dial connects, and asks for the stream. Nothing that it sends is kept on the
// way: the server's writes wait for reads.
func (p *pipes) dial(t *testing.T) (net.Conn, *bufio.Reader) {
	t.Helper()
	here, there := net.Pipe()
	p.conns <- there
	if _, err := io.WriteString(here, "GET "+api.PathEvents+" HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(here)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("stream = %+v, %v", res, err)
	}
	return here, bufio.NewReader(res.Body)
}

// loopback is a connection from this machine.
type loopback struct{ net.Conn }

func (loopback) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// client is a browser without scripts that speaks the protocol.
func (p *pipes) client(t *testing.T, protocol string) *http.Client {
	t.Helper()
	tr := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		p.conns <- loopback{there}
		return here, nil
	}, Protocols: &http.Protocols{}}
	tr.Protocols.SetHTTP1(protocol == "HTTP/1.1")
	tr.Protocols.SetUnencryptedHTTP2(protocol == "HTTP/2.0")
	t.Cleanup(tr.CloseIdleConnections)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: tr, Jar: jar}
}

// stream is the body of a stream that is opened with the protocol.
func (p *pipes) stream(t *testing.T, protocol string) io.ReadCloser {
	t.Helper()
	res, err := p.client(t, protocol).Get("http://localhost" + api.PathEvents)
	if err != nil || res.StatusCode != 200 || res.Proto != protocol {
		t.Fatalf("stream = %+v, %v, want %s", res, err, protocol)
	}
	return res.Body
}

// inBubble serves a site in local mode with the limits of a real server, until
// the test calls stop, which returns how long stopping took.
func inBubble(t *testing.T, test func(t *testing.T, p *pipes, stop func() time.Duration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		logger := slog.New(slog.DiscardHandler)
		s, err := open(ctx, load(t, map[string]string{"PORCHLIGHT_DATA_DIR": t.TempDir()}), logger)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		p, ended := newPipes(), make(chan error, 1)
		srv := newServer(s.handler, logger)
		srv.Protocols = &http.Protocols{} // HTTP/2 is for TLS otherwise
		srv.Protocols.SetHTTP1(true)
		srv.Protocols.SetUnencryptedHTTP2(true)
		go func() { ended <- serveAll(ctx, []*http.Server{srv}, []net.Listener{p}, s) }()
		test(t, p, func() time.Duration {
			start := time.Now()
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("serveAll = %v", err)
			}
			return time.Since(start)
		})
	})
}

// TestStreamOutlivesTimeouts: no limit of the server that is meant for requests
// cuts a stream, and stopping the server waits for none.
func TestStreamOutlivesTimeouts(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			inBubble(t, func(t *testing.T, p *pipes, stop func() time.Duration) {
				body := p.stream(t, protocol)
				defer body.Close()
				r, start, beats := bufio.NewReader(body), time.Now(), 0
				for beats < 30 {
					line, err := r.ReadString('\n')
					if err != nil {
						t.Fatalf("after %v: %v", time.Since(start), err)
					}
					if line == ":\n" {
						beats++
					}
				}
				if d := time.Since(start); d != 30*hub.Heartbeat {
					t.Errorf("30 heartbeats took %v", d)
				}
				rest := make(chan error, 1)
				go func() {
					_, err := io.Copy(io.Discard, r)
					rest <- err
				}()
				synctest.Wait()
				if took := stop(); took > time.Second {
					t.Errorf("stopping took %v", took)
				}
				if err := <-rest; err != nil {
					t.Errorf("the stream ends with %v, want its proper end", err)
				}
			})
		})
	}
}

// TestStalledReader: who takes nothing is cut off after the next heartbeat.
func TestStalledReader(t *testing.T) {
	inBubble(t, func(t *testing.T, p *pipes, stop func() time.Duration) {
		conn, r := p.dial(t)
		defer conn.Close()
		for range 5 { // retry, blank, id, data, blank
			if _, err := r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(hub.Heartbeat + 10*time.Second)
		text, err := io.ReadAll(r)
		if err == nil || errors.Is(err, io.EOF) || strings.Contains(string(text), ":\n\n:") {
			t.Errorf("after a stall: %q, %v, want a connection that is cut", text, err)
		}
		if took := stop(); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
}

// TestStreamOutlivesTokens: a session's tokens are refreshed again and again
// while its stream is open, and the stream goes on.
func TestStreamOutlivesTokens(t *testing.T) {
	inBubble(t, func(t *testing.T, p *pipes, stop func() time.Duration) {
		c := p.client(t, "HTTP/1.1")
		ann := &person{&testSite{Server: &httptest.Server{URL: "http://localhost"}}, c}
		const email = "ann@example.com"
		if r := ann.json(t, api.PathSignUp, api.SignUp{Name: "Ann", Email: email, Handle: "ann", Password: goodPassword}); r.status != 200 {
			t.Fatalf("sign-up = %d %s", r.status, r.body)
		}
		mails := read[[]struct{ Code string }](t, ann.do(t, "GET", api.PathInbox, http.Header{"Accept": {api.TypeJSON}}, ""), 200)
		if r := ann.json(t, api.PathConfirm, api.Confirm{Email: email, Code: mails[0].Code}); r.status != 200 {
			t.Fatalf("confirm = %d %s", r.status, r.body)
		}
		if r := ann.json(t, api.PathSignIn, api.SignIn{Email: email, Password: goodPassword}); r.status != 200 {
			t.Fatalf("sign-in = %d %s", r.status, r.body)
		}
		res, err := c.Get("http://localhost" + api.PathEvents)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("stream = %+v, %v", res, err)
		}
		defer res.Body.Close()
		lines := make(chan string, 1000)
		go func() {
			defer close(lines)
			for in := bufio.NewScanner(res.Body); in.Scan(); {
				lines <- in.Text()
			}
		}()
		for range 3 {
			time.Sleep(20 * time.Minute) // tokens live for 15
			id := ann.post(t, api.NewPost{Message: "still here", Audience: api.AudienceMembers}).ID
			time.Sleep(time.Second)
			synctest.Wait()
			heard := false
			for len(lines) > 0 {
				heard = strings.Contains(<-lines, id) || heard
			}
			if !heard {
				t.Fatal("the stream has ended, or does not tell")
			}
		}
		c.CloseIdleConnections()
		stop()
	})
}
