package feedtest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// membersReply returns a reply that asks to be for members.
func membersReply(n int, parent feed.Post) feed.Post {
	r := reply(n, parent)
	r.Audience = api.AudienceMembers
	return r
}

// guest is what a guest sees at epoch.
func guest() feed.View { return feed.View{Now: epoch} }

// wantReplies compares how many replies a post counts for members and guests.
func wantReplies(t *testing.T, store feed.Store, when string, id uuid.UUID, members, guests int) {
	t.Helper()
	p := one(t, store, moderator(), id)
	if p.RepliesFor(true) != members || p.RepliesFor(false) != guests {
		t.Errorf("%s: %d replies for members and %d for guests, want %d and %d", when, p.RepliesFor(true), p.RepliesFor(false), members, guests)
	}
}

// testReplyAsks: a reply gets what it asks for, or what its post allows if that
// is less.
func testReplyAsks(t *testing.T, store feed.Store) {
	const everyone, members = api.AudienceEveryone, api.AudienceMembers
	long, short, never := 2*time.Hour, 30*time.Minute, time.Duration(0)
	for i, tt := range []struct {
		name           string
		top            string
		topLives       time.Duration
		asks           string
		asksToLive     time.Duration
		want           string
		wantToLive     time.Duration
		members, guest int // what its post counts
	}{
		{"nothing", everyone, long, "", never, everyone, long, 1, 1},
		{"nothing, of a post for members", members, never, "", never, members, never, 1, 1},
		{"the same", everyone, never, everyone, never, everyone, never, 1, 1},
		{"fewer readers", everyone, long, members, never, members, long, 1, 0},
		{"the same few readers", members, long, members, never, members, long, 1, 1},
		{"more readers", members, long, everyone, never, members, long, 1, 1},
		{"less time", everyone, long, "", short, everyone, short, 1, 1},
		{"some of all time", everyone, never, "", short, everyone, short, 1, 1},
		{"more time", everyone, short, "", long, everyone, short, 1, 1},
		{"less of both", everyone, long, members, short, members, short, 1, 0},
	} {
		until := func(p feed.Post, lives time.Duration) time.Time {
			if lives == 0 {
				return time.Time{}
			}
			return p.Created.Add(lives)
		}
		top := post(10 * i)
		top.Audience, top.Expires = tt.top, until(top, tt.topLives)
		insert(t, store, top)
		r := reply(10*i, top)
		r.ID[15] = 1
		r.Audience, r.Expires = tt.asks, until(r, tt.asksToLive)
		done, err := store.Insert(t.Context(), r)
		want := r
		want.Audience, want.Expires = tt.want, until(r, tt.wantToLive)
		if diff := cmp.Diff(feed.Shift{Post: want, Changed: true}, done); diff != "" || err != nil {
			t.Errorf("%s: Insert = %v (-want +got):\n%s", tt.name, err, diff)
		}
		if diff := cmp.Diff(want, one(t, store, all().View, r.ID)); diff != "" {
			t.Errorf("%s: Post (-want +got):\n%s", tt.name, diff)
		}
		wantReplies(t, store, tt.name, top.ID, tt.members, tt.guest)
	}
}

