package sessiontest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/session"
)

func testCreate(t *testing.T, s session.Store) {
	wantNone(t, s, keyOf(1))
	create(t, s, row(1), row(2))
	wantRow(t, s, row(1))
	got, err := s.Delete(t.Context(), keyOf(1), session.AnyVersion)
	if err != nil {
		t.Fatalf("Delete = %v", err)
	}
	if diff := cmp.Diff(row(1), got); diff != "" {
		t.Errorf("Delete (-want +got):\n%s", diff)
	}
	wantNone(t, s, keyOf(1))
	wantRow(t, s, row(2))
	if _, err := s.Delete(t.Context(), keyOf(1), session.AnyVersion); !errors.Is(err, session.ErrNone) {
		t.Errorf("second Delete = %v, want ErrNone", err)
	}
}

func testUnique(t *testing.T, s session.Store) {
	create(t, s, row(1))
	sameKey, sameID := row(2), row(2)
	sameKey.Key, sameID.ID = row(1).Key, row(1).ID
	for _, r := range []session.Row{sameKey, sameID} {
		if err := s.Create(t.Context(), r, 1); err == nil {
			t.Errorf("Create(%q, %s) = nil, want an error", r.Key, r.ID)
		}
	}
	wantRow(t, s, row(1))
	wantNone(t, s, keyOf(2))
}

func testTimes(t *testing.T, s session.Store) {
	r := row(1)
	r.Lease, r.Retry = start().Add(time.Microsecond), start().Add(2*time.Microsecond)
	local := r
	local.Created = r.Created.Add(999 * time.Nanosecond).In(time.FixedZone("east", 3600))
	create(t, s, local)
	wantRow(t, s, r)
}

func testBytes(t *testing.T, s session.Store) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	r := row(1)
	r.Key, r.Tokens, r.Display = session.Key(all[224:]), bytes.Repeat(all, 100), []byte{0}
	r.Sub, r.Device = "ünï'; --\"", "Firefox on Linux 🐧"
	create(t, s, r)
	wantRow(t, s, r)
	wantIDs(t, "List", list(t, s, r.Sub, 10), r.ID)
}

func testKeep(t *testing.T, s session.Store) {
	other := row(9)
	other.Sub = "bob"
	create(t, s, other, row(2), row(3), row(1))
	// Seen before all others: the new row stays all the same.
	newest := row(4)
	newest.Seen = start().Add(-time.Second)
	if err := s.Create(t.Context(), newest, 2); err != nil {
		t.Fatalf("Create = %v", err)
	}
	wantIDs(t, "List after Create", list(t, s, "ada", 10), "id-003", "id-004")
	wantRow(t, s, other)
}

func testList(t *testing.T, s session.Store) {
	wantIDs(t, "List of nobody", list(t, s, "ada", 10))
	tie, other, upper := row(5), row(6), row(7)
	tie.Seen = row(2).Seen
	other.Sub, upper.Sub = "bob", "ADA"
	create(t, s, row(1), tie, row(3), other, upper, row(2))
	wantIDs(t, "List", list(t, s, "ada", 10), "id-003", "id-002", "id-005", "id-001")
	wantIDs(t, "List of 2", list(t, s, "ada", 2), "id-003", "id-002")
	wantIDs(t, "List of other", list(t, s, "bob", 10), "id-006")
}

func testTouch(t *testing.T, s session.Store) {
	want := row(0)
	create(t, s, want, row(9))
	for _, test := range []struct {
		name        string
		seen, after time.Duration
		want        time.Duration
	}{
		{"seen after", 60 * time.Second, -time.Microsecond, 0},
		{"seen at that time", 60 * time.Second, 0, 60 * time.Second},
		{"seen before", 120 * time.Second, 90 * time.Second, 120 * time.Second},
	} {
		if err := s.Touch(t.Context(), want.Key, start().Add(test.seen), start().Add(test.after)); err != nil {
			t.Fatalf("%s: Touch = %v", test.name, err)
		}
		want.Seen = start().Add(test.want)
		wantRow(t, s, want)
	}
	if err := s.Touch(t.Context(), keyOf(5), start(), start()); err != nil {
		t.Errorf("Touch(none) = %v, want nil", err)
	}
	wantRow(t, s, row(9))
}

