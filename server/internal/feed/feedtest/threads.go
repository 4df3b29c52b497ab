package feedtest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

func replies(t *testing.T, store feed.Store, v feed.View, parent, after uuid.UUID, limit int) []feed.Post {
	t.Helper()
	posts, err := store.Replies(t.Context(), v, parent, after, limit)
	if err != nil {
		t.Fatalf("Replies(%v) = %v", parent, err)
	}
	return posts
}

// one returns the post with the id, or fails.
func one(t *testing.T, store feed.Store, v feed.View, id uuid.UUID) feed.Post {
	t.Helper()
	p, err := store.Post(t.Context(), v, id)
	if err != nil {
		t.Fatalf("Post(%v) = %v", id, err)
	}
	return p
}

func wantGone(t *testing.T, store feed.Store, v feed.View, id uuid.UUID) {
	t.Helper()
	if p, err := store.Post(t.Context(), v, id); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Post(%v, %+v) = %+v, %v, want ErrNotFound", id, v, p, err)
	}
}

// testReplies: oldest first, in keyset pages, with what they inherit; never on
// the home page.
func testReplies(t *testing.T, store feed.Store) {
	top, other := post(0), post(1)
	top.Audience, top.Expires = api.AudienceMembers, epoch.Add(time.Hour)
	insert(t, store, top, other)
	var want []feed.Post
	for n := range 5 {
		r := reply(10+n/2, top)
		r.ID[15] = byte(n)
		done, err := store.Insert(t.Context(), r)
		if diff := cmp.Diff(feed.Shift{Post: stored(r, top), Changed: true}, done); diff != "" || err != nil {
			t.Errorf("Insert(reply) = %v (-want +got):\n%s", err, diff)
		}
		want = append(want, stored(r, top))
	}
	insert(t, store, reply(5, other))
	v := all().View
	if diff := cmp.Diff(want, replies(t, store, v, top.ID, uuid.Nil, 10)); diff != "" {
		t.Errorf("Replies (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[2:4], replies(t, store, v, top.ID, want[1].ID, 2)); diff != "" {
		t.Errorf("Replies(after the second) (-want +got):\n%s", diff)
	}
	if got := replies(t, store, v, uuid.Max, uuid.Nil, 10); len(got) != 0 {
		t.Errorf("Replies(of nothing) = %v", ids(got))
	}
	if got := one(t, store, v, top.ID).Replies; got != 5 {
		t.Errorf("the post has %d replies, want 5", got)
	}
	wantHome(t, store, all(), other, top)
}

// testReplyRefused: what can't be answered stays as it was.
func testReplyRefused(t *testing.T, store feed.Store) {
	top, hidden, short := post(0), post(1), post(2)
	short.Expires = epoch.Add(time.Second)
	insert(t, store, top, hidden, short)
	insert(t, store, reply(3, top))
	if _, err := store.Hide(t.Context(), moderator(), hidden.ID, true); err != nil {
		t.Fatal(err)
	}
	late := reply(20, short)
	late.Created = short.Expires
	again := reply(21, reply(3, top))
	for _, tt := range []struct {
		name  string
		reply feed.Post
		want  error
	}{
		{"no such post", reply(22, post(99)), feed.ErrNotFound},
		{"hidden", reply(23, hidden), feed.ErrNotFound},
		{"expired", late, feed.ErrNotFound},
		{"a reply", again, feed.ErrNested},
	} {
		if _, err := store.Insert(t.Context(), tt.reply); !errors.Is(err, tt.want) {
			t.Errorf("%s: Insert = %v, want %v", tt.name, err, tt.want)
		}
		wantGone(t, store, moderator(), tt.reply.ID)
	}
	if got := one(t, store, moderator(), top.ID).Replies; got != 1 {
		t.Errorf("%d replies, want 1", got)
	}
}

// testRepeatsOfReplies: a repeat counts nothing, and is known also when its post
// has gone.
func testRepeatsOfReplies(t *testing.T, store feed.Store) {
	top, other := post(0), post(1)
	top.Audience, top.Expires = api.AudienceMembers, epoch.Add(time.Hour)
	insert(t, store, top, other)
	r := reply(2, top)
	insert(t, store, r)
	again := func(when string) {
		t.Helper()
		done, err := store.Insert(t.Context(), later(r))
		want := stored(r, top)
		if when == "removed" {
			want.Handle, want.Name = "ann2", "Ann Two" // its name is not kept
		}
		if diff := cmp.Diff(feed.Shift{Post: want}, done); diff != "" || err != nil {
			t.Errorf("%s: Insert(again) = %v (-want +got):\n%s", when, err, diff)
		}
		for name, change := range map[string]func(*feed.Post){
			"parent":  func(p *feed.Post) { p.Parent = other.ID },
			"message": func(p *feed.Post) { p.Message += "!" },
			"author":  func(p *feed.Post) { p.Author = "sub-eve" },
			"no reply": func(p *feed.Post) {
				p.Parent, p.Audience = uuid.Nil, api.AudienceMembers
			},
		} {
			p := later(r)
			change(&p)
			if _, err := store.Insert(t.Context(), p); !errors.Is(err, feed.ErrConflict) {
				t.Errorf("%s: Insert(other %s) = %v, want ErrConflict", when, name, err)
			}
		}
	}
	again("there")
	if got := one(t, store, all().View, top.ID).Replies; got != 1 {
		t.Errorf("%d replies after a repeat, want 1", got)
	}
	if _, err := store.Delete(t.Context(), all().View, top.Author, top.ID); err != nil {
		t.Fatal(err)
	}
	again("removed")
	wantGone(t, store, moderator(), r.ID)
}

// testDelete: nothing is left of a post but that its id was used.
func testDelete(t *testing.T, store feed.Store) {
	p := post(0)
	p.Message = "unmistakable"
	insert(t, store, p)
	gone, err := store.Delete(t.Context(), all().View, p.Author, p.ID)
	if diff := cmp.Diff(p, gone); diff != "" || err != nil {
		t.Errorf("Delete = %v (-want +got):\n%s", err, diff)
	}
	if _, err := store.Delete(t.Context(), all().View, p.Author, p.ID); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Delete(again) = %v, want ErrNotFound", err)
	}
	wantGone(t, store, moderator(), p.ID)
	wantHome(t, store, all())
	wantFound(t, store, all(), "unmistakable")
	if done, err := store.Insert(t.Context(), later(p)); err != nil || done.Changed || !done.Post.Created.Equal(p.Created) {
		t.Errorf("Insert(deleted, again) = %+v, %v, want the first", done, err)
	}
	other := later(p)
	other.Message = "x"
	if _, err := store.Insert(t.Context(), other); !errors.Is(err, feed.ErrConflict) {
		t.Errorf("Insert(deleted, other message) = %v, want ErrConflict", err)
	}
	wantHome(t, store, all())
	slice(t, store.Forget, p.RepeatUntil(), 10, 1)
}

