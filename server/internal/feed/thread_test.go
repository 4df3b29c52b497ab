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

func TestReplyRefused(t *testing.T) {
	s, _ := newService(t)
	top := create(t, s, ann, api.NewPost{ID: postID(1), Message: "top"})
	reply := create(t, s, ann, api.NewPost{ID: postID(2), Message: "reply", Parent: top.ID})
	for _, tt := range []struct{ name, pointer string }{
		{reply.ID, "#/parent"}, {"x", "#/parent"}, {"3f2b8c1e-7a64-4c6e-9d35-0a1b2c3d4e5f", "#/parent"},
	} {
		_, err := s.Create(t.Context(), ann, api.NewPost{Message: "x", Parent: tt.name})
		if f, ok := errors.AsType[*feed.FieldsError](err); !ok || f.Fields[0].Pointer != tt.pointer {
			t.Errorf("Create(parent %s) = %v, want a problem of %s", tt.name, err, tt.pointer)
		}
	}
	if _, err := s.Create(t.Context(), ann, api.NewPost{Message: "x", Parent: postID(99)}); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Create(reply to nothing) = %v, want ErrNotFound", err)
	}
}

// TestReplyWithAudience: a reply gets audience and expiry of its post, whatever
// it asks for, but is never shown to more readers than it asks for.
func TestReplyWithAudience(t *testing.T) {
	tests := []struct {
		name      string
		top, asks string
		refused   bool
	}{
		{"everyone below everyone", api.AudienceEveryone, api.AudienceEveryone, false},
		{"members below members", api.AudienceMembers, api.AudienceMembers, false},
		{"everyone below members", api.AudienceMembers, api.AudienceEveryone, false},
		{"members below everyone", api.AudienceEveryone, api.AudienceMembers, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := newService(t)
			top := create(t, s, ann, api.NewPost{ID: postID(1), Message: "top", Audience: tt.top, ExpiresIn: "3h"})
			req := api.NewPost{ID: postID(2), Message: "reply", Parent: top.ID, Audience: tt.asks, ExpiresIn: "never"}
			reply, err := s.Create(t.Context(), bob, req)
			if tt.refused {
				if f, ok := errors.AsType[*feed.FieldsError](err); !ok || f.Fields[0].Pointer != "#/audience" {
					t.Fatalf("Create = %v, want a problem of #/audience", err)
				}
				return
			}
			if err != nil || reply.Audience != tt.top || reply.Expires == nil || !reply.Expires.Equal(*top.Expires) {
				t.Fatalf("Create = %+v, %v, want audience and expiry of %+v", reply, err, top)
			}
			if err := s.Delete(t.Context(), ann, top.ID); err != nil {
				t.Fatal(err)
			}
			if again, err := s.Create(t.Context(), bob, req); err != nil || again.ID != reply.ID {
				t.Errorf("Create(again, below a deleted post) = %+v, %v", again, err)
			}
		})
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
