package sqlite

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/sqlitedb"
	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
)

func openDenials(t *testing.T, path string) *DenialStore {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s.Denials()
}

func TestDenials(t *testing.T) {
	tokentest.TestDenyStore(t, func(t *testing.T) [2]token.DenyStore {
		path := filepath.Join(t.TempDir(), "test.db")
		return [2]token.DenyStore{openDenials(t, path), openDenials(t, path)}
	})
}

// TestDenialsSurviveReopen is what the contract cannot say: rows are on disk.
func TestDenialsSurviveReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Denials().Deny(t.Context(), "o1", time.Unix(1<<33, 0)); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	denied, err := openDenials(t, path).Denied(t.Context(), "ada", "o1", time.Unix(1, 0))
	if !denied || err != nil {
		t.Errorf("Denied after reopening = %v, %v, want true", denied, err)
	}
}

// TestDenialPlans wants an index for the question of every request and for the
// sweeper.
func TestDenialPlans(t *testing.T) {
	d := openDenials(t, filepath.Join(t.TempDir(), "test.db"))
	for _, tc := range []struct {
		name, query string
		args        []any
	}{
		{"denied", queryDenied, []any{"o", "s", 1}},
		{"sweep origins", querySweepOrigins, []any{1, 1}},
		{"sweep subs", querySweepSubs, []any{1, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var plan []string
			err := d.db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
				return tx.Query("EXPLAIN QUERY PLAN "+tc.query, tc.args, func(r sqlitedb.Row) error {
					plan = append(plan, r.Text(3))
					return nil
				})
			})
			if text := strings.Join(plan, "\n"); err != nil || !strings.Contains(text, "SEARCH") ||
				strings.Contains(text, "SCAN denied_origin") || strings.Contains(text, "SCAN revoked_sub") {
				t.Errorf("plan, %v:\n%s", err, text)
			}
		})
	}
}
