package feed_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/shared/api"
)

func TestCreate(t *testing.T) {
	s, c := newService(t)
	id := feedtest.ID(noon, 1).String()
	created := noon.UTC().Truncate(time.Microsecond)
	want := api.Post{
		ID: id, Author: "sub-ann", Handle: "ann", Name: "Ann", Message: "hello\nyou",
		Audience: api.AudienceMembers, Created: created, Expires: new(created.Add(3 * time.Hour)),
	}
	req := api.NewPost{ID: strings.ToUpper(id), Message: " hello\r\nyou ", ExpiresIn: "3h", Audience: api.AudienceMembers}
	if diff := cmp.Diff(want, create(t, s, ann, req)); diff != "" {
		t.Errorf("Create (-want +got):\n%s", diff)
	}
	c.set(noon.Add(time.Minute))
	if diff := cmp.Diff(want, create(t, s, ann, req)); diff != "" {
		t.Errorf("Create(again) (-want +got):\n%s", diff)
	}
	if _, err := s.Create(t.Context(), bob, req); !errors.Is(err, feed.ErrConflict) {
		t.Errorf("Create(another's id) = %v, want ErrConflict", err)
	}
	req.Message = "other"
	if _, err := s.Create(t.Context(), ann, req); !errors.Is(err, feed.ErrConflict) {
		t.Errorf("Create(other content) = %v, want ErrConflict", err)
	}
	f, err := s.Home(t.Context(), ann, "", 0)
	if diff := cmp.Diff(api.Feed{Posts: []api.Post{want}}, f); diff != "" || err != nil {
		t.Errorf("Home = %v (-want +got):\n%s", err, diff)
	}
}

func TestCreateDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := feed.New(feed.Config{Store: newStore(t)})
		if err != nil {
			t.Fatal(err)
		}
		first := create(t, s, ann, api.NewPost{Message: "one"})
		second := create(t, s, ann, api.NewPost{Message: "two", ExpiresIn: "never"})
		if first.ID >= second.ID {
			t.Errorf("ids made by the server are out of order: %s, %s", first.ID, second.ID)
		}
		if first.Audience != api.AudienceEveryone || first.Expires == nil || first.Expires.Sub(first.Created) != 7*24*time.Hour {
			t.Errorf("Create without choices = %+v, want everyone for 7 days", first)
		}
		if second.Expires != nil {
			t.Errorf("a post for ever expires at %v", second.Expires)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	s, _ := newService(t)
	id := func(d time.Duration) string { return feedtest.ID(noon.Add(d), 0).String() }
	tests := []struct {
		name    string
		post    api.NewPost
		pointer string
	}{
		{"empty message", api.NewPost{Message: " \n"}, "#/message"},
		{"long message", api.NewPost{Message: strings.Repeat("é", api.MaxMessageRunes+1)}, "#/message"},
		{"control characters", api.NewPost{Message: "a\x00b"}, "#/message"},
		{"not UTF-8", api.NewPost{Message: "a\xffb"}, "#/message"},
		{"unknown lifetime", api.NewPost{Message: "x", ExpiresIn: "2h"}, "#/expires_in"},
		{"unknown audience", api.NewPost{Message: "x", Audience: "friends"}, "#/audience"},
		{"no id at all", api.NewPost{Message: "x", ID: "1"}, "#/id"},
		{"version 4", api.NewPost{Message: "x", ID: "3f2b8c1e-7a64-4c6e-9d35-0a1b2c3d4e5f"}, "#/id"},
		{"braces", api.NewPost{Message: "x", ID: "{" + id(0) + "}"}, "#/id"},
		{"to stand on top for ever", api.NewPost{Message: "x", ID: "ffffffff-ffff-7fff-bfff-ffffffffffff"}, "#/id"},
		{"from 1970", api.NewPost{Message: "x", ID: "00000000-0000-7000-8000-000000000000"}, "#/id"},
		{"too far ahead", api.NewPost{Message: "x", ID: id(feed.MaxAhead + time.Millisecond)}, "#/id"},
		{"too old", api.NewPost{Message: "x", ID: id(-feed.MaxAge - time.Millisecond)}, "#/id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Create(t.Context(), ann, tt.post)
			f, ok := errors.AsType[*feed.FieldsError](err)
			if !ok || len(f.Fields) != 1 || f.Fields[0].Pointer != tt.pointer || f.Fields[0].Detail == "" {
				t.Errorf("Create = %v, want a problem of %s", err, tt.pointer)
			}
		})
	}
	if _, err := s.Create(t.Context(), guest, api.NewPost{Message: "x"}); !errors.Is(err, feed.ErrNotMember) {
		t.Errorf("Create(guest) = %v, want ErrNotMember", err)
	}
	wantMessages(t, s, ann)
	for _, d := range []time.Duration{feed.MaxAhead, -feed.MaxAge + time.Millisecond} {
		create(t, s, ann, api.NewPost{Message: "x", ID: id(d)})
	}
}

// TestCreateAgainWhenHidden sends a post again that a moderator has hidden: its
// author is not told, a moderator is.
func TestCreateAgainWhenHidden(t *testing.T) {
	s, _ := newService(t)
	for i, author := range []feed.Viewer{ann, mod} {
		req := api.NewPost{ID: feedtest.ID(noon, uint16(i)).String(), Message: "hello"}
		post := create(t, s, author, req)
		if _, err := s.Hide(t.Context(), mod, post.ID, true); err != nil {
			t.Fatalf("Hide: %v", err)
		}
		post.Hidden = author.Moderator
		if diff := cmp.Diff(post, create(t, s, author, req)); diff != "" {
			t.Errorf("Create(again) by %s (-want +got):\n%s", author.Sub, diff)
		}
	}
}
