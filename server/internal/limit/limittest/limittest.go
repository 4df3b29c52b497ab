// Package limittest holds the contract of limit.Store. Every store runs it in
// its own tests.
package limittest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/server/internal/limit"

	"github.com/google/go-cmp/cmp"
)

// TestStore tests the store that open returns. It must be empty each time, and
// open closes it with t.Cleanup.
func TestStore(t *testing.T, open func(t *testing.T) limit.Store) {
	tests := []struct {
		name string
		run  func(t *testing.T, store limit.Store)
	}{
		{"Update", testUpdate},
		{"Times", testTimes},
		{"Concurrency", testConcurrency},
		{"Take", testTake},
		{"Sweep", testSweep},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
	}
}

func key(b byte) limit.Key { return limit.Key{0: b, 31: b} }

func state(t *testing.T, store limit.Store, k limit.Key) limit.State {
	t.Helper()
	s, err := store.State(t.Context(), k)
	if err != nil {
		t.Fatalf("State(%x) = %v", k[:1], err)
	}
	return s
}

func set(t *testing.T, store limit.Store, k limit.Key, s limit.State) {
	t.Helper()
	if err := store.Update(t.Context(), k, func(limit.State) limit.State { return s }); err != nil {
		t.Fatalf("Update(%x) = %v", k[:1], err)
	}
}

func testUpdate(t *testing.T, store limit.Store) {
	a, b := key(1), key(2)
	if got := state(t, store, a); got != (limit.State{}) {
		t.Errorf("State(nothing) = %v, want zero", got)
	}
	until := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	first := limit.State{Count: 1, Until: until}
	second := limit.State{Count: 2, Until: until, Blocked: until.Add(-time.Minute)}
	steps := []struct {
		name      string
		old, next limit.State
	}{
		{"insert", limit.State{}, first},
		{"replace", first, second},
		{"keep", second, second},
		{"unblock", second, first},
		{"remove", first, limit.State{}},
		{"remove nothing", limit.State{}, limit.State{}},
		{"insert again", limit.State{}, second},
	}
	for _, s := range steps {
		var old limit.State
		err := store.Update(t.Context(), a, func(got limit.State) limit.State { old = got; return s.next })
		if err != nil {
			t.Fatalf("%s: Update = %v", s.name, err)
		}
		if diff := cmp.Diff(s.old, old); diff != "" {
			t.Errorf("%s: Update gave (-want +got):\n%s", s.name, diff)
		}
		if diff := cmp.Diff(s.next, state(t, store, a)); diff != "" {
			t.Errorf("%s: State after (-want +got):\n%s", s.name, diff)
		}
	}
	if got := state(t, store, b); got != (limit.State{}) {
		t.Errorf("State(another key) = %v, want zero", got)
	}
}

func testTimes(t *testing.T, store limit.Store) {
	// Before 1970, in the last microsecond of a second, and far ahead.
	for i, at := range []time.Time{
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(2026, 6, 1, 12, 0, 0, 1000, time.UTC),
		time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		want := limit.State{Count: 1, Until: at, Blocked: at.Add(-time.Microsecond)}
		set(t, store, key(byte(i)), want)
		if got := state(t, store, key(byte(i))); got != want {
			t.Errorf("State = %v, want %v", got, want)
		}
	}
}

func testConcurrency(t *testing.T, store limit.Store) {
	const callers, each = 8, 25
	until := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range each {
				err := store.Update(t.Context(), key(1), func(s limit.State) limit.State {
					return limit.State{Count: s.Count + 1, Until: until}
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := state(t, store, key(1)).Count; got != callers*each {
		t.Errorf("%d updates counted %d", callers*each, got)
	}
}

// testTake lets a Limiter count through the store: of many at once no more get
// through than the rule allows.
func testTake(t *testing.T, store limit.Store) {
	const allowed, tries = 10, 64
	l, err := limit.New(limit.Config{
		Store: store, Key: make([]byte, limit.MinKeyBytes),
		Rules: limit.Rules{Posts: limit.Bound{Count: allowed, Window: time.Hour}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var through atomic.Int64
	var wg sync.WaitGroup
	for range tries {
		wg.Go(func() {
			if l.Take(t.Context(), limit.Posts, "ann") == nil {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	if got := through.Load(); got != allowed {
		t.Errorf("%d of %d got through, want %d", got, tries, allowed)
	}
}

func testSweep(t *testing.T, store limit.Store) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range byte(5) {
		set(t, store, key(i), limit.State{Count: 1, Until: now.Add(-time.Duration(i) * time.Second)})
	}
	set(t, store, key(100), limit.State{Count: 1, Until: now.Add(time.Microsecond)})
	removed := 0
	for range 3 {
		n, err := store.Sweep(t.Context(), now, 2)
		if err != nil {
			t.Fatal(err)
		}
		if n > 2 {
			t.Errorf("Sweep(2) = %d", n)
		}
		removed += n
	}
	if removed != 5 {
		t.Errorf("Sweep removed %d, want 5", removed)
	}
	if got := state(t, store, key(0)); got != (limit.State{}) {
		t.Errorf("State(over) = %v, want zero", got)
	}
	if got := state(t, store, key(100)); got.Count != 1 {
		t.Errorf("State(not over) = %v, want it kept", got)
	}
}
