package postgres

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/postgres/pgtest"
	"porchlight/server/internal/session"
	"porchlight/shared/api"
)

// A load is writers on several stores, and what was acknowledged to them.
type load struct {
	t       *testing.T
	stop    chan struct{}
	wg      sync.WaitGroup
	mu      sync.Mutex
	posts   map[uuid.UUID]bool
	rows    []session.Key
	counted atomic.Int64 // updates of the limit that were acknowledged
	failed  atomic.Int64 // calls of any kind that were not
	unsure  atomic.Int64 // updates of the limit that were not
}

// loadKey is the limit that all writers count.
var loadKey = limit.Key{1, 2, 3}

// startLoad begins to write through every store until end is called.
func startLoad(t *testing.T, stores ...*Store) *load {
	l := &load{t: t, stop: make(chan struct{}), posts: map[uuid.UUID]bool{}}
	for i, s := range stores {
		for j := range 8 {
			l.wg.Go(func() { l.write(s, fmt.Sprintf("sub-%d-%d", i, j)) })
		}
	}
	return l
}

func (l *load) write(s *Store, sub string) {
	for n := 0; ; n++ {
		select {
		case <-l.stop:
			return
		default:
		}
		l.post(s, sub)
		l.session(s, sub, n)
		l.count(s)
	}
}

func (l *load) post(s *Store, sub string) {
	id, err := uuid.NewV7()
	if err != nil {
		l.t.Error(err)
		return
	}
	p := feed.Post{
		ID: id, Author: sub, Handle: "ann", Name: "Ann", Message: "still here",
		Audience: api.AudienceEveryone, Created: time.Now().UTC().Truncate(time.Microsecond),
	}
	done, err := s.Feed().Insert(l.t.Context(), p)
	if err != nil {
		l.fail("Insert", err)
		return
	}
	if !done.Changed || done.Post.ID != id {
		l.t.Errorf("Insert(%v) = %+v, want it new", id, done)
	}
	l.mu.Lock()
	l.posts[id] = true
	l.mu.Unlock()
}

func (l *load) session(s *Store, sub string, n int) {
	r := sessionRow(sub, n)
	if _, err := rand.Read(r.Key[:]); err != nil {
		l.t.Error(err)
	}
	if err := s.Sessions().Create(l.t.Context(), r, 1<<30); err != nil {
		l.fail("Create", err)
		return
	}
	l.mu.Lock()
	l.rows = append(l.rows, r.Key)
	l.mu.Unlock()
}

func (l *load) count(s *Store) {
	err := s.Limits().Update(l.t.Context(), loadKey, func(old limit.State) limit.State {
		return limit.State{Count: old.Count + 1, Until: time.Unix(1, 0).UTC()}
	})
	if err != nil {
		l.unsure.Add(1)
		l.fail("Update", err)
		return
	}
	l.counted.Add(1)
}

func (l *load) fail(what string, err error) {
	if l.failed.Add(1) == 1 {
		l.t.Logf("first failure: %s = %v", what, err)
	}
}

// end stops the writers and looks in s for all that was acknowledged: none lost
// and none doubled.
func (l *load) end(s *Store) {
	t := l.t
	t.Helper()
	close(l.stop)
	l.wg.Wait()
	page := feed.Page{View: feed.View{Members: true, Now: time.Now()}, Before: uuid.Max, Limit: 1 << 20}
	stored, err := s.Feed().Home(t.Context(), page)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uuid.UUID]int{}
	for _, p := range stored {
		seen[p.ID]++
	}
	for id := range l.posts {
		if seen[id] != 1 {
			t.Errorf("the acknowledged post %v is there %d times, want once", id, seen[id])
		}
	}
	for _, key := range l.rows {
		if _, err := s.Sessions().Row(t.Context(), key); err != nil {
			t.Errorf("an acknowledged session is lost: %v", err)
		}
	}
	state, err := s.Limits().State(t.Context(), loadKey)
	counted, unsure := int(l.counted.Load()), int(l.unsure.Load())
	if err != nil || state.Count < counted || state.Count > counted+unsure {
		t.Errorf("State = %d, %v, want %d to %d", state.Count, err, counted, counted+unsure)
	}
	t.Logf("acknowledged: %d posts, %d sessions, %d counts; stored: %d posts, %d counts; refused: %d",
		len(l.posts), len(l.rows), counted, len(stored), state.Count, l.failed.Load())
	if len(l.posts) < 20 {
		t.Errorf("only %d posts were acknowledged", len(l.posts))
	}
}

// TestKilledConnections ends every connection of two servers under load, again
// and again.
func TestKilledConnections(t *testing.T) {
	url := pgtest.Start(t)
	a, b := openAt(t, url), openAt(t, url)
	l := startLoad(t, a, b)
	for range 10 {
		time.Sleep(100 * time.Millisecond)
		execAt(t, url, killOthers)
	}
	l.end(a)
}

// TestCrash ends PostgreSQL itself under load, as a loss of its process does,
// and starts it again. Meanwhile calls fail; afterwards they work, on the same
// stores.
func TestCrash(t *testing.T) {
	server := pgtest.StartServer(t)
	a, b := openAt(t, server.URL()), openAt(t, server.URL())
	l := startLoad(t, a, b)
	for range 2 {
		time.Sleep(300 * time.Millisecond)
		server.Crash(t)
		if _, err := a.Limits().State(t.Context(), loadKey); err == nil {
			t.Error("State without a server = nil, want an error")
		}
		server.Restart(t)
	}
	if _, err := b.Sessions().Row(t.Context(), session.Key{}); !errors.Is(err, session.ErrNone) {
		t.Errorf("Row after the restart = %v, want ErrNone", err)
	}
	time.Sleep(300 * time.Millisecond)
	l.end(b)
}
