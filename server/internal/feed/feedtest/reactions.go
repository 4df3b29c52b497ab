package feedtest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// again returns the repost that sub makes of a post, n milliseconds after epoch.
func again(sub string, of uuid.UUID, n int) feed.Post {
	at := epoch.Add(time.Duration(n) * time.Millisecond)
	id := ID(at, 1)
	id[9], id[10] = sub[len(sub)-1], of[5]
	return feed.Post{ID: id, RepostOf: of, Author: sub, Handle: sub[4:], Name: sub[4:], Created: at}
}

func repost(t *testing.T, store feed.Store, v feed.View, sub string, of uuid.UUID, n int) feed.Post {
	t.Helper()
	r := again(sub, of, n)
	done, err := store.Repost(t.Context(), v, r)
	if err != nil || !done.Changed || done.Post.ID != of {
		t.Fatalf("Repost(%v) = %+v, %v", of, done, err)
	}
	return r
}

// testLikes: each sub counts once, however often it says so.
func testLikes(t *testing.T, store feed.Store) {
	ctx, v := t.Context(), all().View
	p, other := post(0), post(1)
	insert(t, store, p, other)
	steps := []struct {
		name    string
		sub     string
		on      bool
		changed bool
		likes   int
	}{
		{"first", "sub-ann", true, true, 1},
		{"again", "sub-ann", true, false, 1},
		{"another", "sub-bob", true, true, 2},
		{"another case is another sub", "SUB-BOB", true, true, 3},
		{"back", "sub-ann", false, true, 2},
		{"back again", "sub-ann", false, false, 2},
		{"never liked", "sub-eve", false, false, 2},
	}
	for _, s := range steps {
		done, err := store.Like(ctx, v, s.sub, p.ID, s.on)
		want := p
		want.Likes = s.likes
		if diff := cmp.Diff(feed.Shift{Post: want, Changed: s.changed}, done); diff != "" || err != nil {
			t.Errorf("%s: Like = %v (-want +got):\n%s", s.name, err, diff)
		}
	}
	marks, err := store.Marks(ctx, "sub-bob", []uuid.UUID{other.ID, p.ID, uuid.Max, p.ID})
	if diff := cmp.Diff([]feed.Mark{{}, {Liked: true}, {}, {Liked: true}}, marks); diff != "" || err != nil {
		t.Errorf("Marks = %v (-want +got):\n%s", err, diff)
	}
	if got := home(t, store, all())[1].Likes; got != 2 {
		t.Errorf("%d likes on the home page, want 2", got)
	}
}

// testLikesAtOnce: the counter is the number of those who like, in the end.
func testLikesAtOnce(t *testing.T, store feed.Store) {
	p := post(0)
	insert(t, store, p)
	const subs, each = 16, 6
	var changed atomic.Int64
	var wg sync.WaitGroup
	for i := range subs {
		for n := range each {
			wg.Go(func() {
				done, err := store.Like(t.Context(), all().View, fmt.Sprint("sub-", i), p.ID, n%3 != 0)
				if err != nil {
					t.Error(err)
				}
				if done.Changed {
					changed.Add(1)
				}
				if done.Post.Likes < 0 || done.Post.Likes > subs {
					t.Errorf("%d likes of %d subs", done.Post.Likes, subs)
				}
			})
		}
	}
	wg.Wait()
	liked := 0
	for i := range subs {
		marks, err := store.Marks(t.Context(), fmt.Sprint("sub-", i), []uuid.UUID{p.ID})
		if err != nil {
			t.Fatal(err)
		}
		if marks[0].Liked {
			liked++
		}
	}
	if got := one(t, store, all().View, p.ID).Likes; got != liked || int(changed.Load()) < liked {
		t.Errorf("%d likes counted, %d subs like, %d changes", got, liked, changed.Load())
	}
}

