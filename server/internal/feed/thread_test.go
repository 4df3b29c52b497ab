package feed_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/shared/api"
)

func postID(n int) string { return feedtest.ID(noon, uint16(n)).String() }

func TestThread(t *testing.T) {
	s, c := newService(t)
	top := create(t, s, ann, api.NewPost{ID: postID(1), Message: "top", Audience: api.AudienceMembers, ExpiresIn: "1h"})
	c.set(noon.Add(time.Minute))
	var want []api.Post
	for n := range 5 {
		want = append(want, create(t, s, bob, api.NewPost{ID: postID(10 + n), Message: fmt.Sprint(n), Parent: top.ID}))
	}
	r := want[0]
	if r.Audience != top.Audience || !r.Expires.Equal(*top.Expires) || r.Parent != top.ID {
		t.Errorf("a reply has %+v, want audience and expiry of its post", r)
	}
	top.Replies = 5
	if _, err := s.Like(t.Context(), ann, r.ID, true); err != nil {
		t.Fatal(err)
	}
	want[0].Likes, want[0].Liked = 1, true
	for _, tt := range []struct {
		name, after string
		limit       int
		want        api.Thread
	}{
		{"whole", "", 0, api.Thread{Post: top, Replies: want}},
		{"first page", "", 2, api.Thread{Post: top, Replies: want[:2], Next: want[1].ID}},
		{"second page", want[1].ID, 2, api.Thread{Post: top, Replies: want[2:4], Next: want[3].ID}},
		{"last page", want[3].ID, 2, api.Thread{Post: top, Replies: want[4:]}},
		{"behind the end", want[4].ID, 2, api.Thread{Post: top, Replies: []api.Post{}}},
	} {
		got, err := s.Thread(t.Context(), ann, top.ID, tt.after, tt.limit)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: Thread = %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
	got, err := s.Thread(t.Context(), ann, r.ID, "", 0)
	if diff := cmp.Diff(api.Thread{Post: want[0], Parent: &top, Replies: []api.Post{}}, got); diff != "" || err != nil {
		t.Errorf("Thread(reply) = %v (-want +got):\n%s", err, diff)
	}
	wantMessages(t, s, ann, "top")

	for _, id := range []string{"", "x", postID(99), " " + top.ID} {
		if _, err := s.Thread(t.Context(), ann, id, "", 0); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("Thread(%q) = %v, want ErrNotFound", id, err)
		}
	}
	if _, err := s.Thread(t.Context(), ann, top.ID, "x", 0); !errors.Is(err, feed.ErrCursor) {
		t.Errorf("Thread(after x) = %v, want ErrCursor", err)
	}
	for _, id := range []string{top.ID, r.ID} {
		if _, err := s.Thread(t.Context(), guest, id, "", 0); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("Thread(guest) = %v, want ErrNotFound", err)
		}
		c.set(*top.Expires)
		if _, err := s.Thread(t.Context(), ann, id, "", 0); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("Thread(expired) = %v, want ErrNotFound", err)
		}
		c.set(noon)
	}
}

// TestReactions: who may, what a repeat is, and who is told.
func TestReactions(t *testing.T) {
	var told []string
	s, err := feed.New(feed.Config{Store: newStore(t), Now: (&clock{at: noon}).now, Changed: func(c feed.Change) {
		told = append(told, fmt.Sprint(int(c.Kind), " ", c.Post.Message))
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := create(t, s, ann, api.NewPost{ID: postID(1), Message: "p"})
	create(t, s, ann, api.NewPost{ID: postID(1), Message: "p"}) // a repeat is no news
	ctx := t.Context()
	for range 2 {
		got, err := s.Like(ctx, bob, p.ID, true)
		if err != nil || got.Likes != 1 || !got.Liked {
			t.Errorf("Like = %+v, %v", got, err)
		}
		got, err = s.Repost(ctx, bob, p.ID, true)
		if err != nil || got.Reposts != 1 || !got.Reposted || got.ID != p.ID {
			t.Errorf("Repost = %+v, %v", got, err)
		}
		got, err = s.Hide(ctx, mod, p.ID, true)
		if err != nil || !got.Hidden || got.Liked {
			t.Errorf("Hide = %+v, %v", got, err)
		}
		if _, err = s.Hide(ctx, mod, p.ID, false); err != nil {
			t.Errorf("Hide(no longer) = %v", err)
		}
	}
	f, err := s.Home(ctx, bob, "", 0)
	if err != nil || len(f.Posts) != 2 {
		t.Fatalf("Home = %+v, %v, want the post and its repost", f, err)
	}
	r := f.Posts[0]
	if r.RepostOf != p.ID || r.Handle != "bob" || r.Message != "" || r.Original == nil || !r.Original.Liked || !r.Original.Reposted {
		t.Errorf("repost = %+v", r)
	}
	if _, err := s.Repost(ctx, bob, p.ID, false); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.Delete(ctx, ann, p.ID); err != nil {
			t.Errorf("Delete = %v", err)
		}
	}
	want := []string{"1 p", "2 p", "1 ", "5 p", "5 p", "5 p", "5 p", "4 ", "4 p"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told of (-want +got):\n%s", diff)
	}
}

func TestReactionsRefused(t *testing.T) {
	s, _ := newService(t)
	p := create(t, s, ann, api.NewPost{ID: postID(1), Message: "p"})
	ctx := t.Context()
	for _, v := range []feed.Viewer{guest, {Handle: "x", Moderator: true}} {
		_, like := s.Like(ctx, v, p.ID, true)
		_, repost := s.Repost(ctx, v, p.ID, true)
		_, hide := s.Hide(ctx, v, p.ID, true)
		for name, err := range map[string]error{"Like": like, "Repost": repost, "Hide": hide, "Delete": s.Delete(ctx, v, p.ID)} {
			if !errors.Is(err, feed.ErrNotMember) {
				t.Errorf("%s(guest) = %v, want ErrNotMember", name, err)
			}
		}
	}
	for _, id := range []string{p.ID, postID(99), "x"} {
		if _, err := s.Hide(ctx, bob, id, true); !errors.Is(err, feed.ErrForbidden) {
			t.Errorf("Hide(no moderator, %s) = %v, want ErrForbidden", id, err)
		}
	}
	if err := s.Delete(ctx, bob, p.ID); !errors.Is(err, feed.ErrNotAuthor) {
		t.Errorf("Delete(another's) = %v, want ErrNotAuthor", err)
	}
	if _, err := s.Hide(ctx, mod, p.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Like(ctx, ann, p.ID, true); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Like(hidden, its author) = %v, want ErrNotFound", err)
	}
	if err := s.Delete(ctx, bob, p.ID); err != nil {
		t.Errorf("Delete(another's hidden) = %v, want nothing said", err)
	}
	if _, err := s.Thread(ctx, mod, p.ID, "", 0); err != nil {
		t.Errorf("Thread(hidden, moderator) = %v", err)
	}
}
