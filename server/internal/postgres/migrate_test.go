package postgres

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/postgres/pgtest"
)

// TestMigrationsOfFourServers starts four at once on an empty database, and one
// more when they are done.
func TestMigrationsOfFourServers(t *testing.T) {
	url := pgtest.Start(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(t.Context(), url)
			if err != nil {
				t.Errorf("Open = %v", err)
				return
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
		})
	}
	wg.Wait()
	s := openAt(t, url)
	known, err := listMigrations(migrations)
	if err != nil || len(known) == 0 {
		t.Fatalf("listMigrations = %v, %v", known, err)
	}
	tx, err := s.db.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	applied, err := appliedMigrations(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(known, applied, cmp.AllowUnexported(migration{})); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
}

// TestRunWithoutOwningTables is a server whose role may use the tables but not
// make any, as careful operators have it.
func TestRunWithoutOwningTables(t *testing.T) {
	url := pgtest.Start(t)
	openAt(t, url)
	const role = "porchlight_test_user"
	execAt(t, url,
		"DO $$ BEGIN CREATE ROLE "+role+" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
		"REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+role)
	s := openAt(t, with(t, url, asRole(role)))
	if _, err := s.Limits().State(t.Context(), [32]byte{1}); err != nil {
		t.Errorf("State = %v", err)
	}
}

func TestListMigrationsRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files []string
	}{
		{"no number", []string{"posts.sql"}},
		{"number without a name", []string{"0001_.sql"}},
		{"short number", []string{"1_posts.sql"}},
		{"gap", []string{"0001_posts.sql", "0003_likes.sql"}},
		{"twice", []string{"0001_likes.sql", "0001_posts.sql"}},
		{"begins with zero", []string{"0000_posts.sql"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, f := range tt.files {
				files["migrations/"+f] = &fstest.MapFile{}
			}
			if list, err := listMigrations(files); err == nil || !strings.Contains(err.Error(), "NNNN_name.sql") {
				t.Errorf("listMigrations(%v) = %v, %v, want an error that names the form", tt.files, list, err)
			}
		})
	}
}
