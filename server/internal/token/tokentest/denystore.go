package tokentest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/server/internal/token"
)

// now is a moment within a second, as real ones are.
var now = time.Date(2026, 7, 1, 12, 0, 30, 250_000_000, time.UTC)

// TestDenyStore is the contract of token.DenyStore. open returns two handles of
// one empty store, as two servers have them; they may be the same value.
func TestDenyStore(t *testing.T, open func(t *testing.T) [2]token.DenyStore) {
	for _, tc := range []struct {
		name string
		test func(t *testing.T, s, other token.DenyStore)
	}{
		{"empty refuses nothing", testEmpty},
		{"origin", testOrigin},
		{"revoked before", testRevokedBefore},
		{"repeats keep the later", testRepeats},
		{"keys", testKeys},
		{"sweep", testSweep},
		{"sweep in slices", testSlices},
		{"concurrent", testConcurrent},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := open(t)
			tc.test(t, s[0], s[1])
		})
	}
}

func wantDenied(t *testing.T, s token.DenyStore, sub, origin string, auth time.Time, want bool) {
	t.Helper()
	got, err := s.Denied(t.Context(), sub, origin, auth)
	if err != nil || got != want {
		t.Errorf("Denied(%.20q, %.20q, %v) = %v, %v, want %v", sub, origin, auth, got, err, want)
	}
}

func deny(t *testing.T, s token.DenyStore, origin string, until time.Time) {
	t.Helper()
	if err := s.Deny(t.Context(), origin, until); err != nil {
		t.Fatalf("Deny(%q) = %v", origin, err)
	}
}

func revoke(t *testing.T, s token.DenyStore, sub string, before, until time.Time) {
	t.Helper()
	if err := s.RevokeBefore(t.Context(), sub, before, until); err != nil {
		t.Fatalf("RevokeBefore(%q) = %v", sub, err)
	}
}

func testEmpty(t *testing.T, s, _ token.DenyStore) {
	wantDenied(t, s, "ada", "o1", now, false)
	wantDenied(t, s, "", "", time.Unix(0, 0), false)
}

func testOrigin(t *testing.T, s, other token.DenyStore) {
	deny(t, s, "o1", now.Add(time.Hour))
	for _, h := range []token.DenyStore{s, other} {
		wantDenied(t, h, "ada", "o1", now, true)
		wantDenied(t, h, "bob", "o1", now, true)
		wantDenied(t, h, "ada", "o2", now, false)
		wantDenied(t, h, "ada", "O1", now, false)
		wantDenied(t, h, "ada", "o1 ", now, false)
		wantDenied(t, h, "o1", "", now, false)
	}
}

func testRevokedBefore(t *testing.T, s, other token.DenyStore) {
	revoke(t, s, "ada", now, now.Add(time.Hour))
	second := now.Truncate(time.Second)
	for _, h := range []token.DenyStore{s, other} {
		wantDenied(t, h, "ada", "o1", second.Add(-24*time.Hour), true)
		wantDenied(t, h, "ada", "o1", second.Add(-time.Second), true)
		wantDenied(t, h, "ada", "o1", second, true) // the same second: either side
		wantDenied(t, h, "ada", "o1", second.Add(time.Second), false)
		wantDenied(t, h, "ada", "", time.Unix(0, 0), true) // no auth_time
		wantDenied(t, h, "ada", "", time.Time{}, true)
		wantDenied(t, h, "bob", "o1", second.Add(-time.Hour), false)
		wantDenied(t, h, "Ada", "o1", second.Add(-time.Hour), false)
		wantDenied(t, h, "", "ada", second.Add(-time.Hour), false)
	}
	revoke(t, s, "eve", second, now.Add(time.Hour)) // exactly at a second
	wantDenied(t, s, "eve", "", second, true)
	wantDenied(t, s, "eve", "", second.Add(time.Second), false)
}

func testRepeats(t *testing.T, s, other token.DenyStore) {
	deny(t, s, "o1", now.Add(2*time.Hour))
	deny(t, other, "o1", now.Add(time.Hour))
	revoke(t, s, "ada", now, now.Add(2*time.Hour))
	revoke(t, other, "ada", now.Add(-time.Minute), now.Add(time.Hour))
	wantSwept(t, s, now.Add(90*time.Minute), 0)
	wantDenied(t, s, "x", "o1", now, true)
	wantDenied(t, s, "ada", "", now.Add(-30*time.Second), true)

	revoke(t, other, "ada", now.Add(time.Minute), now.Add(time.Hour))
	wantDenied(t, s, "ada", "", now.Add(30*time.Second), true)
}

