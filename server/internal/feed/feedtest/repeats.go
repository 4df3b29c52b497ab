package feedtest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// otherContents are changes after which a post with the same id is another one.
func otherContents() map[string]func(p *feed.Post) {
	return map[string]func(p *feed.Post){
		"message":  func(p *feed.Post) { p.Message += "!" },
		"author":   func(p *feed.Post) { p.Author = "sub-eve" },
		"audience": func(p *feed.Post) { p.Audience = api.AudienceMembers },
		"lifetime": func(p *feed.Post) { p.Expires = p.Created.Add(3 * time.Hour) },
		"for ever": func(p *feed.Post) { p.Expires = time.Time{} },
	}
}

// later returns p as its author sends it again, under a new name.
func later(p feed.Post) feed.Post {
	p.Created = p.Created.Add(time.Minute)
	if !p.Expires.IsZero() {
		p.Expires = p.Expires.Add(time.Minute)
	}
	p.Handle, p.Name = "ann2", "Ann Two"
	return p
}

// testRepeats: the same again is the first one; anything else is a conflict and
// changes nothing.
func testRepeats(t *testing.T, store feed.Store) {
	first := post(0)
	first.Expires = first.Created.Add(time.Hour)
	insert(t, store, first)
	for range 2 {
		got, err := store.Insert(t.Context(), later(first))
		if err != nil {
			t.Fatalf("Insert(again) = %v", err)
		}
		if diff := cmp.Diff(feed.Shift{Post: first}, got); diff != "" {
			t.Errorf("Insert(again) (-want +got):\n%s", diff)
		}
	}
	for name, change := range otherContents() {
		p := later(first)
		change(&p)
		if _, err := store.Insert(t.Context(), p); !errors.Is(err, feed.ErrConflict) {
			t.Errorf("Insert(other %s) = %v, want ErrConflict", name, err)
		}
	}
	if diff := cmp.Diff([]feed.Post{first}, home(t, store, all())); diff != "" {
		t.Errorf("Home after repeats (-want +got):\n%s", diff)
	}
}

// testRepeatsAtOnce: of many who use one id at once, one has it.
func testRepeatsAtOnce(t *testing.T, store feed.Store) {
	const authors, each = 4, 8
	var stored, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range authors * each {
		wg.Go(func() {
			p := post(0)
			p.Author = fmt.Sprint("sub-", i%authors)
			switch got, err := store.Insert(t.Context(), p); {
			case errors.Is(err, feed.ErrConflict):
				refused.Add(1)
			case err != nil:
				t.Error(err)
			case got.Post.Author != p.Author:
				t.Errorf("Insert by %s = the post of %s", p.Author, got.Post.Author)
			default:
				stored.Add(1)
			}
		})
	}
	wg.Wait()
	if stored.Load() != each || refused.Load() != (authors-1)*each {
		t.Errorf("%d accepted and %d refused, want %d and %d", stored.Load(), refused.Load(), each, (authors-1)*each)
	}
	if got := len(home(t, store, all())); got != 1 {
		t.Errorf("%d posts, want 1", got)
	}
}

// testRepeatsOfSwept: a repeat of what is gone does not come back.
func testRepeatsOfSwept(t *testing.T, store feed.Store) {
	first := post(0)
	first.Expires = first.Created.Add(time.Hour)
	insert(t, store, first)
	sweep(t, store, first.Expires, 10, 1)

	again := later(first)
	got, err := store.Insert(t.Context(), again)
	if err != nil {
		t.Fatalf("Insert(swept, again) = %v", err)
	}
	want := again
	want.Created, want.Expires = first.Created, first.Expires
	if diff := cmp.Diff(feed.Shift{Post: want}, got); diff != "" {
		t.Errorf("Insert(swept, again) (-want +got):\n%s", diff)
	}
	for name, change := range otherContents() {
		p := later(first)
		change(&p)
		if _, err := store.Insert(t.Context(), p); !errors.Is(err, feed.ErrConflict) {
			t.Errorf("Insert(swept, other %s) = %v, want ErrConflict", name, err)
		}
	}
	wantHome(t, store, all())
}

// testSweep: what has expired goes, longest ago first, no more than asked for.
func testSweep(t *testing.T, store feed.Store) {
	end := epoch.Add(time.Hour)
	keep := []feed.Post{post(11), post(10)} // never, and a microsecond later
	keep[1].Expires = end.Add(time.Microsecond)
	insert(t, store, keep...)
	var posts []feed.Post
	for n := range 5 {
		p := post(n)
		p.Expires = end.Add(-time.Duration(n) * time.Minute)
		posts = append(posts, p)
	}
	insert(t, store, posts...)
	sweep(t, store, end, 2, 2)
	wantHome(t, store, all(), keep[0], keep[1], posts[2], posts[1], posts[0])
	sweep(t, store, end, 2, 2)
	sweep(t, store, end, 2, 1)
	sweep(t, store, end, 2, 0)
	wantHome(t, store, all(), keep...)
}

// testForget: a swept id is known until it can't be sent again, and not longer.
func testForget(t *testing.T, store feed.Store) {
	first, second, old := post(0), post(1), post(2)
	old.ID = ID(epoch.Add(-feed.MaxAge-48*time.Hour), 0)
	for _, p := range []*feed.Post{&first, &second, &old} {
		p.Expires = p.Created.Add(time.Hour)
		insert(t, store, *p)
	}
	sweep(t, store, epoch.Add(2*time.Hour), 10, 3)
	slice(t, store.Forget, first.RepeatUntil().Add(-time.Microsecond), 10, 0)
	slice(t, store.Forget, first.RepeatUntil(), 10, 1)
	slice(t, store.Forget, first.RepeatUntil().Add(time.Hour), 1, 1)
	slice(t, store.Forget, first.RepeatUntil().Add(time.Hour), 1, 0)
}
