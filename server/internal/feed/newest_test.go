package feed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/shared/api"
)

var mod = feed.Viewer{Sub: "sub-mod", Handle: "mod", Name: "Mod", Moderator: true}

// watched is a store that tells of each reading of the home page.
type watched struct {
	feed.Store
	homes  atomic.Int64
	marks  atomic.Int64
	during func() // runs after the page was read and before it is returned
}

func (w *watched) Home(ctx context.Context, page feed.Page) ([]feed.Post, error) {
	w.homes.Add(1)
	posts, err := w.Store.Home(ctx, page)
	if w.during != nil {
		w.during()
	}
	return posts, err
}

func (w *watched) Marks(ctx context.Context, sub string, ids []uuid.UUID) ([]feed.Mark, error) {
	w.marks.Add(1)
	return w.Store.Marks(ctx, sub, ids)
}

// two returns a service that keeps the newest page and one on the same store
// that does not.
func two(t *testing.T) (kept, fresh *feed.Service, w *watched, c *clock) {
	t.Helper()
	w, c = &watched{Store: newStore(t)}, &clock{at: noon}
	kept, err := feed.New(feed.Config{Store: w, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	fresh, err = feed.New(feed.Config{Store: w.Store, Now: c.now, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	return kept, fresh, w, c
}

// wantSame compares the kept page with the one that is read now.
func wantSame(t *testing.T, kept, fresh *feed.Service, step string) {
	t.Helper()
	for _, v := range []feed.Viewer{guest, ann, bob, mod} {
		want, err := fresh.Home(t.Context(), v, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := kept.Newest(t.Context(), v)
		if diff := cmp.Diff(string(text)+"\n", string(got)); diff != "" || err != nil {
			t.Fatalf("after %s: Newest(%q) = %v (-want +got):\n%s", step, v.Sub, err, diff)
		}
		home, err := kept.Home(t.Context(), v, "", 0)
		if diff := cmp.Diff(want, home); diff != "" || err != nil {
			t.Fatalf("after %s: Home(%q) = %v (-want +got):\n%s", step, v.Sub, err, diff)
		}
	}
}

// TestNewestIsNeverStale does anything that can be done, in any order, and
// compares after each step.
func TestNewestIsNeverStale(t *testing.T) {
	kept, fresh, _, c := two(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	viewers := []feed.Viewer{ann, bob, mod}
	expiries := []string{"1h", "3h", "12h", "never"}
	var made []string
	now := noon
	for n := range 300 {
		v := viewers[r.IntN(len(viewers))]
		some := ""
		if len(made) > 0 {
			some = made[max(0, len(made)-1-r.IntN(30))]
		}
		step, err := fmt.Sprint("step ", n), error(nil)
		switch k := r.IntN(12); {
		case k < 4 || some == "":
			p := api.NewPost{ID: feedtest.ID(now, uint16(n)).String(), Message: "<b>" + step + "</b>", ExpiresIn: expiries[r.IntN(4)]}
			if r.IntN(2) == 0 {
				p.Audience = api.AudienceMembers
			}
			if _, err = kept.Create(t.Context(), v, p); err == nil {
				made = append(made, p.ID)
			}
		case k == 4:
			audiences := []string{"", api.AudienceEveryone, api.AudienceMembers}
			_, err = kept.Create(t.Context(), v, api.NewPost{ID: feedtest.ID(now, uint16(n)).String(), Message: step, Parent: some, Audience: audiences[r.IntN(3)], ExpiresIn: expiries[r.IntN(4)]})
		case k == 5 || k == 6:
			_, err = kept.Like(t.Context(), v, some, r.IntN(3) > 0)
		case k == 7 || k == 8:
			_, err = kept.Repost(t.Context(), v, some, r.IntN(3) > 0)
		case k == 9:
			_, err = kept.Hide(t.Context(), mod, some, r.IntN(2) > 0)
		case k == 10:
			err = kept.Delete(t.Context(), v, some)
		default:
			now = now.Add(time.Duration(r.IntN(90)) * time.Minute)
			c.set(now)
			if r.IntN(2) == 0 {
				_, err = kept.Sweep(t.Context())
			}
		}
		wantSame(t, kept, fresh, fmt.Sprintf("%s (%v)", step, err)) // refusals change nothing
	}
}

// TestNewestExpires: the kept page loses a post at its second.
func TestNewestExpires(t *testing.T) {
	kept, fresh, _, c := two(t)
	p := create(t, kept, ann, api.NewPost{ID: feedtest.ID(noon, 1).String(), Message: "soon gone", ExpiresIn: "1h"})
	create(t, kept, ann, api.NewPost{ID: feedtest.ID(noon, 2).String(), Message: "stays", ExpiresIn: "3h"})
	wantSame(t, kept, fresh, "create")
	for _, at := range []time.Duration{-time.Microsecond, 0, time.Microsecond} {
		c.set(p.Expires.Add(at))
		wantSame(t, kept, fresh, at.String())
	}
	c.set(noon) // the clock was set back
	wantSame(t, kept, fresh, "back")
	wantMessages(t, kept, ann, "stays", "soon gone")
}

// TestNewestIsKept counts what the store is asked.
func TestNewestIsKept(t *testing.T) {
	s, _, w, _ := two(t)
	old := create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, 0).String(), Message: "old"})
	for i := range api.DefaultLimit + 3 {
		create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, uint16(i+1)).String(), Message: "x"})
	}
	read := func(v feed.Viewer) {
		t.Helper()
		if _, err := s.Newest(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string, homes, marks int64) {
		t.Helper()
		if w.homes.Swap(0) != homes || w.marks.Swap(0) != marks {
			t.Errorf("%s: want %d readings of the page and %d of likes", when, homes, marks)
		}
	}
	for range 10 {
		read(guest)
		read(ann)
		read(bob)
	}
	want("read by three", 2, 2) // guests and members
	if _, err := s.Like(t.Context(), bob, old.ID, true); err != nil {
		t.Fatal(err)
	}
	w.marks.Store(0)
	read(ann)
	want("a like below the page", 0, 0)
	newest := postID(api.DefaultLimit + 3)
	if _, err := s.Like(t.Context(), bob, newest, true); err != nil {
		t.Fatal(err)
	}
	w.marks.Store(0)
	read(ann)
	want("a like on the page", 1, 1)
	if _, err := s.Like(t.Context(), bob, newest, true); err != nil {
		t.Fatal(err)
	}
	w.marks.Store(0)
	read(ann)
	want("the same like again", 0, 0)
	create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, 0x900).String(), Message: "reply", Parent: old.ID})
	read(ann)
	want("a reply below the page", 0, 0)
	s.Follow(false)
	read(ann)
	read(ann)
	want("deaf", 2, 2)
	s.Follow(true)
	read(ann)
	read(ann)
	want("hearing again", 1, 1)
	s.Refresh()
	read(ann)
	want("heard of something", 1, 1)
}

