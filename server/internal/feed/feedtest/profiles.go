package feedtest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"porchlight/server/internal/feed"
)

func testProfiles(t *testing.T, store feed.Store) {
	ctx := t.Context()
	if _, err := store.Profile(ctx, "sub-ann"); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Profile(nobody) = %v, want ErrNotFound", err)
	}
	if _, err := store.ProfileOf(ctx, "ann"); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("ProfileOf(nobody) = %v, want ErrNotFound", err)
	}
	ann := feed.Profile{Sub: "sub-ann", Handle: "ann", Name: "Ann “名前” O'Neil"}
	steps := []struct {
		name string
		add  feed.Profile
		want feed.Profile
		err  error
	}{
		{"first", ann, ann, nil},
		{"again", ann, ann, nil},
		{"the same sub with another handle", feed.Profile{Sub: "sub-ann", Handle: "other", Name: "X"}, ann, nil},
		{"another sub with the handle", feed.Profile{Sub: "sub-eve", Handle: "ann", Name: "Eve"}, feed.Profile{}, feed.ErrHandleTaken},
		{"a sub in other case is another", feed.Profile{Sub: "SUB-ANN", Handle: "ann2", Name: "A"}, feed.Profile{Sub: "SUB-ANN", Handle: "ann2", Name: "A"}, nil},
	}
	for _, s := range steps {
		got, err := store.AddProfile(ctx, s.add, epoch)
		if got != s.want || !errors.Is(err, s.err) {
			t.Errorf("%s: AddProfile = %v, %v, want %v, %v", s.name, got, err, s.want, s.err)
		}
	}
	if got, err := store.Profile(ctx, "sub-ann"); got != ann || err != nil {
		t.Errorf("Profile = %v, %v, want %v", got, err, ann)
	}
	if _, err := store.ProfileOf(ctx, "other"); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("ProfileOf(refused handle) = %v, want ErrNotFound", err)
	}
	if _, err := store.Profile(ctx, "sub-eve"); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("Profile(refused sub) = %v, want ErrNotFound", err)
	}
}

// testProfileCase: a handle is one in whatever case, and _ and % are letters.
func testProfileCase(t *testing.T, store feed.Store) {
	ctx := t.Context()
	p := feed.Profile{Sub: "sub-ann", Handle: "ann_b", Name: "Ann"}
	if _, err := store.AddProfile(ctx, p, epoch); err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"ann_b", "Ann_B", strings.ToUpper(p.Handle)} {
		if got, err := store.ProfileOf(ctx, h); got != p || err != nil {
			t.Errorf("ProfileOf(%s) = %v, %v, want %v", h, got, err, p)
		}
		if _, err := store.AddProfile(ctx, feed.Profile{Sub: "sub-eve", Handle: h, Name: "Eve"}, epoch); !errors.Is(err, feed.ErrHandleTaken) {
			t.Errorf("AddProfile(%s) = %v, want ErrHandleTaken", h, err)
		}
	}
	for _, h := range []string{"annxb", "ann%b", "ann%", "ann_b ", " ann_b", "ann_", "", "ann_b\x00", "\xff"} {
		if got, err := store.ProfileOf(ctx, h); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("ProfileOf(%q) = %v, %v, want ErrNotFound", h, got, err)
		}
	}
}

// testProfilesAtOnce: of many subs that want one handle at once, one gets it.
func testProfilesAtOnce(t *testing.T, store feed.Store) {
	const subs = 16
	var got atomic.Int64
	var wg sync.WaitGroup
	for i := range subs * 2 {
		wg.Go(func() {
			p := feed.Profile{Sub: fmt.Sprint("sub-", i%subs), Handle: "ann", Name: "Ann"}
			switch stored, err := store.AddProfile(t.Context(), p, epoch); {
			case err == nil && stored == p:
				got.Add(1)
			case !errors.Is(err, feed.ErrHandleTaken):
				t.Errorf("AddProfile = %v, %v", stored, err)
			}
		})
	}
	wg.Wait()
	if got.Load() != 2 {
		t.Errorf("%d calls got the handle, want both of one sub", got.Load())
	}
}