// testReposts: one of each sub, on the home page with the original, and with
// its audience and expiry.
func testReposts(t *testing.T, store feed.Store) {
	ctx, v := t.Context(), all().View
	p := post(0)
	p.Audience, p.Expires = api.AudienceMembers, epoch.Add(time.Hour)
	insert(t, store, p, post(1))
	r := repost(t, store, v, "sub-bob", p.ID, 5)
	p.Reposts = 1
	r.Audience, r.Expires, r.Original = p.Audience, p.Expires, &p
	if diff := cmp.Diff(r, home(t, store, all())[0]); diff != "" {
		t.Errorf("repost on the home page (-want +got):\n%s", diff)
	}
	if done, err := store.Repost(ctx, v, again("sub-bob", p.ID, 6)); err != nil || done.Changed || done.Post.Reposts != 1 {
		t.Errorf("Repost(again) = %+v, %v", done, err)
	}
	marks, err := store.Marks(ctx, "sub-bob", []uuid.UUID{p.ID})
	if err != nil || marks[0] != (feed.Mark{Reposted: true}) {
		t.Errorf("Marks = %v, %v", marks, err)
	}
	guest := all()
	guest.Members = false
	wantHome(t, store, guest, post(1))

	// A repost is not a post of its own.
	wantGone(t, store, moderator(), r.ID)
	for name, err := range map[string]error{
		"Like":     second(store.Like(ctx, v, "sub-eve", r.ID, true)),
		"Repost":   second(store.Repost(ctx, v, again("sub-eve", r.ID, 8))),
		"Unrepost": second(store.Unrepost(ctx, v, "sub-bob", r.ID)),
		"Hide":     second(store.Hide(ctx, moderator(), r.ID, true)),
		"Insert":   second(store.Insert(ctx, reply(9, r))),
	} {
		if !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("%s(repost) = %v, want ErrNotFound", name, err)
		}
	}
	clash := post(77)
	clash.ID, clash.Author = r.ID, r.Author
	if _, err := store.Insert(ctx, clash); !errors.Is(err, feed.ErrConflict) {
		t.Errorf("Insert(id of a repost) = %v, want ErrConflict", err)
	}

	for _, id := range []uuid.UUID{p.ID, r.ID} {
		want := map[uuid.UUID]feed.Post{p.ID: p, r.ID: r}[id]
		if got, err := feed.Entry(store)(ctx, v, id); err != nil || !cmp.Equal(got, want) {
			t.Errorf("Entry(%v) = %+v, %v, want %+v", id, got, err, want)
		}
		if got, err := feed.Entry(store)(ctx, guest.View, id); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("Entry(%v) for a guest = %+v, %v, want ErrNotFound", id, got, err)
		}
	}
	if done, err := store.Unrepost(ctx, v, "sub-bob", p.ID); err != nil || !done.Changed || done.Post.Reposts != 0 || done.Repost != r.ID {
		t.Errorf("Unrepost = %+v, %v, want that %v has gone", done, err, r.ID)
	}
	if _, err := feed.Entry(store)(ctx, v, r.ID); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Entry(repost taken back) = %v, want ErrNotFound", err)
	}
	if done, err := store.Unrepost(ctx, v, "sub-bob", p.ID); err != nil || done.Changed || done.Repost != uuid.Nil {
		t.Errorf("Unrepost(again) = %+v, %v", done, err)
	}
	r = repost(t, store, v, "sub-bob", p.ID, 9)
	if gone, err := store.Delete(ctx, v, "sub-bob", r.ID); err != nil || gone.RepostOf != p.ID {
		t.Errorf("Delete(repost) = %+v, %v", gone, err)
	}
	if got := one(t, store, v, p.ID).Reposts; got != 0 {
		t.Errorf("%d reposts, want 0", got)
	}
	wantHome(t, store, all(), post(1), p)
}

func second(_ feed.Shift, err error) error { return err }