// testMembersReply: who is a guest finds a reply for members with no query.
func testMembersReply(t *testing.T, store feed.Store) {
	ctx := t.Context()
	top := post(0)
	insert(t, store, top)
	open, inner := reply(1, top), membersReply(2, top)
	open.Message, inner.Message = "porch", "porch unmistakable"
	insert(t, store, open, inner)
	repost(t, store, all().View, "sub-bob", inner.ID, 3)
	shown := repost(t, store, all().View, "sub-bob", top.ID, 4)
	for _, tt := range []struct {
		view    feed.View
		replies []feed.Post
		home    int
	}{{guest(), []feed.Post{open}, 2}, {all().View, []feed.Post{open, inner}, 3}, {moderator(), []feed.Post{open, inner}, 3}} {
		page := all()
		page.View = tt.view
		if diff := cmp.Diff(ids(tt.replies), ids(replies(t, store, tt.view, top.ID, uuid.Nil, 10))); diff != "" {
			t.Errorf("Replies for %+v (-want +got):\n%s", tt.view, diff)
		}
		newest := slices.Clone(tt.replies)
		slices.Reverse(newest)
		wantFound(t, store, page, "porch", newest...)
		wantFound(t, store, page, "unmistakable", newest[:len(newest)-1]...)
		posts := home(t, store, page)
		if len(posts) != tt.home || posts[0].ID != shown.ID || posts[0].Original.RepliesFor(tt.view.Members) != len(tt.replies) {
			t.Errorf("Home for %+v = %+v, want %d posts and %d replies", tt.view, posts, tt.home, len(tt.replies))
		}
		posts, err := store.ByAuthor(ctx, page, "sub-bob")
		if err != nil || len(posts) != tt.home-1 {
			t.Errorf("ByAuthor for %+v = %v, %v, want %d reposts", tt.view, ids(posts), err, tt.home-1)
		}
	}
	wantGone(t, store, guest(), inner.ID)
	if _, err := store.Like(ctx, guest(), "sub-eve", inner.ID, true); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Like by a guest = %v, want ErrNotFound", err)
	}
	wantReplies(t, store, "with two replies", top.ID, 2, 1)
}

// testMembersReplyCounts: whatever becomes of replies, both numbers are right.
func testMembersReplyCounts(t *testing.T, store feed.Store) {
	ctx := t.Context()
	top := post(0)
	insert(t, store, top)
	open, inner := reply(1, top), membersReply(2, top)
	insert(t, store, open, inner, membersReply(3, top))
	for _, s := range []struct {
		when           string
		do             func() error
		members, guest int
	}{
		{"at first", func() error { return nil }, 3, 1},
		{"hidden", func() error { return second(store.Hide(ctx, moderator(), inner.ID, true)) }, 2, 1},
		{"hidden again", func() error { return second(store.Hide(ctx, moderator(), inner.ID, true)) }, 2, 1},
		{"shown", func() error { return second(store.Hide(ctx, moderator(), inner.ID, false)) }, 3, 1},
		{"repeated", func() error { return second(store.Insert(ctx, later(inner))) }, 3, 1},
		{"the open one hidden", func() error { return second(store.Hide(ctx, moderator(), open.ID, true)) }, 2, 0},
		{"the open one shown", func() error { return second(store.Hide(ctx, moderator(), open.ID, false)) }, 3, 1},
		{"hidden to be deleted", func() error { return second(store.Hide(ctx, moderator(), inner.ID, true)) }, 2, 1},
		{"deleted while hidden", func() error { return remove(t, store, inner) }, 2, 1},
		{"deleted again", func() error { _ = remove(t, store, inner); return nil }, 2, 1},
		{"another deleted", func() error { return remove(t, store, membersReply(3, top)) }, 1, 1},
		{"all deleted", func() error { return remove(t, store, open) }, 0, 0},
	} {
		if err := s.do(); err != nil {
			t.Errorf("%s: %v", s.when, err)
		}
		wantReplies(t, store, s.when, top.ID, s.members, s.guest)
	}
}

func remove(t *testing.T, store feed.Store, p feed.Post) error {
	t.Helper()
	_, err := store.Delete(t.Context(), all().View, p.Author, p.ID)
	return err
}

