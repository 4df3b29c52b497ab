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
	ann := profile("sub-ann", "ann", "Ann “名前” O'Neil")
	steps := []struct {
		name string
		add  feed.Profile
		want feed.Profile
		err  error
	}{
		{"first", ann, ann, nil},
		{"again", ann, ann, nil},
		{"the same sub with another handle", profile("sub-ann", "other", "X"), ann, nil},
		{"another sub with the handle", profile("sub-eve", "ann", "Eve"), feed.Profile{}, feed.ErrHandleTaken},
		{"a sub in other case is another", profile("SUB-ANN", "ann2", "A"), profile("SUB-ANN", "ann2", "A"), nil},
	}
	for _, s := range steps {
		got, err := store.AddProfile(ctx, s.add)
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
	p := profile("sub-ann", "ann_b", "Ann")
	if _, err := store.AddProfile(ctx, p); err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"ann_b", "Ann_B", strings.ToUpper(p.Handle)} {
		if got, err := store.ProfileOf(ctx, h); got != p || err != nil {
			t.Errorf("ProfileOf(%s) = %v, %v, want %v", h, got, err, p)
		}
		if _, err := store.AddProfile(ctx, profile("sub-eve", h, "Eve")); !errors.Is(err, feed.ErrHandleTaken) {
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
			p := profile(fmt.Sprint("sub-", i%subs), "ann", "Ann")
			switch stored, err := store.AddProfile(t.Context(), p); {
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

// testProfileChanges: name and handle change; a handle never passes on.
func testProfileChanges(t *testing.T, store feed.Store) {
	ctx := t.Context()
	if _, err := store.ChangeProfile(ctx, profile("sub-ann", "ann", "Ann")); !errors.Is(err, feed.ErrNotFound) {
		t.Errorf("ChangeProfile(nobody) = %v, want ErrNotFound", err)
	}
	for _, p := range []feed.Profile{profile("sub-ann", "ann", "Ann"), profile("sub-bob", "bob", "Bob")} {
		if _, err := store.AddProfile(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name, sub, handle string
		err               error
	}{
		{"another handle", "sub-ann", "annie", nil},
		{"again", "sub-ann", "annie", nil},
		{"the handle of another", "sub-bob", "Annie", feed.ErrHandleTaken},
		{"the handle another had", "sub-bob", "ANN", feed.ErrHandleTaken},
		{"back", "sub-ann", "ann", nil},
		{"what is reserved", "sub-bob", "annie", feed.ErrHandleTaken},
		{"forward", "sub-ann", "annie", nil},
	}
	for _, s := range steps {
		want := profile(s.sub, s.handle, "Name "+s.name)
		change := want
		change.Created = epoch.AddDate(1, 0, 0) // is not taken
		got, err := store.ChangeProfile(ctx, change)
		if !errors.Is(err, s.err) || s.err == nil && got != want {
			t.Errorf("%s: ChangeProfile = %v, %v, want %v, %v", s.name, got, err, want, s.err)
		}
	}
	ann := profile("sub-ann", "annie", "Name forward")
	for _, h := range []string{"ann", "Annie", "ANNIE"} {
		if got, err := store.ProfileOf(ctx, h); got != ann || err != nil {
			t.Errorf("ProfileOf(%s) = %v, %v, want %v", h, got, err, ann)
		}
		if _, err := store.AddProfile(ctx, profile("sub-eve", h, "Eve")); !errors.Is(err, feed.ErrHandleTaken) {
			t.Errorf("AddProfile(%s) = %v, want ErrHandleTaken", h, err)
		}
	}
	if got, err := store.Profile(ctx, "sub-bob"); got != profile("sub-bob", "bob", "Bob") || err != nil {
		t.Errorf("Profile after refusals = %v, %v", got, err)
	}
	for n := 1; n <= feed.MaxHandles; n++ {
		_, err := store.ChangeProfile(ctx, profile("sub-bob", fmt.Sprint("bob", n), "Bob"))
		if want := n == feed.MaxHandles; errors.Is(err, feed.ErrHandles) != want {
			t.Errorf("ChangeProfile(handle %d) = %v, want ErrHandles: %v", n+1, err, want)
		}
	}
	if got, err := store.ChangeProfile(ctx, profile("sub-bob", "bob", "Bob")); err != nil || got.Handle != "bob" {
		t.Errorf("ChangeProfile(one of before) = %v, %v", got, err)
	}
}

// testHandlesAtOnce: of many who change to one handle, one gets it.
func testHandlesAtOnce(t *testing.T, store feed.Store) {
	const subs = 12
	var got atomic.Int64
	var wg sync.WaitGroup
	for i := range subs {
		p := profile(fmt.Sprint("sub-", i), fmt.Sprint("old", i), "X")
		if _, err := store.AddProfile(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			p.Handle = "wanted"
			switch _, err := store.ChangeProfile(t.Context(), p); {
			case err == nil:
				got.Add(1)
			case !errors.Is(err, feed.ErrHandleTaken):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 {
		t.Errorf("%d got the handle, want 1", got.Load())
	}
}

// testHandlePrefix: by handle, byte by byte; _ and % are not patterns, and
// handles of before are not found.
func testHandlePrefix(t *testing.T, store feed.Store) {
	for _, h := range []string{"ann_b", "ann", "annie", "an9", "bob", "an_n", "zoe", "ann0"} {
		if _, err := store.AddProfile(t.Context(), profile("sub-"+h, h, h)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.ChangeProfile(t.Context(), profile("sub-zoe", "yara", "Zoe")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		prefix string
		limit  int
		want   string
	}{
		{"ann", 10, "[ann ann0 ann_b annie]"}, {"ann", 2, "[ann ann0]"}, {"an", 10, "[an9 an_n ann ann0 ann_b annie]"},
		{"an_", 10, "[an_n]"}, {"a", 1, "[an9]"}, {"zoe", 10, "[]"}, {"y", 10, "[yara]"}, {"x", 10, "[]"},
	} {
		list, err := store.Profiles(t.Context(), tt.prefix, tt.limit)
		got := []string{}
		for _, p := range list {
			got = append(got, p.Handle)
		}
		if err != nil || fmt.Sprint(got) != tt.want {
			t.Errorf("Profiles(%s, %d) = %v, %v, want %s", tt.prefix, tt.limit, got, err, tt.want)
		}
	}
}
