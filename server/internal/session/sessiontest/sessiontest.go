// Package sessiontest is the contract of session.Store, as a suite that every
// store passes, and Memory, a store for tests.
package sessiontest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/session"
)

// TestStore runs the contract. open returns an empty store, which it closes
// with the test.
func TestStore(t *testing.T, open func(t *testing.T) session.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s session.Store)
	}{
		{"create, read, delete", testCreate},
		{"key and ID are unique", testUnique},
		{"times keep their microseconds", testTimes},
		{"bytes stay as they are", testBytes},
		{"create keeps so many of a sub", testKeep},
		{"list order and limit", testList},
		{"touch only forwards", testTouch},
		{"display", testDisplay},
		{"lease conditions", testLease},
		{"lease is one server's alone", testLeaseRace},
		{"settle compares the version", testSettle},
		{"settle lets one of many win", testSettleRace},
		{"replace", testReplace},
		{"replace is both or neither", testReplaceAtomic},
		{"delete compares the version", testDeleteVersion},
		{"delete one or all of a sub", testDeleteOf},
		{"pending rows", testPending},
		{"sweep", testSweep},
		{"sweep in slices", testSweepSlices},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// start is when the suite's rows begin. Its microseconds are odd on purpose.
func start() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 123457000, time.UTC) }

func keyOf(n int) session.Key {
	var k session.Key
	copy(k[:], fmt.Sprintf("key %d", n))
	return k
}

// row is the n-th row, of the sub "ada", seen n seconds after start.
func row(n int) session.Row {
	return session.Row{
		Key: keyOf(n), ID: fmt.Sprintf("id-%03d", n), Sub: "ada",
		Tokens: fmt.Appendf(nil, "tokens %d", n), Display: fmt.Appendf(nil, "display %d", n),
		Device:  "Firefox on Linux",
		Created: start(), Seen: start().Add(time.Duration(n) * time.Second), Authenticated: start(),
		Expires: start().Add(time.Hour), Version: 1,
	}
}

func create(t *testing.T, s session.Store, rows ...session.Row) {
	t.Helper()
	for _, r := range rows {
		if err := s.Create(t.Context(), r, 100); err != nil {
			t.Fatalf("Create(%s) = %v", r.ID, err)
		}
	}
}

func wantRow(t *testing.T, s session.Store, want session.Row) {
	t.Helper()
	got, err := s.Row(t.Context(), want.Key)
	if err != nil {
		t.Fatalf("Row(%s) = %v", want.ID, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Row(%s) (-want +got):\n%s", want.ID, diff)
	}
}

func wantNone(t *testing.T, s session.Store, key session.Key) {
	t.Helper()
	if r, err := s.Row(t.Context(), key); !errors.Is(err, session.ErrNone) {
		t.Errorf("Row(%q) = %v, %v, want ErrNone", key, r.ID, err)
	}
}

func ids(rows []session.Row) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func wantIDs(t *testing.T, what string, rows []session.Row, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), ids(rows)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func list(t *testing.T, s session.Store, sub string, limit int) []session.Row {
	t.Helper()
	rows, err := s.List(t.Context(), sub, limit)
	if err != nil {
		t.Fatalf("List(%s) = %v", sub, err)
	}
	return rows
}

// race calls fn from n goroutines at once and returns how often it was true.
func race(t *testing.T, n int, fn func(i int) (bool, error)) int {
	t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			ok, err := fn(i)
			if err != nil {
				t.Errorf("call %d = %v", i, err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	close(begin)
	wg.Wait()
	return int(won.Load())
}
