package sqlitedb_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"porchlight/server/internal/sqlitedb"

	"github.com/google/go-cmp/cmp"
)

func TestMigrationsApplyOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	steps := []struct {
		name  string
		files fs.FS
		want  []string
	}{
		{"first", files("0001_t.sql", schema, "0003_c.sql", "INSERT INTO t (k) VALUES ('c')"), []string{"c"}},
		{"again", files("0001_t.sql", schema, "0003_c.sql", "INSERT INTO t (k) VALUES ('c')"), []string{"c"}},
		{"one between and one after", files("0001_t.sql", schema, "0003_c.sql", "",
			"0004_d.sql", "INSERT INTO t (k) VALUES ('d')", "0002_b.sql", "INSERT INTO t (k) VALUES ('b')"), []string{"c", "b", "d"}},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			if diff := cmp.Diff(s.want, keys(t, open(t, path, s.files))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMigrationsOfTwoAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	all := files("0001_t.sql", schema, "0002_a.sql", "INSERT INTO t (k) VALUES ('a')")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: path, Migrations: all})
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff([]string{"a"}, keys(t, open(t, path, all))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: newer, Migrations: files("0001_t.sql", schema, "0002_x.sql", "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		files      fs.FS
		want       string
	}{
		{"no path", "", nil, "no path"},
		{"a folder", dir, nil, "not a regular file"},
		{"a file as folder", filepath.Join(garbage, "x.db"), nil, "not a directory"},
		{"not a database", garbage, nil, "not a database"},
		{"newer than the program", newer, files("0001_t.sql", schema), "0002_x.sql"},
		{"renamed migration", newer, files("0001_t.sql", schema, "0002_y.sql", ""), "0002_x.sql"},
		{"bad name", filepath.Join(dir, "1.db"), files("first.sql", schema), "first.sql is not named"},
		{"same number", filepath.Join(dir, "2.db"), files("0001_a.sql", "", "0001_b.sql", ""), "same number"},
		{"bad statement", filepath.Join(dir, "3.db"), files("0001_a.sql", "CREATE TABLE a (x);\nNONSENSE"), "0001_a.sql"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: tt.path, Migrations: tt.files})
			if err == nil {
				t.Fatal("Open succeeded", db.Close())
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open = %v, want %q", err, tt.want)
			}
		})
	}
	t.Run("a failed migration leaves nothing", func(t *testing.T) {
		open(t, filepath.Join(dir, "3.db"), files("0001_a.sql", "CREATE TABLE a (x)"))
	})
}