// testRepostsAtOnce: one sub, one repost.
func testRepostsAtOnce(t *testing.T, store feed.Store) {
	p := post(0)
	insert(t, store, p)
	var wg sync.WaitGroup
	for n := range 12 {
		wg.Go(func() {
			sub := fmt.Sprint("sub-", n%3)
			if _, err := store.Repost(t.Context(), all().View, again(sub, p.ID, 10+n)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, there := one(t, store, all().View, p.ID).Reposts, len(home(t, store, all()))-1; got != 3 || there != 3 {
		t.Errorf("%d reposts counted and %d there, want 3", got, there)
	}
}

// testAuthors: posts and reposts of one sub, without replies.
func testAuthors(t *testing.T, store feed.Store) {
	mine, his := post(0), post(1)
	his.Author = "sub-bob"
	insert(t, store, mine, his)
	r := reply(2, mine)
	r.Author = "sub-bob"
	insert(t, store, r)
	second := repost(t, store, all().View, "sub-bob", mine.ID, 3)
	get := func(page feed.Page, sub string) []feed.Post {
		t.Helper()
		posts, err := store.ByAuthor(t.Context(), page, sub)
		if err != nil {
			t.Fatal(err)
		}
		return posts
	}
	got := get(all(), "sub-bob")
	if diff := cmp.Diff(ids([]feed.Post{second, his}), ids(got)); diff != "" {
		t.Fatalf("ByAuthor (-want +got):\n%s", diff)
	}
	if got[0].Original == nil || got[0].Original.ID != mine.ID {
		t.Errorf("the repost has the original %+v", got[0].Original)
	}
	page := all()
	page.Before, page.Limit = second.ID, 1
	if diff := cmp.Diff(ids([]feed.Post{his}), ids(get(page, "sub-bob"))); diff != "" {
		t.Errorf("ByAuthor(second page) (-want +got):\n%s", diff)
	}
	if got := get(all(), "SUB-BOB"); len(got) != 0 {
		t.Errorf("ByAuthor(nobody) = %v", ids(got))
	}
}

// testHideReply: a hidden reply leaves no trace in the counter either.
func testHideReply(t *testing.T, store feed.Store) {
	ctx := t.Context()
	top := post(0)
	insert(t, store, top)
	r := reply(1, top)
	insert(t, store, r, reply(2, top))
	for _, s := range []struct {
		on, changed bool
		replies     int
	}{{true, true, 1}, {true, false, 1}, {false, true, 2}, {false, false, 2}, {true, true, 1}} {
		done, err := store.Hide(ctx, moderator(), r.ID, s.on)
		if err != nil || done.Changed != s.changed || done.Post.Hidden != s.on {
			t.Errorf("Hide(%v) = %+v, %v", s.on, done, err)
		}
		if got := one(t, store, all().View, top.ID).Replies; got != s.replies {
			t.Errorf("%d replies after Hide(%v), want %d", got, s.on, s.replies)
		}
	}
	if _, err := store.Delete(ctx, all().View, r.Author, r.ID); err != nil {
		t.Fatal(err)
	}
	if got := one(t, store, all().View, top.ID).Replies; got != 1 {
		t.Errorf("%d replies after a hidden one was deleted, want 1", got)
	}
}

// testViews: whatever asks, nobody gets what is not for them.
func testViews(t *testing.T, store feed.Store) {
	ctx := t.Context()
	// Four posts, each with a reply and a repost, all with the word "views".
	names := []string{"everyone", "members", "hidden", "expiring"}
	tops := map[string]feed.Post{}
	for i, name := range names {
		p := post(i * 10)
		p.Message = "views " + name
		switch name {
		case "members":
			p.Audience = api.AudienceMembers
		case "expiring":
			p.Expires = epoch.Add(time.Hour)
		}
		insert(t, store, p)
		r := reply(i*10+1, p)
		r.Message = "views reply " + name
		insert(t, store, r)
		repost(t, store, all().View, "sub-bob", p.ID, i*10+2)
		repost(t, store, all().View, "sub-bob", r.ID, i*10+3)
		tops[name] = p
	}
	if _, err := store.Hide(ctx, moderator(), tops["hidden"].ID, true); err != nil {
		t.Fatal(err)
	}
	late := epoch.Add(time.Hour)
	for _, tt := range []struct {
		name string
		view feed.View
		want []string
	}{
		{"guest", feed.View{Now: epoch}, []string{"everyone", "expiring"}},
		{"guest later", feed.View{Now: late}, []string{"everyone"}},
		{"member", feed.View{Members: true, Now: epoch}, []string{"everyone", "members", "expiring"}},
		{"member later", feed.View{Members: true, Now: late}, []string{"everyone", "members"}},
		{"moderator", moderator(), names},
		{"moderator later", feed.View{Members: true, Moderator: true, Now: late}, []string{"everyone", "members", "hidden"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := all()
			page.View = tt.view
			bob, err := store.ByAuthor(ctx, page, "sub-bob")
			found, searchErr := store.Search(ctx, page, []string{"views"})
			if err != nil || searchErr != nil {
				t.Fatal(err, searchErr)
			}
			for query, got := range map[string]int{
				"Home": len(home(t, store, page)) * 2, "ByAuthor": len(bob) * 3, "Search": len(found) * 3,
			} {
				if want := len(tt.want) * 6; got != want {
					t.Errorf("%s answers %d sixths of a thread each, want %d", query, got, want)
				}
			}
			for name, p := range tops {
				testThreadView(t, store, tt.view, p, slices.Contains(tt.want, name))
			}
		})
	}
}

// testThreadView: one post and all that can be done with it.
func testThreadView(t *testing.T, store feed.Store, v feed.View, p feed.Post, seen bool) {
	t.Helper()
	ctx := t.Context()
	want, n := error(nil), 1
	if !seen {
		want, n = feed.ErrNotFound, 0
	}
	below := reply(int(p.Created.Sub(epoch)/time.Millisecond)+1, p)
	if got := len(replies(t, store, v, p.ID, uuid.Nil, 10)); got != n {
		t.Errorf("%q has %d replies, want %d", p.Message, got, n)
	}
	for _, id := range []uuid.UUID{p.ID, below.ID} {
		for name, err := range map[string]error{
			"Post":     func() error { _, err := store.Post(ctx, v, id); return err }(),
			"Like":     second(store.Like(ctx, v, "sub-eve", id, true)),
			"Unlike":   second(store.Like(ctx, v, "sub-eve", id, false)),
			"Repost":   second(store.Repost(ctx, v, again("sub-bob", id, 900))),
			"Unrepost": second(store.Unrepost(ctx, v, "sub-eve", id)),
		} {
			if !errors.Is(err, want) {
				t.Errorf("%s of %q = %v, want %v", name, p.Message, err, want)
			}
		}
	}
}
