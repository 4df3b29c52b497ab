package sessiontest

import (
	"fmt"
	"testing"
	"time"

	"porchlight/server/internal/session"
)

func testLease(t *testing.T, s session.Store) {
	lease, retry := start().Add(20*time.Second), start().Add(40*time.Second)
	leased, cooling := row(2), row(3)
	leased.Lease, cooling.Retry = lease, retry
	create(t, s, row(1), leased, cooling)
	for _, test := range []struct {
		name    string
		n       int
		version int64
		now     time.Time
		want    bool
	}{
		{"no such row", 9, 1, start(), false},
		{"other version", 1, 2, start(), false},
		{"free", 1, 1, start(), true},
		{"just taken", 1, 1, start().Add(time.Second), false},
		{"leased", 2, 1, lease.Add(-time.Microsecond), false},
		{"lease over", 2, 1, lease, true},
		{"not yet again", 3, 1, retry.Add(-time.Microsecond), false},
		{"again", 3, 1, retry, true},
	} {
		until := test.now.Add(20 * time.Second)
		got, err := s.Lease(t.Context(), keyOf(test.n), test.version, test.now, until)
		if err != nil || got != test.want {
			t.Errorf("%s: Lease = %v, %v, want %v", test.name, got, err, test.want)
		}
		if !got {
			continue
		}
		want, err := s.Row(t.Context(), keyOf(test.n))
		if err != nil || !want.Lease.Equal(until) || want.Version != 1 {
			t.Errorf("%s: then Row = lease %v, version %d, %v", test.name, want.Lease, want.Version, err)
		}
	}
}

func testLeaseRace(t *testing.T, s session.Store) {
	create(t, s, row(1))
	won := race(t, 16, func(int) (bool, error) {
		return s.Lease(t.Context(), keyOf(1), 1, start(), start().Add(20*time.Second))
	})
	if won != 1 {
		t.Errorf("%d of 16 got the lease, want 1", won)
	}
}

func testSettle(t *testing.T, s session.Store) {
	want := row(1)
	want.Lease = start().Add(20 * time.Second)
	create(t, s, want, row(2))
	settle := func(name string, key session.Key, version int64, v session.Settlement, ok bool) {
		t.Helper()
		got, err := s.Settle(t.Context(), key, version, v)
		if err != nil || got != ok {
			t.Errorf("%s: Settle = %v, %v, want %v", name, got, err, ok)
		}
	}
	retry := start().Add(5 * time.Second)
	settle("no such row", keyOf(9), 1, session.Settlement{Tokens: []byte("x"), Retry: retry}, false)
	settle("other version", want.Key, 2, session.Settlement{Tokens: []byte("x"), Retry: retry}, false)
	wantRow(t, s, want)

	settle("no tokens", want.Key, 1, session.Settlement{Retry: retry}, true)
	want.Lease, want.Retry = time.Time{}, retry
	wantRow(t, s, want)

	settle("tokens", want.Key, 1, session.Settlement{Tokens: []byte("new")}, true)
	want.Tokens, want.Version, want.Retry = []byte("new"), 2, time.Time{}
	wantRow(t, s, want)

	settle("tokens again", want.Key, 1, session.Settlement{Tokens: []byte("late")}, false)
	wantRow(t, s, want)
	wantRow(t, s, row(2))
}

func testSettleRace(t *testing.T, s session.Store) {
	create(t, s, row(1))
	won := race(t, 16, func(i int) (bool, error) {
		return s.Settle(t.Context(), keyOf(1), 1, session.Settlement{Tokens: fmt.Appendf(nil, "tokens of %d", i)})
	})
	got, err := s.Row(t.Context(), keyOf(1))
	if won != 1 || err != nil || got.Version != 2 {
		t.Errorf("%d of 16 settled, version %d, %v; want 1, 2", won, got.Version, err)
	}
}
