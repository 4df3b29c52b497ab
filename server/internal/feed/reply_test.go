package feed_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

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

// TestReplyWithAudience: a reply is for whom it asks, but never for more readers
// than its post, and the answer says what it got.
func TestReplyWithAudience(t *testing.T) {
	tests := []struct{ name, top, asks, want string }{
		{"everyone below everyone", api.AudienceEveryone, api.AudienceEveryone, api.AudienceEveryone},
		{"nothing below everyone", api.AudienceEveryone, "", api.AudienceEveryone},
		{"members below everyone", api.AudienceEveryone, api.AudienceMembers, api.AudienceMembers},
		{"members below members", api.AudienceMembers, api.AudienceMembers, api.AudienceMembers},
		{"nothing below members", api.AudienceMembers, "", api.AudienceMembers},
		{"everyone below members", api.AudienceMembers, api.AudienceEveryone, api.AudienceMembers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := newService(t)
			top := create(t, s, ann, api.NewPost{ID: postID(1), Message: "top", Audience: tt.top, ExpiresIn: "3h"})
			req := api.NewPost{ID: postID(2), Message: "reply", Parent: top.ID, Audience: tt.asks, ExpiresIn: "never"}
			reply := create(t, s, bob, req)
			if reply.Audience != tt.want || reply.Expires == nil || !reply.Expires.Equal(*top.Expires) {
				t.Fatalf("Create = %+v, want one for %s that expires with %+v", reply, tt.want, top)
			}
			if again := create(t, s, bob, req); !cmp.Equal(again, reply) {
				t.Errorf("Create(again) = %+v, want %+v", again, reply)
			}
			other := req
			if other.Audience = api.AudienceMembers; tt.asks == api.AudienceMembers {
				other.Audience = ""
			}
			if _, err := s.Create(t.Context(), bob, other); !errors.Is(err, feed.ErrConflict) {
				t.Errorf("Create(again, for %q) = %v, want ErrConflict", other.Audience, err)
			}
			if err := s.Delete(t.Context(), ann, top.ID); err != nil {
				t.Fatal(err)
			}
			if again := create(t, s, bob, req); again.ID != reply.ID || again.Audience != tt.want {
				t.Errorf("Create(again, below a deleted post) = %+v", again)
			}
		})
	}
}

// TestShortReply: a reply can expire before its post, and not after it. The number
// of replies follows when it is swept, also in a page that was kept.
func TestShortReply(t *testing.T) {
	var told []feed.Change
	c := &clock{at: noon}
	s, err := feed.New(feed.Config{Store: newStore(t), Now: c.now, Changed: func(c feed.Change) { told = append(told, c) }})
	if err != nil {
		t.Fatal(err)
	}
	top := create(t, s, ann, api.NewPost{ID: postID(1), Message: "top", ExpiresIn: "3h"})
	for n, asks := range []struct {
		expires, audience string
		lives             time.Duration
	}{{"", "", 3 * time.Hour}, {"never", "", 3 * time.Hour}, {"1d", "", 3 * time.Hour}, {"1h", "", time.Hour}, {"1h", "", time.Hour}, {"1h", api.AudienceMembers, time.Hour}} {
		r := create(t, s, bob, api.NewPost{ID: postID(2 + n), Message: "reply", Parent: top.ID, ExpiresIn: asks.expires, Audience: asks.audience})
		if r.Expires == nil || !r.Expires.Equal(top.Created.Add(asks.lives)) {
			t.Errorf("a reply that asks for %q expires %v, want after %v", asks.expires, r.Expires, asks.lives)
		}
	}
	replies := func(v feed.Viewer) int {
		t.Helper()
		f, err := s.Home(t.Context(), v, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return f.Posts[0].Replies
	}
	c.set(noon.Add(time.Hour))
	if th, err := s.Thread(t.Context(), ann, top.ID, "", 0); err != nil || len(th.Replies) != 3 {
		t.Errorf("Thread = %+v, %v, want three replies", th, err)
	}
	if replies(ann) != 6 || replies(guest) != 5 {
		t.Errorf("%d replies, %d for guests before the sweep", replies(ann), replies(guest))
	}
	told = nil
	if n, err := s.Sweep(t.Context()); n != 3 || err != nil {
		t.Errorf("Sweep = %d, %v, want 3", n, err)
	}
	if replies(ann) != 3 || replies(guest) != 3 {
		t.Errorf("%d replies, %d for guests after the sweep, want 3", replies(ann), replies(guest))
	}
	audiences := map[string]int{}
	for _, c := range told {
		if audiences[c.Post.Audience]++; c.Kind != feed.Swept || c.Post.Parent.String() != top.ID {
			t.Errorf("told of %+v", c)
		}
	}
	if diff := cmp.Diff(map[string]int{api.AudienceEveryone: 1, api.AudienceMembers: 1}, audiences); diff != "" {
		t.Errorf("told of replies for (-want +got):\n%s", diff)
	}
}

// TestMembersReplyCounts: each list says how many replies there are for the
// reader.
func TestMembersReplyCounts(t *testing.T) {
	s, _ := newService(t)
	top := create(t, s, ann, api.NewPost{ID: postID(1), Message: "porch"})
	create(t, s, bob, api.NewPost{ID: postID(2), Message: "open", Parent: top.ID})
	inner := create(t, s, bob, api.NewPost{ID: postID(3), Message: "inner", Parent: top.ID, Audience: api.AudienceMembers})
	if _, err := s.Repost(t.Context(), bob, top.ID, true); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		viewer feed.Viewer
		want   int
	}{{"guest", guest, 1}, {"member", ann, 2}, {"moderator", mod, 2}} {
		th, err := s.Thread(t.Context(), tt.viewer, top.ID, "", 0)
		if err != nil || th.Post.Replies != tt.want || len(th.Replies) != tt.want {
			t.Errorf("%s: Thread = %+v, %v", tt.name, th, err)
		}
		home, homeErr := s.Home(t.Context(), tt.viewer, "", 5)
		user, userErr := s.User(t.Context(), tt.viewer, "ann", "", 0)
		found, searchErr := s.Search(t.Context(), tt.viewer, "porch", "", 0)
		if err := errors.Join(homeErr, userErr, searchErr); err != nil {
			t.Fatal(err)
		}
		for list, got := range map[string]int{
			"Home": home.Posts[1].Replies, "repost": home.Posts[0].Original.Replies,
			"User": user.Posts[0].Replies, "Search": found.Posts[0].Replies,
		} {
			if got != tt.want {
				t.Errorf("%s: %s says %d replies, want %d", tt.name, list, got, tt.want)
			}
		}
	}
	if _, err := s.Thread(t.Context(), guest, inner.ID, "", 0); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Thread(inner) for a guest = %v, want ErrNotFound", err)
	}
	if got, err := s.Like(t.Context(), bob, top.ID, true); err != nil || got.Replies != 2 {
		t.Errorf("Like = %+v, %v, want two replies", got, err)
	}
}
