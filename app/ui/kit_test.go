//go:build !js

package ui

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"golang.org/x/net/html"

	"porchlight/app/client"
	"porchlight/app/device"
	"porchlight/app/outbox"
	"porchlight/shared/api"
)

// A tab runs a Program as a browser would, without one: what is asynchronous
// waits until settle, and navigation opens the page.
type tab struct {
	*Program
	t      *testing.T
	server *server
	root   *Root

	mu      sync.Mutex
	waiting []func()
	visited []string
	drawn   int // how often the page was drawn for the device
}

// openTab wakes the program on a page.
func openTab(t *testing.T, s *server, p api.Page) *tab {
	t.Helper()
	return openTabOn(t, s, device.New(), p)
}

func openTabOn(t *testing.T, s *server, d *device.Device, p api.Page) *tab {
	t.Helper()
	b := newTab(t, s, Config{Page: p, Device: d})
	b.begin()
	return b
}

// newTab makes a program that has not woken yet. What c leaves out is new.
func newTab(t *testing.T, s *server, c Config) *tab {
	t.Helper()
	if c.Device == nil {
		c.Device = device.New()
	}
	c.API = client.Over("http://porch.test", &http.Client{Transport: s})
	c.Outbox, c.Now = outbox.New(), s.now
	b := &tab{t: t, server: s, Program: New(c)}
	path := c.Page.Path
	if path == "" {
		path = api.PathHome
	}
	b.root = b.Program.root(path)
	b.stage = stage{
		dispatch: func(f func()) { b.later(f) },
		async:    func(f func()) { b.later(f) },
		after:    func(f func()) { b.later(f) },
		draw:     func() string { b.drawn++; return "drawing" },
		navigate: b.travel,
	}
	b.opened = true
	t.Cleanup(func() {
		b.timer.Stop()
		b.flushIn(0)
	})
	return b
}

// begin wakes the program.
func (b *tab) begin() {
	b.t.Helper()
	b.wake()
	b.settle()
}

func (b *tab) later(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, f)
}

// settle runs everything that waits, and what that leads to.
func (b *tab) settle() {
	for {
		b.mu.Lock()
		if len(b.waiting) == 0 {
			b.mu.Unlock()
			return
		}
		next := b.waiting[0]
		b.waiting = b.waiting[1:]
		b.mu.Unlock()
		next()
	}
}

func (b *tab) travel(destination string, back bool) {
	b.visited = append(b.visited, destination)
	u, err := url.Parse(api.SafeNext(destination))
	if err != nil {
		b.t.Fatal(err)
	}
	b.root = b.Program.root(u.Path)
	b.open(u)
}

// goTo opens an address, as a link does.
func (b *tab) goTo(destination string) {
	b.travel(destination, false)
	b.settle()
}

// page draws the page.
func (b *tab) page() *html.Node {
	b.t.Helper()
	return parse(b.t, compact(app.HTMLString(b.root)))
}

func (b *tab) says(words string) bool {
	b.t.Helper()
	return strings.Contains(content(b.page()), words)
}

// at reports where the tab went last.
func (b *tab) at() string {
	if len(b.visited) == 0 {
		return ""
	}
	return b.visited[len(b.visited)-1]
}

// A server answers as it is told, and remembers what it was asked.
type server struct {
	mu      sync.Mutex
	down    bool // the network is gone
	clock   time.Time
	answers map[string]any // by method and path: an http.HandlerFunc, a *api.Problem or a value
	asked   []string
	bodies  map[string]string
}

func newServer(answers map[string]any) *server {
	return &server{clock: evening(), answers: answers, bodies: map[string]string{}}
}

// guest is a server for which nobody is signed in.
func guest(posts ...api.Post) *server {
	return newServer(map[string]any{
		"GET /api/session": problem(api.ProblemNotSignedIn, 401),
		"GET /api/feed":    api.Feed{Posts: posts},
	})
}

// member is a server for which ada is signed in.
func member(posts ...api.Post) *server {
	s := guest(posts...)
	s.answers["GET /api/session"] = *ada()
	return s
}

// count returns how often the server was asked for it.
func (s *server) count(request string) (n int) {
	for _, asked := range s.asked {
		if asked == request {
			n++
		}
	}
	return n
}

func (s *server) now() time.Time { return s.clock }

func (s *server) answer(request string, a any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[request] = a
}

// RoundTrip makes the server a transport.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, http.ErrServerClosed
	}
	key := r.Method + " " + r.URL.Path
	s.asked = append(s.asked, key)
	w := httptest.NewRecorder()
	switch a := s.answers[key].(type) {
	case nil:
		write(w, 404, api.TypeProblem, problem(api.ProblemNotFound, 404))
	case http.HandlerFunc:
		a(w, r)
	case *api.Problem:
		write(w, a.Status, api.TypeProblem, a)
	default:
		write(w, 200, api.TypeJSON, a)
	}
	return w.Result(), nil
}

func write(w http.ResponseWriter, status int, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // to memory
}

// drawn draws a component by itself.
func drawn(c app.UI) string { return compact(app.HTMLString(c)) }

func guestPage(path string) api.Page { return api.Page{Path: path, Now: evening()} }

func memberPage(posts ...api.Post) api.Page {
	return api.Page{Path: api.PathHome, Now: evening(), Session: ada(), Feed: &api.Feed{Posts: posts}, Form: map[string]string{"id": firstID}}
}

const firstID = "018f0000-0000-7000-8000-000000000001"