// testRepeatsOfAsking: a repeat is one that asks for the same, whatever it got,
// as long as its id is known.
func testRepeatsOfAsking(t *testing.T, store feed.Store) {
	everyone, members := post(0), post(1)
	members.Audience = api.AudienceMembers
	everyone.Expires, members.Expires = epoch.Add(time.Hour), epoch.Add(time.Hour)
	insert(t, store, everyone, members)
	narrow, wide, plain := membersReply(2, everyone), reply(3, members), reply(4, everyone)
	narrow.Expires = narrow.Created.Add(time.Minute)
	wide.Audience, wide.Expires = api.AudienceEveryone, wide.Created.Add(12*time.Hour)
	first := map[uuid.UUID]feed.Post{}
	for _, r := range []feed.Post{narrow, wide, plain} {
		done, err := store.Insert(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		first[r.ID] = done.Post
	}
	again := func(when string) {
		t.Helper()
		for _, tt := range []struct {
			name  string
			reply feed.Post
			asks  func(p *feed.Post)
			same  bool
		}{
			{"the same", narrow, func(*feed.Post) {}, true},
			{"no audience", narrow, func(p *feed.Post) { p.Audience = "" }, false},
			{"for everyone", narrow, func(p *feed.Post) { p.Audience = api.AudienceEveryone }, false},
			{"longer", narrow, func(p *feed.Post) { p.Expires = p.Created.Add(time.Hour) }, false},
			{"for ever", narrow, func(p *feed.Post) { p.Expires = time.Time{} }, false},
			{"the same for everyone", wide, func(*feed.Post) {}, true},
			{"no audience below members", wide, func(p *feed.Post) { p.Audience = "" }, true},
			{"what it got", wide, func(p *feed.Post) { p.Audience = api.AudienceMembers }, false},
			{"the time it got", wide, func(p *feed.Post) { p.Expires = members.Expires }, false},
			{"nothing", plain, func(*feed.Post) {}, true},
			{"everyone", plain, func(p *feed.Post) { p.Audience = api.AudienceEveryone }, true},
			{"members", plain, func(p *feed.Post) { p.Audience = api.AudienceMembers }, false},
			{"an hour", plain, func(p *feed.Post) { p.Expires = p.Created.Add(time.Hour) }, false},
		} {
			p, want := later(tt.reply), first[tt.reply.ID]
			tt.asks(&p)
			done, err := store.Insert(t.Context(), p)
			if !tt.same {
				if !errors.Is(err, feed.ErrConflict) {
					t.Errorf("%s: Insert(again, %s) = %+v, %v, want ErrConflict", when, tt.name, done, err)
				}
				continue
			}
			got := done.Post
			if err != nil || done.Changed || got.Audience != want.Audience || !got.Expires.Equal(want.Expires) || !got.Created.Equal(want.Created) {
				t.Errorf("%s: Insert(again, %s) = %+v, %v, want %+v", when, tt.name, done, err, want)
			}
		}
	}
	again("there")
	wantReplies(t, store, "after repeats", everyone.ID, 2, 1)
	for _, r := range []feed.Post{narrow, wide} {
		if err := remove(t, store, r); err != nil {
			t.Fatal(err)
		}
	}
	again("some removed")
	for _, top := range []feed.Post{everyone, members} {
		if err := remove(t, store, top); err != nil {
			t.Fatal(err)
		}
	}
	again("their posts removed")
}

// testRepliesAtOnce: the counters are the numbers of replies, whoever writes.
func testRepliesAtOnce(t *testing.T, store feed.Store) {
	top := post(0)
	insert(t, store, top)
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				r := reply(n, top)
				r.ID[9], r.ID[15] = byte(w), 1
				if w%2 == 0 {
					r.Audience = api.AudienceMembers
				}
				if _, err := store.Insert(t.Context(), r); err != nil {
					t.Error(err)
				}
				if n%2 == 0 {
					if err := remove(t, store, r); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	const left = writers * each / 2
	wantReplies(t, store, "in the end", top.ID, left, left/2)
	for v, want := range map[feed.View]int{all().View: left, guest(): left / 2} {
		if got := len(replies(t, store, v, top.ID, uuid.Nil, 1000)); got != want {
			t.Errorf("%d replies there for %+v, want %d", got, v, want)
		}
	}
}
