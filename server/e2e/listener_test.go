package e2e

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"porchlight/app/live"
	"porchlight/shared/api"
)

// A listener reads the live stream of one server as a page does: when the
// stream breaks it comes back where it was.
type listener struct {
	mu       sync.Mutex
	posts    map[string]bool
	gone     map[string]bool
	counters map[string]api.Counters
	resync   time.Time // the last: whoever reads asks again for all they show
}

// listenAt listens until the test ends, through h, which must have no Timeout.
func listenAt(t *testing.T, s *server, h *http.Client) *listener {
	t.Helper()
	r := &listener{posts: map[string]bool{}, gone: map[string]bool{}, counters: map[string]api.Counters{}}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = live.Over(s.url, h).Open(ctx, "", r.hear) })
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	eventually(t, "the stream to begin", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return !r.resync.IsZero()
	})
	return r
}

func (r *listener) hear(e live.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case api.EventPost:
		r.posts[e.ID] = true
	case api.EventGone:
		r.gone[e.ID] = true
	case api.EventCounters:
		r.counters[e.ID] = *e.Counters
	case api.EventResync:
		r.resync = time.Now()
	}
}

// learns waits until the listener knows of all that was acknowledged, or was
// told since to ask again. Nobody may be writing.
func (l *load) learns(r *listener, server int) {
	l.t.Helper()
	now := map[string]api.Counters{}
	for _, id := range l.anchors {
		th, err := l.writers[0].at[server].Thread(l.t.Context(), id, "")
		if err != nil {
			l.t.Fatal(err)
		}
		now[id] = api.Counters{Likes: th.Post.Likes, Replies: th.Post.Replies, Reposts: th.Post.Reposts}
	}
	deadline := time.Now().Add(2 * recovery)
	for {
		missed := l.missed(r, now)
		if len(missed) == 0 {
			return
		}
		if time.Now().After(deadline) {
			l.t.Errorf("the listener at server %d was told neither of these nor to ask again (%d): %.500s", server, len(missed), fmt.Sprint(missed))
			return
		}
		time.Sleep(pause)
	}
}

// missed returns what the listener does not know, where now is what anchors
// count.
func (l *load) missed(r *listener, now map[string]api.Counters) (missed []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, e := range l.entries {
		switch {
		case !e.sure || r.resync.After(e.began):
		case e.gone && !r.gone[id]:
			missed = append(missed, "gone "+id)
		case !e.gone && !r.posts[id]:
			missed = append(missed, "post "+id)
		}
	}
	for id, counters := range now {
		if !r.resync.After(l.changed[id]) && r.counters[id] != counters {
			missed = append(missed, fmt.Sprintf("counters %s %v, heard %v", id, counters, r.counters[id]))
		}
	}
	return missed
}
