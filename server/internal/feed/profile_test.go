package feed_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

func TestEnsureProfile(t *testing.T) {
	long := strings.Repeat("a", 200)
	tests := []struct {
		name, handle, display string
		want                  feed.Profile
	}{
		{"plain", "ann", "Ann", feed.Profile{Handle: "ann", Name: "Ann"}},
		{"capitals", "AnnB_1", " Ann B ", feed.Profile{Handle: "annb_1", Name: "Ann B"}},
		{"spaces and marks", "@Ann O'Neil!", "Ann", feed.Profile{Handle: "annoneil", Name: "Ann"}},
		{"nothing", "", "", feed.Profile{Handle: "member", Name: "member"}},
		{"nothing usable", "名前", "名前", feed.Profile{Handle: "member", Name: "名前"}},
		{"too short", "a", "Ann", feed.Profile{Handle: "member", Name: "Ann"}},
		{"too long", long, long, feed.Profile{Handle: long[:20], Name: long[:64]}},
		{"hostile name", "ann", "a\x00b\x1b[31m", feed.Profile{Handle: "ann", Name: "ann"}},
		{"name of two lines", "ann", "Ann\nAdmin", feed.Profile{Handle: "ann", Name: "ann"}},
		{"name that turns the text", "ann", "Ann\u202e", feed.Profile{Handle: "ann", Name: "ann"}},
		{"name that shows nothing", "ann", "\u200b\u3164", feed.Profile{Handle: "ann", Name: "ann"}},
		{"nothing to be seen of the name in bounds", "ann", strings.Repeat("\u200b", 64) + "Ann", feed.Profile{Handle: "ann", Name: "ann"}},
		{"long name that is not UTF-8", "ann", long + "\xff", feed.Profile{Handle: "ann", Name: "ann"}},
		{"name that is not UTF-8", "ann", "\xff", feed.Profile{Handle: "ann", Name: "ann"}},
		{"handle that is not UTF-8", "an\xffn", "Ann", feed.Profile{Handle: "ann", Name: "Ann"}},
		{"letter that lowers to ASCII", "\u212Aim", "Kim", feed.Profile{Handle: "kim", Name: "Kim"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := newService(t)
			tt.want.Sub = "sub"
			got, err := s.EnsureProfile(t.Context(), "sub", tt.display, tt.handle)
			tt.want.Created = noon.UTC().Truncate(time.Microsecond)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("EnsureProfile = %v (-want +got):\n%s", err, diff)
			}
			again, err := s.EnsureProfile(t.Context(), "sub", "Other", "other")
			if again != got || err != nil {
				t.Errorf("EnsureProfile(later) = %v, %v, want %v", again, err, got)
			}
		})
	}
	s, _ := newService(t)
	if _, err := s.EnsureProfile(t.Context(), "", "Ann", "ann"); !errors.Is(err, feed.ErrNotMember) {
		t.Errorf("EnsureProfile(no sub) = %v, want ErrNotMember", err)
	}
}

// A handle never passes to another, whoever asks, and however many at once.
func TestHandleIsTaken(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	if taken, err := s.HandleTaken(ctx, "ann"); taken || err != nil {
		t.Errorf("HandleTaken(nobody's) = %v, %v", taken, err)
	}
	first, err := s.EnsureProfile(ctx, "sub-ann", "Ann", "ann")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"ann", "ANN", "Ann"} {
		if taken, err := s.HandleTaken(ctx, h); !taken || err != nil {
			t.Errorf("HandleTaken(%s) = %v, %v, want true", h, taken, err)
		}
	}
	var mu sync.Mutex
	handles := map[string]bool{first.Handle: true}
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			p, err := s.EnsureProfile(ctx, fmt.Sprint("sub-", i), "", "Ann")
			if err != nil {
				t.Error(err)
				return
			}
			if !regexp.MustCompile(`^ann[1-9][0-9]*$`).MatchString(p.Handle) {
				t.Errorf("handle %q is not ann and digits", p.Handle)
			}
			if p.Name != p.Handle {
				t.Errorf("name %q of who has none, want the handle %q", p.Name, p.Handle)
			}
			mu.Lock()
			defer mu.Unlock()
			if handles[p.Handle] {
				t.Errorf("two have the handle %q", p.Handle)
			}
			handles[p.Handle] = true
		})
	}
	wg.Wait()
}

// Digits fit behind the longest handle too.
func TestLongHandleTaken(t *testing.T) {
	s, _ := newService(t)
	long := strings.Repeat("z", api.MaxHandleBytes)
	for i := range 15 {
		p, err := s.EnsureProfile(t.Context(), fmt.Sprint("sub-", i), "Z", long)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Handle) != api.MaxHandleBytes {
			t.Errorf("handle %q has %d bytes, want %d", p.Handle, len(p.Handle), api.MaxHandleBytes)
		}
	}
}

// What a viewer says of itself does not get into a post.
func TestAuthorIsTheStoredProfile(t *testing.T) {
	s, _ := newService(t)
	create(t, s, ann, api.NewPost{Message: "mine"})
	forged := feed.Viewer{Sub: bob.Sub, Handle: "ann", Name: "Ann"}
	p := create(t, s, forged, api.NewPost{Message: "not hers"})
	if p.Author != bob.Sub || p.Handle == "ann" {
		t.Errorf("post by %s as %s", p.Author, p.Handle)
	}
	p = create(t, s, feed.Viewer{Sub: ann.Sub, Handle: "bob", Name: "Bob"}, api.NewPost{Message: "mine too"})
	if p.Handle != "ann" || p.Name != "Ann" {
		t.Errorf("post by Ann as %s, %s", p.Handle, p.Name)
	}
}
