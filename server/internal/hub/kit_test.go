package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/sqlite"
	"porchlight/shared/api"
)

// Who writes in the tests.
var (
	ann = feed.Viewer{Sub: "sub-ann", Handle: "ann", Name: "Ann"}
	bob = feed.Viewer{Sub: "sub-bob", Handle: "bob", Name: "Bob"}
	mod = feed.Viewer{Sub: "sub-mod", Handle: "mod", Name: "Mod", Moderator: true}
)

// A world is a feed whose changes a hub tells, in a bubble of synctest.
type world struct {
	*testing.T
	store feed.Store
	posts *feed.Service
	hub   *Hub
}

// inWorld runs the test in a new world.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "feed.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		w := &world{T: t, store: s.Feed()}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		w.hub = w.newHub(Config{Post: feed.Entry(w.store)})
		wg.Go(func() { w.hub.Run(ctx) })
		w.posts, err = feed.New(feed.Config{Store: w.store, Changed: w.hub.Changed})
		if err != nil {
			t.Fatal(err)
		}
		test(w)
		cancel()
		wg.Wait()
		synctest.Wait()
	})
}

func (w *world) newHub(c Config) *Hub {
	w.Helper()
	h, err := New(c)
	if err != nil {
		w.Fatal(err)
	}
	return h
}

// settle lets all that is going on come to an end.
func settle() {
	time.Sleep(4 * pace)
	synctest.Wait()
}

func (w *world) create(v feed.Viewer, p api.NewPost) string {
	w.Helper()
	post, err := w.posts.Create(w.Context(), v, p)
	if err != nil {
		w.Fatal(err)
	}
	return post.ID
}

// repostOf returns the ID of the repost that the viewer made of the post.
func (w *world) repostOf(v feed.Viewer, id string) string {
	w.Helper()
	f, err := w.posts.Home(w.Context(), mod, "", 0)
	if err != nil {
		w.Fatal(err)
	}
	for _, p := range f.Posts {
		if p.RepostOf == id && p.Author == v.Sub {
			return p.ID
		}
	}
	w.Fatalf("%s has not reposted %s", v.Sub, id)
	return ""
}

func (w *world) must(_ api.Post, err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// A reader is a stream and what was written to it.
type reader struct {
	t      *testing.T
	cancel func()
	done   chan struct{}
	err    error // why it ended, when done is closed

	mu      sync.Mutex
	text    strings.Builder
	flushed int
	delay   time.Duration // of every write
	stuck   chan struct{} // writes wait for it, or for their deadline
	limit   time.Time
}

// read opens a stream that is always allowed.
func (w *world) read(who Who, position string) *reader {
	w.Helper()
	return w.readWhile(who, position, func(context.Context) error { return nil })
}

func (w *world) readWhile(who Who, position string, may func(context.Context) error) *reader {
	w.Helper()
	s, err := w.hub.Join(who, position)
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	r := &reader{t: w.T, cancel: cancel, done: make(chan struct{})}
	go func() {
		r.err = s.Serve(ctx, r, may)
		s.Leave()
		close(r.done)
	}()
	synctest.Wait()
	return r
}

var errDeadline = errors.New("deadline")

func (r *reader) Write(p []byte) (int, error) {
	r.mu.Lock()
	stuck, delay, limit := r.stuck, r.delay, r.limit
	r.mu.Unlock()
	if limit.IsZero() {
		r.t.Error("a write without a deadline")
	}
	time.Sleep(delay)
	if stuck != nil {
		select {
		case <-stuck:
		case <-time.After(time.Until(limit)):
			return 0, errDeadline
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *reader) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flushed = r.text.Len()
	return nil
}

func (r *reader) SetWriteDeadline(at time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limit = at
	return nil
}

// hang makes writes wait.
func (r *reader) hang() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stuck = make(chan struct{})
}

// events returns what was read since the last call, in words, and the last
// position.
func (r *reader) events() (list []string, position string) {
	r.t.Helper()
	r.mu.Lock()
	text := r.text.String()[:r.flushed]
	r.text.Reset()
	r.flushed = 0
	r.mu.Unlock()
	for block := range strings.SplitSeq(text, "\n\n") {
		id, data, ok := strings.Cut(block, "\ndata: ")
		if !ok {
			continue
		}
		var e api.Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			r.t.Fatalf("%v in %q", err, block)
		}
		position = strings.TrimPrefix(id, "id: ")
		list = append(list, words(e))
	}
	return list, position
}

// words says an event in short.
func words(e api.Event) string {
	s := e.Kind + " " + e.ID
	if e.Parent != "" {
		s += " in " + e.Parent
	}
	if e.RepostOf != "" {
		s += " again " + e.RepostOf
	}
	if e.Author != "" {
		s += " by " + e.Author + " for " + e.Audience
	}
	if c := e.Counters; c != nil {
		s += fmt.Sprintf(" %d/%d/%d", c.Likes, c.Replies, c.Reposts)
	}
	if e.Hidden {
		s += " hidden"
	}
	return strings.TrimSpace(s)
}

func who(c Class, session string) Who {
	return Who{Class: c, Sub: "sub-" + session, Session: session, Address: "address of " + session}
}

// of is for words of one post.
func of(id string) func(format string, args ...any) string {
	return func(format string, args ...any) string {
		return fmt.Sprintf(strings.Replace(format, "@", id, 1), args...)
	}
}
