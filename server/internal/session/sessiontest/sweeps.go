package sessiontest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"porchlight/server/internal/session"
)

func pending(n int) session.PendingRow {
	return session.PendingRow{Key: keyOf(n), Sealed: []byte{0, 1, byte(n)}, Expires: start().Add(time.Hour)}
}

func hold(t *testing.T, s session.Store, rows ...session.PendingRow) {
	t.Helper()
	for _, p := range rows {
		if err := s.Hold(t.Context(), p); err != nil {
			t.Fatalf("Hold(%q) = %v", p.Key, err)
		}
	}
}

func held(t *testing.T, s session.Store, n int) bool {
	t.Helper()
	got, err := s.Held(t.Context(), keyOf(n))
	if errors.Is(err, session.ErrNone) {
		return false
	}
	want := pending(n)
	if err != nil || got.Key != want.Key || !bytes.Equal(got.Sealed, want.Sealed) {
		t.Errorf("Held(%d) = %v, %v, want %v", n, got, err, want)
	}
	return true
}

func testPending(t *testing.T, s session.Store) {
	if held(t, s, 1) {
		t.Error("Held in an empty store = a row, want ErrNone")
	}
	hold(t, s, pending(1), pending(2))
	create(t, s, row(1)) // the same key, another kind
	if err := s.Hold(t.Context(), pending(1)); err == nil {
		t.Error("Hold of a key that is there = nil, want an error")
	}
	got, err := s.Held(t.Context(), keyOf(1))
	if err != nil || !got.Expires.Equal(pending(1).Expires) {
		t.Errorf("Held = %v, %v, want it to expire at %v", got.Expires, err, pending(1).Expires)
	}
	for range 2 { // the second time it is gone, which is no error
		if err := s.Release(t.Context(), keyOf(1)); err != nil {
			t.Errorf("Release = %v", err)
		}
	}
	if held(t, s, 1) || !held(t, s, 2) {
		t.Error("Release(1): want 1 gone and 2 there")
	}
	wantRow(t, s, row(1))
}

func testSweep(t *testing.T, s session.Store) {
	now, seenBefore := start().Add(time.Hour), start().Add(2*time.Second)
	micro := time.Microsecond
	expired, alive, idle, seen := row(11), row(12), row(2), row(13)
	expired.Expires, alive.Expires = now, now.Add(micro)
	idle.Expires, idle.Seen = alive.Expires, seenBefore
	seen.Expires, seen.Seen = alive.Expires, seenBefore.Add(micro)
	create(t, s, expired, alive, idle, seen)
	over, waits := pending(1), pending(2)
	over.Expires, waits.Expires = now, now.Add(micro)
	hold(t, s, over, waits)

	for i, want := range []int{3, 0} {
		if n, err := s.Sweep(t.Context(), now, seenBefore, 100); err != nil || n != want {
			t.Errorf("Sweep %d = %d, %v, want %d", i+1, n, err, want)
		}
	}
	wantNone(t, s, expired.Key)
	wantNone(t, s, idle.Key)
	wantRow(t, s, alive)
	wantRow(t, s, seen)
	if held(t, s, 1) || !held(t, s, 2) {
		t.Error("after Sweep: want pending 1 gone and 2 there")
	}
}

func testSweepSlices(t *testing.T, s session.Store) {
	for n := range 5 {
		create(t, s, row(n))
		hold(t, s, pending(n))
	}
	total := 0
	for range 10 {
		n, err := s.Sweep(t.Context(), start().Add(2*time.Hour), start().Add(-time.Hour), 2)
		if err != nil || n > 4 {
			t.Fatalf("Sweep(limit 2) = %d, %v, want at most 2 of each kind", n, err)
		}
		total += n
	}
	if total != 10 || len(list(t, s, "ada", 10)) != 0 {
		t.Errorf("10 sweeps took %d rows, want 10", total)
	}
}