func testDisplay(t *testing.T, s session.Store) {
	want := row(1)
	create(t, s, want, row(2))
	want.Display = []byte("another")
	if err := s.SetDisplay(t.Context(), want.Key, want.Display); err != nil {
		t.Fatalf("SetDisplay = %v", err)
	}
	wantRow(t, s, want)
	wantRow(t, s, row(2))
	if err := s.SetDisplay(t.Context(), keyOf(5), []byte("x")); err != nil {
		t.Errorf("SetDisplay(none) = %v, want nil", err)
	}
	wantNone(t, s, keyOf(5))
}

func testReplace(t *testing.T, s session.Store) {
	leased := row(1)
	leased.Lease = start().Add(20 * time.Second)
	create(t, s, leased)
	moved := row(2)
	moved.ID = leased.ID // the public ID moves with the session
	for _, test := range []struct {
		name    string
		old     session.Key
		version int64
		now     time.Time
		want    bool
	}{
		{"no such row", keyOf(7), 1, start().Add(time.Hour), false},
		{"other version", leased.Key, 2, start().Add(time.Hour), false},
		{"leased", leased.Key, 1, leased.Lease.Add(-time.Microsecond), false},
		{"lease over", leased.Key, 1, leased.Lease, true},
	} {
		got, err := s.Replace(t.Context(), test.old, test.version, test.now, moved)
		if err != nil || got != test.want {
			t.Errorf("%s: Replace = %v, %v, want %v", test.name, got, err, test.want)
		}
		if !got {
			wantRow(t, s, leased)
			wantNone(t, s, moved.Key)
		}
	}
	wantNone(t, s, leased.Key)
	wantRow(t, s, moved)
}

func testReplaceAtomic(t *testing.T, s session.Store) {
	create(t, s, row(1), row(2))
	clash := row(3)
	clash.ID = row(2).ID
	if ok, err := s.Replace(t.Context(), keyOf(1), 1, start(), clash); ok || err == nil {
		t.Errorf("Replace with a taken ID = %v, %v, want an error", ok, err)
	}
	wantRow(t, s, row(1))
	wantRow(t, s, row(2))
	wantNone(t, s, keyOf(3))
}

func testDeleteVersion(t *testing.T, s session.Store) {
	want := row(1)
	want.Version = 3
	create(t, s, want)
	if _, err := s.Delete(t.Context(), want.Key, 2); !errors.Is(err, session.ErrNone) {
		t.Errorf("Delete(other version) = %v, want ErrNone", err)
	}
	wantRow(t, s, want)
	if got, err := s.Delete(t.Context(), want.Key, 3); err != nil || got.ID != want.ID {
		t.Errorf("Delete(its version) = %s, %v", got.ID, err)
	}
	wantNone(t, s, want.Key)
}

func testDeleteOf(t *testing.T, s session.Store) {
	other := row(4)
	other.Sub = "bob"
	create(t, s, row(1), row(2), row(3), other)
	for _, test := range []struct {
		name, sub, id string
		want          []string
	}{
		{"one of another", "ada", other.ID, nil},
		{"unknown ID", "ada", "id-999", nil},
		{"one", "ada", "id-002", []string{"id-002"}},
		{"one again", "ada", "id-002", nil},
		{"all", "ada", "", []string{"id-003", "id-001"}},
		{"all again", "ada", "", nil},
		{"nobody", "", "", nil},
	} {
		got, err := s.DeleteOf(t.Context(), test.sub, test.id)
		if err != nil {
			t.Errorf("%s: DeleteOf = %v", test.name, err)
		}
		wantIDs(t, test.name, got, test.want...)
	}
	wantRow(t, s, other)
	wantIDs(t, "List", list(t, s, "ada", 10))
}
