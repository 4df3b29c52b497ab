package feedtest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// testShortReply: a reply that expires before its post is in no answer from its
// second on. The sweeper takes it from the counters, and says so when that post
// is still there.
func testShortReply(t *testing.T, store feed.Store) {
	ctx := t.Context()
	top, other := post(0), post(1)
	top.Expires, other.Expires = epoch.Add(3*time.Hour), epoch.Add(30*time.Minute)
	insert(t, store, top, other)
	end := epoch.Add(time.Hour)
	var short []feed.Post
	for n := range 4 {
		r := reply(10+n, top)
		if r.Expires = end; n%2 == 1 {
			r.Audience = api.AudienceMembers
		}
		done, err := store.Insert(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		short = append(short, done.Post)
	}
	insert(t, store, reply(20, top), reply(21, other))
	if _, err := store.Hide(ctx, moderator(), short[2].ID, true); err != nil {
		t.Fatal(err)
	}
	repost(t, store, all().View, "sub-bob", short[0].ID, 30)
	for at, want := range map[time.Time]int{end.Add(-time.Microsecond): 4, end: 1} {
		page := all()
		page.Now = at
		if got := len(replies(t, store, page.View, top.ID, uuid.Nil, 10)); got != want {
			t.Errorf("%d replies at %v, want %d", got, at, want)
		}
		if got, err := store.Search(ctx, page, []string{"reply"}); err != nil || len(got) != want {
			t.Errorf("%d replies found at %v, %v, want %d", len(got), at, err, want)
		}
		if got := len(home(t, store, page)); got != 1+want/4 {
			t.Errorf("%d posts and reposts at %v, want %d", got, at, 1+want/4)
		}
	}
	at := all().View
	at.Now = end
	wantGone(t, store, at, short[0].ID)
	if err := second(store.Like(ctx, at, "sub-eve", short[0].ID, true)); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Like of an expired reply = %v, want ErrNotFound", err)
	}
	wantReplies(t, store, "before the sweep", top.ID, 4, 2)
	short[0].Reposts = 1
	sweep(t, store, end, 1000, 7, short[0], short[1], short[3]) // with one hidden, a repost, and other with its reply
	wantReplies(t, store, "after the sweep", top.ID, 1, 1)
	sweep(t, store, end, 1000, 0)
	if done, err := store.Insert(ctx, later(short[1])); err != nil || done.Changed || !done.Post.Expires.Equal(end) {
		t.Errorf("Insert(swept, again) = %+v, %v, want the first", done, err)
	}
	sweep(t, store, top.Expires, 1000, 2)
}

// testShortRepliesAtOnce: what is swept, deleted and hidden at once is taken from
// the counters once.
func testShortRepliesAtOnce(t *testing.T, store feed.Store) {
	const posts, each = 3, 20
	end := epoch.Add(time.Hour)
	var wg sync.WaitGroup
	for n := range posts {
		top := post(n)
		insert(t, store, top, reply(50+n, top))
		for i := range each {
			r := reply(100+i, top)
			r.ID[9], r.Expires = byte(n), end
			insert(t, store, r)
			wg.Go(func() {
				switch i % 4 {
				case 0:
					if err := remove(t, store, r); err != nil && !errors.Is(err, feed.ErrNotFound) {
						t.Error(err)
					}
				case 1:
					if err := second(store.Hide(t.Context(), moderator(), r.ID, true)); err != nil && !errors.Is(err, feed.ErrNotFound) {
						t.Error(err)
					}
				}
				if _, _, err := store.Sweep(t.Context(), end, 3); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if _, _, err := store.Sweep(t.Context(), end, 1000); err != nil {
		t.Error(err)
	}
	for n := range posts {
		wantReplies(t, store, "in the end", post(n).ID, 1, 1)
	}
}