// testDeleteThread: replies, likes and reposts go with their post.
func testDeleteThread(t *testing.T, store feed.Store) {
	ctx, v := t.Context(), all().View
	top := post(0)
	insert(t, store, top)
	r := reply(1, top)
	r.Author = "sub-bob"
	insert(t, store, r)
	for _, id := range []uuid.UUID{top.ID, r.ID} {
		if _, err := store.Like(ctx, v, "sub-cy", id, true); err != nil {
			t.Fatal(err)
		}
		repost(t, store, v, "sub-cy", id, 50)
	}
	if got := len(home(t, store, all())); got != 3 {
		t.Fatalf("%d posts on the home page, want a post and two reposts", got)
	}
	if _, err := store.Delete(ctx, v, top.Author, top.ID); err != nil {
		t.Fatal(err)
	}
	wantGone(t, store, moderator(), r.ID)
	wantHome(t, store, all())
	wantFound(t, store, all(), "reply")
	if got := replies(t, store, moderator(), top.ID, uuid.Nil, 10); len(got) != 0 {
		t.Errorf("replies of a deleted post: %v", ids(got))
	}
	marks, err := store.Marks(ctx, "sub-cy", []uuid.UUID{top.ID, r.ID})
	if diff := cmp.Diff([]feed.Mark{{}, {}}, marks); diff != "" || err != nil {
		t.Errorf("Marks of deleted posts = %v (-want +got):\n%s", err, diff)
	}
	slice(t, store.Clear, epoch, 10, 0)
}

