package hub

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// A line is the way to other servers, which a test can hold up.
type line struct {
	hub   *Hub
	begun chan note     // each note that is under way
	end   chan struct{} // lets one come through
	fails bool
}

func (w *world) newLine() *line {
	l := &line{begun: make(chan note, 10), end: make(chan struct{}, 10)}
	l.hub = w.newHub(Config{Post: w.store.Post, Send: func(ctx context.Context, text string) error {
		n, err := parseNote(text)
		if err != nil {
			w.Error(err)
		}
		l.begun <- n
		select {
		case <-l.end:
		case <-ctx.Done():
			return ctx.Err()
		}
		if l.fails {
			return errors.New("away")
		}
		return nil
	}})
	return l
}

// change makes a change of a new post, and closes done when that is over.
func (l *line) change() (id uuid.UUID, done chan struct{}) {
	id, done = uuid.Must(uuid.NewV7()), make(chan struct{})
	go func() {
		l.hub.Changed(feed.Change{Kind: feed.Posted, Post: feed.Post{ID: id, Audience: api.AudienceEveryone}})
		close(done)
	}()
	synctest.Wait()
	return id, done
}

func over(done chan struct{}) bool {
	synctest.Wait()
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// TestChangedIsSent: a change is over when a note of it has been sent; those
// that come while one is under way share the next. It is so before Run, and
// after it: requests outlive it.
func TestChangedIsSent(t *testing.T) {
	for _, when := range []string{"before Run", "during Run", "after Run"} {
		t.Run(when, func(t *testing.T) {
			inWorld(t, func(w *world) {
				l := w.newLine()
				ctx, cancel := context.WithCancel(w.Context())
				ended := make(chan struct{})
				if when != "before Run" {
					go func() { l.hub.Run(ctx); close(ended) }()
				}
				if when == "after Run" {
					cancel()
					<-ended
				}
				first, firstDone := l.change()
				second, secondDone := l.change()
				third, thirdDone := l.change()
				if n := <-l.begun; len(n.marks) != 1 || n.marks[0].id != first {
					t.Errorf("the first note is %+v, want the first change", n)
				}
				if over(firstDone) {
					t.Error("a change was over before its note was sent")
				}
				l.end <- struct{}{}
				if n := <-l.begun; len(n.marks) != 2 || n.marks[0].id != second || n.marks[1].id != third {
					t.Errorf("the second note is %+v, want both changes", n)
				}
				if !over(firstDone) || over(secondDone) || over(thirdDone) {
					t.Error("a change was over before its note was sent, or not after it")
				}
				l.end <- struct{}{}
				if !over(secondDone) || !over(thirdDone) || len(l.begun) > 0 {
					t.Errorf("changes wait for more than their note, or there are %d notes more", len(l.begun))
				}
				cancel()
			})
		})
	}
}

// TestChangedDoesNotWait: while notes can't be sent nobody waits for one, and
// afterwards the others are told that anything may have changed.
func TestChangedDoesNotWait(t *testing.T) {
	for name, held := range map[string]bool{"failing": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				l := w.newLine()
				ctx, cancel := context.WithCancel(w.Context())
				ended := make(chan struct{})
				go func() { l.hub.Run(ctx); close(ended) }()
				if l.fails = !held; !held {
					l.end <- struct{}{}
				}
				start := time.Now()
				_, first := l.change()
				<-first
				if took := time.Since(start); took > sendTimeout {
					t.Errorf("the first change waited %v", took)
				}
				start = time.Now()
				_, second := l.change()
				if <-second; time.Since(start) > 0 {
					t.Errorf("the second change waited %v", time.Since(start))
				}
				l.fails = false
				for range cap(l.end) {
					l.end <- struct{}{}
				}
				time.Sleep(2 * retryPause)
				var said []string
				for len(l.begun) > 0 {
					n := <-l.begun
					said = append(said, map[bool]string{true: "all", false: "marks"}[n.all])
				}
				if got := strings.Join(said, " "); !strings.HasPrefix(got, "marks all") { // the second change may be in all or after it
					t.Errorf("the notes say %q, want that of the first change, and then all", got)
				}
				cancel()
				<-ended
			})
		})
	}
}