// TestNewestReadWhileWritten: a page that was read before a write is not kept
// after it.
func TestNewestReadWhileWritten(t *testing.T) {
	s, fresh, w, _ := two(t)
	create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, 1).String(), Message: "one"})
	w.during = func() {
		w.during = nil
		create(t, s, bob, api.NewPost{ID: feedtest.ID(noon, 2).String(), Message: "two"})
	}
	wantMessages(t, s, ann, "one") // began before the post was there
	wantSame(t, s, fresh, "a write during a read")
}

// broken loses the answer of a write that was done.
type broken struct{ feed.Store }

func (b broken) Like(ctx context.Context, v feed.View, sub string, id uuid.UUID, on bool) (feed.Shift, error) {
	_, err := b.Store.Like(ctx, v, sub, id, on)
	return feed.Shift{}, errors.Join(err, errors.New("connection lost"))
}

// TestNewestAfterLostAnswer: a write of which nobody knows is looked for.
func TestNewestAfterLostAnswer(t *testing.T) {
	_, fresh, w, c := two(t)
	s, err := feed.New(feed.Config{Store: broken{w.Store}, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	p := create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, 1).String(), Message: "one"})
	wantSame(t, s, fresh, "create")
	if _, err := s.Like(t.Context(), bob, p.ID, true); err == nil {
		t.Error("Like = nil, want an error")
	}
	wantSame(t, s, fresh, "a like whose answer was lost")
}

// TestNewestAtOnce: whoever has been answered sees what they did, while all
// others write too.
func TestNewestAtOnce(t *testing.T) {
	s, fresh, _, _ := two(t)
	var posts []api.Post
	for i := range 5 {
		posts = append(posts, create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, uint16(i)).String(), Message: "x"}))
	}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			v := feed.Viewer{Sub: fmt.Sprint("sub-", i), Handle: fmt.Sprint("user", i), Name: "U"}
			for n := range 30 {
				target, on := posts[(i+n)%len(posts)], n%3 != 2
				if _, err := s.Like(t.Context(), v, target.ID, on); err != nil {
					t.Error(err)
				}
				f, err := s.Home(t.Context(), v, "", 0)
				if err != nil {
					t.Error(err)
				}
				for _, p := range f.Posts {
					if p.ID == target.ID && p.Liked != on {
						t.Errorf("liked is %v after Like(%v) was answered", p.Liked, on)
					}
				}
			}
		})
	}
	wg.Wait()
	wantSame(t, s, fresh, "all")
}