// testDeleteRefused: only one's own, and no word about what is not to be seen.
func testDeleteRefused(t *testing.T, store feed.Store) {
	ctx, v := t.Context(), all().View
	seen, hidden, expired, top := post(0), post(1), post(2), post(3)
	expired.Expires = epoch
	insert(t, store, seen, hidden, expired, top)
	r := reply(4, hidden)
	insert(t, store, r)
	again := repost(t, store, v, "sub-bob", hidden.ID, 60)
	if _, err := store.Hide(ctx, moderator(), hidden.ID, true); err != nil {
		t.Fatal(err)
	}
	guest := v
	guest.Members = false
	for _, tt := range []struct {
		name string
		view feed.View
		sub  string
		id   uuid.UUID
		want error
	}{
		{"another's", v, "sub-eve", seen.ID, feed.ErrNotAuthor},
		{"another's, by a moderator", moderator(), "sub-eve", seen.ID, feed.ErrNotAuthor},
		{"another's hidden", v, "sub-eve", hidden.ID, feed.ErrNotFound},
		{"another's reply to a hidden one", v, "sub-eve", r.ID, feed.ErrNotFound},
		{"another's repost of a hidden one", v, "sub-eve", again.ID, feed.ErrNotFound},
		{"another's hidden, by a moderator", moderator(), "sub-eve", hidden.ID, feed.ErrNotAuthor},
		{"another's expired", v, "sub-eve", expired.ID, feed.ErrNotFound},
		{"nobody's", v, "sub-ann", uuid.Max, feed.ErrNotFound},
	} {
		if _, err := store.Delete(ctx, tt.view, tt.sub, tt.id); !errors.Is(err, tt.want) {
			t.Errorf("%s: Delete = %v, want %v", tt.name, err, tt.want)
		}
	}
	for _, id := range []uuid.UUID{hidden.ID, expired.ID} {
		if _, err := store.Delete(ctx, v, "sub-ann", id); err != nil {
			t.Errorf("Delete(one's own) = %v", err)
		}
	}
	wantHome(t, store, all(), top, seen)
}

// testSweepThread: a post, its replies and its reposts expire in one second.
func testSweepThread(t *testing.T, store feed.Store) {
	ctx, v := t.Context(), all().View
	top := post(0)
	top.Expires = epoch.Add(time.Hour)
	insert(t, store, top)
	r := reply(1, top)
	insert(t, store, r)
	repost(t, store, v, "sub-bob", top.ID, 70)
	if _, err := store.Like(ctx, v, "sub-bob", top.ID, true); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{top.Expires.Add(-time.Microsecond), top.Expires} {
		page := all()
		page.Now = at
		want := 0
		if at.Before(top.Expires) {
			want = 2
		}
		if got := len(home(t, store, page)); got != want {
			t.Errorf("%d posts at %v, want %d", got, at, want)
		}
		if got := len(replies(t, store, page.View, top.ID, uuid.Nil, 10)); got != want/2 {
			t.Errorf("%d replies at %v, want %d", got, at, want/2)
		}
	}
	sweep(t, store, top.Expires.Add(-time.Microsecond), 10, 0)
	sweep(t, store, top.Expires, 10, 3)
	slice(t, store.Clear, top.Expires, 10, 1)
	slice(t, store.Clear, top.Expires, 10, 0)
}

// testClearInSlices: what hangs below a post is not seen from the first moment
// on, and goes piece by piece.
func testClearInSlices(t *testing.T, store feed.Store) {
	top := post(0)
	insert(t, store, top)
	const n = 250
	for i := range n {
		insert(t, store, reply(1+i, top))
	}
	if _, err := store.Delete(t.Context(), all().View, top.Author, top.ID); err != nil {
		t.Fatal(err)
	}
	wantFound(t, store, all(), "reply")
	wantGone(t, store, moderator(), reply(n, top).ID)
	left := n
	for rounds := 0; ; rounds++ {
		got, err := store.Clear(t.Context(), epoch, 40)
		if err != nil || got > 40 || rounds > n {
			t.Fatalf("Clear = %d, %v", got, err)
		}
		if left -= got; got == 0 {
			break
		}
	}
	if left < 0 || left == n {
		t.Errorf("Clear removed %d of %d replies", n-left, n)
	}
	slice(t, store.Forget, reply(n, top).RepeatUntil(), 1000, n+1)
}
