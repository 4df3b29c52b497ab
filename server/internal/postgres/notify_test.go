package postgres

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/server/internal/postgres/pgtest"
)

// killListeners ends the connections that listen to this database.
const killListeners = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	WHERE datname = current_database() AND application_name LIKE '% listener'`

// listening is what a Listener was told, in order.
type listening struct {
	t     *testing.T
	told  chan string
	still chan struct{}
	stop  func()
}

func listen(t *testing.T, s *Store) *listening {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &listening{t: t, told: make(chan string, 100), still: make(chan struct{}, 100)}
	var wg sync.WaitGroup
	wg.Go(func() {
		s.Listen(ctx, Listener{
			Up:    func() { l.told <- "up" },
			Heard: func(note string) { l.told <- note },
			Still: func() { l.still <- struct{}{} },
			Down:  func(error) { l.told <- "down" },
		})
	})
	l.stop = func() { cancel(); wg.Wait() }
	t.Cleanup(l.stop)
	return l
}

func (l *listening) want(words ...string) {
	l.t.Helper()
	for _, want := range words {
		select {
		case got := <-l.told:
			if got != want {
				l.t.Fatalf("heard %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			l.t.Fatalf("heard nothing, want %q", want)
		}
	}
}

// TestNotify: every listener hears every note once, in order, also those of
// other stores, and nothing that was sent before it was up.
func TestNotify(t *testing.T) {
	servers := twoServers(t)
	if err := servers[0].Notify(t.Context(), "early"); err != nil {
		t.Fatal(err)
	}
	a, b := listen(t, servers[0]), listen(t, servers[1])
	a.want("up")
	b.want("up")
	long := strings.Repeat("x", 7999)
	notes := []string{"one", "one", "", "quote ' and\nline", long}
	for i, n := range notes {
		if err := servers[i%2].Notify(t.Context(), n); err != nil {
			t.Errorf("Notify(%.20q) = %v", n, err)
		}
	}
	a.want(notes...)
	b.want(notes...)
	if err := servers[0].Notify(t.Context(), long+"x"); err == nil {
		t.Error("Notify(8000 bytes) = nil, want an error")
	}
	a.stop()
	a.want("down")
	if err := servers[0].Notify(t.Context(), "late"); err != nil {
		t.Error(err)
	}
	b.want("late")
	if len(a.told) != 0 {
		t.Errorf("who has stopped hears %q", <-a.told)
	}
}

// TestListenAgain kills the connection that listens, again and again, and then
// waits for a look at one that lives.
func TestListenAgain(t *testing.T) {
	url := pgtest.Start(t)
	s := openAt(t, url)
	l := listen(t, s)
	l.want("up")
	for range 3 {
		execAt(t, url, killListeners)
		l.want("down", "up")
		if err := s.Notify(t.Context(), "again"); err != nil {
			t.Fatal(err)
		}
		l.want("again")
	}
	select {
	case <-l.still:
	case <-time.After(3 * listenCheck):
		t.Error("nobody looked whether the connection lives")
	}
	if err := s.Notify(t.Context(), "and again"); err != nil {
		t.Fatal(err)
	}
	l.want("and again")
}

// TestListenThroughCrash ends PostgreSQL and starts it again.
func TestListenThroughCrash(t *testing.T) {
	server := pgtest.StartServer(t)
	s := openAt(t, server.URL())
	l := listen(t, s)
	l.want("up")
	server.Crash(t)
	l.want("down")
	server.Restart(t)
	for {
		got := <-l.told
		if got == "up" {
			break
		}
		if got != "down" {
			t.Fatalf("heard %q", got)
		}
	}
	if err := s.Notify(t.Context(), "back"); err != nil {
		t.Fatal(err)
	}
	l.want("back")
}
