package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/app/client"
	"porchlight/shared/api"
)

// A writer is somebody who writes through one server or another.
type writer struct {
	sub  string
	http *http.Client
	at   []*client.Client // over http, one for each server
	// hasty is who does not try again what nobody acknowledged.
	hasty bool

	turn int
	own  []string // posts that were acknowledged and are not deleted
}

// A load is writers who post, answer, like and delete at all servers at once,
// and the ledger of what was acknowledged to them. While a server is down they
// try the same again at the next one.
type load struct {
	*ledger
	t       *testing.T
	servers []*server
	writers []*writer
	probe   string // the post by which servers are asked whether they take writes
	acks    atomic.Int64
	refused atomic.Int64
}

// newLoad writes the posts that all others are about.
func newLoad(t *testing.T, servers []*server, writers []*writer) *load {
	t.Helper()
	l := &load{ledger: newLedger(), t: t, servers: servers, writers: writers}
	for i, w := range writers {
		w.hasty = i%4 == 3
	}
	first := writers[0]
	for range 4 {
		l.post(first, "")
		l.anchors = append(l.anchors, first.own[0])
		first.own = nil // stays to the end
	}
	l.probe = l.anchors[0]
	return l
}

// begin makes everybody write at once until end is called, which returns when
// nobody waits for an answer any more.
func (l *load) begin() (end func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, w := range l.writers {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					l.act(w)
				}
			}
		})
	}
	return func() {
		close(stop)
		wg.Wait()
	}
}

// acknowledged waits until the servers have taken n writes more.
func (l *load) acknowledged(n int) {
	l.t.Helper()
	enough := l.acks.Load() + int64(n)
	eventually(l.t, fmt.Sprintf("%d writes", n), func() bool { return l.acks.Load() >= enough })
}

// act does one thing or another.
func (l *load) act(w *writer) {
	w.turn++
	anchor := l.anchors[w.turn/8%len(l.anchors)]
	switch w.turn % 8 {
	case 1, 5:
		l.like(w, anchor)
	case 3:
		l.post(w, anchor)
	case 7:
		if len(w.own) > 0 {
			l.delete(w)
		}
	default:
		l.post(w, "")
	}
}

func (l *load) post(w *writer, parent string) {
	id, err := uuid.NewV7()
	if err != nil {
		l.t.Error(err)
		return
	}
	p := api.NewPost{ID: id.String(), Parent: parent, Message: "Written as " + id.String()}
	if parent == "" {
		p.ExpiresIn, p.Audience = "1d", api.AudienceEveryone
	}
	e := l.sending(p, w.sub)
	if l.try(w, func(c *client.Client) error {
		_, err := c.CreatePost(l.t.Context(), p)
		return err
	}) {
		l.sent(e)
		w.own = append(w.own, p.ID)
	}
}

func (l *load) like(w *writer, id string) {
	on := l.liking(id, w.sub)
	if l.try(w, func(c *client.Client) error {
		_, err := c.Like(l.t.Context(), id, on)
		return err
	}) {
		l.liked(id, w.sub, on)
	}
}

func (l *load) delete(w *writer) {
	id := w.own[0]
	w.own = w.own[1:]
	l.deleting(id)
	if l.try(w, func(c *client.Client) error { return c.DeletePost(l.t.Context(), id) }) {
		l.deleted(id)
	}
}

// try makes the call at one server after the other until one has done it, and
// reports whether that is so. An outage must never look like a refusal: only a
// limit of the writer's may be one.
func (l *load) try(w *writer, call func(c *client.Client) error) bool {
	deadline := time.Now().Add(patience)
	for n := w.turn; ; n++ {
		err := call(w.at[n%len(w.at)])
		if err == nil {
			l.acks.Add(1)
			return true
		}
		l.refused.Add(1)
		p, refusal := errors.AsType[*api.Problem](err)
		switch {
		case refusal && p.Status == http.StatusTooManyRequests:
			time.Sleep(pause)
			return false
		case refusal && p.Status < 500:
			l.t.Errorf("a write was refused: %v", err)
			return false
		case time.Now().After(deadline):
			l.t.Errorf("no server took a write in %v: %v", patience, err)
			return false
		case w.hasty:
			time.Sleep(pause)
			return false
		}
		time.Sleep(pause)
	}
}

// pause is the time before a writer tries again.
const pause = 20 * time.Millisecond

// takes waits until the server takes writes again, and fails the test if that
// is longer than recovery after the outage.
func (l *load) takes(server int, since time.Time) {
	l.t.Helper()
	var err error
	eventually(l.t, "the server to take writes", func() bool {
		_, err = l.writers[0].at[server].Like(l.t.Context(), l.probe, true)
		return err == nil
	})
	if took := time.Since(since); took > recovery {
		l.t.Errorf("server %d took writes again after %v, want %v at most", server, took, recovery)
	}
}

// recovery is how long a server may be of no use after an outage is over.
const recovery = 5 * time.Second