func testKeys(t *testing.T, s, _ token.DenyStore) {
	for _, tc := range []struct {
		name, key string
		want      error
	}{
		{"empty", "", token.ErrDenyKey},
		{"longest", strings.Repeat("k", token.MaxDenyKey), nil},
		{"too long", strings.Repeat("k", token.MaxDenyKey+1), token.ErrDenyKey},
		{"hostile text", `'; DROP TABLE denied_origin; --%_` + "\u202e\x7f", nil},
		{"not ASCII", "żółw", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := s.Deny(t.Context(), tc.key, now); !errors.Is(err, tc.want) {
				t.Errorf("Deny = %v, want %v", err, tc.want)
			}
			if err := s.RevokeBefore(t.Context(), tc.key, now, now); !errors.Is(err, tc.want) {
				t.Errorf("RevokeBefore = %v, want %v", err, tc.want)
			}
			wantDenied(t, s, "", tc.key, now, tc.want == nil)
			wantDenied(t, s, tc.key, "", now, tc.want == nil)
		})
	}
}

func wantSwept(t *testing.T, s token.DenyStore, at time.Time, want int) {
	t.Helper()
	if n, err := s.Sweep(t.Context(), at, 100); err != nil || n != want {
		t.Errorf("Sweep(%v) = %d, %v, want %d", at, n, err, want)
	}
}

func testSweep(t *testing.T, s, other token.DenyStore) {
	deny(t, s, "short", now.Add(time.Hour))
	deny(t, s, "long", now.Add(2*time.Hour))
	revoke(t, s, "ada", now, now.Add(time.Hour))
	revoke(t, s, "bob", now, now.Add(2*time.Hour))

	wantSwept(t, s, now.Add(time.Hour-time.Microsecond), 0)
	wantDenied(t, s, "x", "short", now, true)
	wantDenied(t, s, "ada", "", now, true)
	wantSwept(t, s, now.Add(time.Hour), 2)
	for _, h := range []token.DenyStore{s, other} {
		wantDenied(t, h, "x", "short", now, false)
		wantDenied(t, h, "ada", "", now, false)
		wantDenied(t, h, "x", "long", now, true)
		wantDenied(t, h, "bob", "", now, true)
	}
	wantSwept(t, other, now.Add(3*time.Hour), 2)
	wantSwept(t, s, now.Add(3*time.Hour), 0)
}

func testSlices(t *testing.T, s, _ token.DenyStore) {
	for i := range 4 {
		deny(t, s, fmt.Sprint("o", i), now)
		revoke(t, s, fmt.Sprint("sub", i), now, now)
	}
	for i, want := range []int{3, 3, 2, 0} {
		if n, err := s.Sweep(t.Context(), now, 3); err != nil || n != want {
			t.Errorf("Sweep %d = %d, %v, want %d", i, n, err, want)
		}
	}
}

// testConcurrent has writers of both handles disagree, and each see its own.
func testConcurrent(t *testing.T, s, other token.DenyStore) {
	var wg sync.WaitGroup
	for i, h := range []token.DenyStore{s, other, s, other} {
		wg.Go(func() {
			for j := range 10 {
				origin := fmt.Sprintf("o-%d-%d", i, j)
				before := now.Add(time.Duration(i*10+j) * time.Second)
				if err := h.Deny(t.Context(), origin, before.Add(time.Hour)); err != nil {
					t.Errorf("Deny = %v", err)
				}
				if err := h.RevokeBefore(t.Context(), "ada", before, before.Add(time.Hour)); err != nil {
					t.Errorf("RevokeBefore = %v", err)
				}
				wantDenied(t, h, "nobody", origin, now, true)
				wantDenied(t, h, "ada", "", before, true)
			}
		})
	}
	wg.Wait()
	wantDenied(t, s, "ada", "", now.Add(39*time.Second), true)
	wantDenied(t, s, "ada", "", now.Add(40*time.Second), false)
	wantSwept(t, other, now.Add(24*time.Hour), 41)
}
