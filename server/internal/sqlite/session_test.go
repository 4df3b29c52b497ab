package sqlite

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/server/internal/session"
	"porchlight/server/internal/session/sessiontest"
	"porchlight/server/internal/sqlitedb"
)

func openSessions(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s
}

func TestSessionStore(t *testing.T) {
	sessiontest.TestStore(t, func(t *testing.T) session.Store { return openSessions(t).Sessions() })
}

// TestSessionsSurviveReopen is what the contract cannot say: rows are on disk.
func TestSessionsSurviveReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	want := session.Row{
		Key: session.Key{1}, ID: "id", Sub: "ada", Tokens: []byte("t"), Display: []byte("d"), Version: 1,
		Created: time.Unix(1, 0), Seen: time.Unix(1, 0), Authenticated: time.Unix(1, 0), Expires: time.Unix(2, 0),
	}
	for _, create := range []bool{true, false} {
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if create {
			err = s.Sessions().Create(t.Context(), want, 1)
		} else {
			_, err = s.Sessions().Row(t.Context(), want.Key)
		}
		if err != nil {
			t.Errorf("create %v: %v", create, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLeaseOfTwoProcesses: two servers on one file, one lease.
func TestLeaseOfTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	row := session.Row{
		Key: session.Key{1}, ID: "id", Sub: "ada", Tokens: []byte("t"), Display: []byte("d"), Version: 1,
		Created: time.Unix(1, 0), Seen: time.Unix(1, 0), Authenticated: time.Unix(1, 0), Expires: time.Unix(99, 0),
	}
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Sessions().Create(t.Context(), row, 1); err != nil && !errors.Is(err, sqlitedb.ErrConstraint) {
			t.Fatal(err)
		}
		for range 4 {
			wg.Go(func() {
				ok, err := s.Sessions().Lease(t.Context(), row.Key, 1, time.Unix(50, 0), time.Unix(70, 0))
				if err != nil {
					t.Errorf("Lease = %v", err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d got the lease, want 1", won.Load())
	}
}

// TestSessionPlans wants an index for whatever is asked often or of many rows.
func TestSessionPlans(t *testing.T) {
	s := openSessions(t)
	for _, test := range []struct {
		name, query string
		args        []any
	}{
		{"row", `SELECT ` + sessionColumns + ` FROM session WHERE key = ?`, []any{[]byte{1}}},
		{"list", `SELECT ` + sessionColumns + ` FROM session WHERE sub = ?` + sessionOrder, []any{"ada"}},
		{"delete of", `SELECT key FROM session WHERE sub = ?1 AND (id = ?2 OR ?2 = '')`, []any{"ada", ""}},
		{"sweep", `SELECT key FROM session WHERE expires <= ?1 OR seen <= ?2 LIMIT ?3`, []any{1, 2, 3}},
		{"sweep pending", `SELECT key FROM session_pending WHERE expires <= ?1 LIMIT ?2`, []any{1, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := s.db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
				return tx.Query(`EXPLAIN QUERY PLAN `+test.query, test.args, func(r sqlitedb.Row) error {
					if strings.HasPrefix(r.Text(3), "SCAN") {
						t.Errorf("plan says %q, want an index", r.Text(3))
					}
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
