package sqlitedb_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"porchlight/server/internal/sqlitedb"
)

const schema = `CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER CHECK (v >= 0)) STRICT;
CREATE TABLE child (k TEXT NOT NULL REFERENCES t (k)) STRICT;
`

func files(kv ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = &fstest.MapFile{Data: []byte(kv[i+1])}
	}
	return m
}

func open(t testing.TB, path string, migrations fs.FS) *sqlitedb.DB {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: path, Migrations: migrations})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return db
}

func openTemp(t testing.TB) *sqlitedb.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "x.db"), files("0001_t.sql", schema))
}

func insert(ctx context.Context, db *sqlitedb.DB, k string, v any) error {
	return db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO t (k, v) VALUES (?, ?)", k, v)
		return err
	})
}

func keys(t testing.TB, db *sqlitedb.DB) []string {
	t.Helper()
	var got []string
	err := db.Read(context.WithoutCancel(t.Context()), func(tx *sqlitedb.Tx) error {
		return tx.Query("SELECT k FROM t ORDER BY rowid", nil, func(r sqlitedb.Row) error {
			got = append(got, r.Text(0))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestRead(t *testing.T) {
	db := openTemp(t)
	if err := insert(t.Context(), db, "a", 1); err != nil {
		t.Fatal(err)
	}
	t.Run("snapshot", func(t *testing.T) {
		count := func(tx *sqlitedb.Tx) (n int64) {
			err := tx.Query("SELECT count(*) FROM t", nil, func(r sqlitedb.Row) error { n = r.Int(0); return nil })
			if err != nil {
				t.Error(err)
			}
			return n
		}
		err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
			before := count(tx)
			if err := insert(t.Context(), db, "b", 1); err != nil {
				return err
			}
			if after := count(tx); after != before {
				t.Errorf("a reader saw %d rows, then %d", before, after)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("cannot write", func(t *testing.T) {
		err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
			_, err := tx.Exec("DELETE FROM t")
			return err
		})
		if err == nil {
			t.Error("Read let a DELETE through")
		}
	})
	t.Run("stops with its context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := db.Read(ctx, func(tx *sqlitedb.Tx) error {
			_, err := tx.Exec("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read(endless query) = %v, want DeadlineExceeded", err)
		}
	})
	t.Run("panic gives the connection back", func(t *testing.T) {
		for range 10 { // more than there are readers
			func() {
				defer func() { _ = recover() }()
				_ = db.Read(t.Context(), func(*sqlitedb.Tx) error { panic("boom") })
			}()
		}
		if got := keys(t, db); len(got) != 2 {
			t.Errorf("rows %v, want 2", got)
		}
	})
}

// A reader is opened by the read that needs it. One that can't be is that read's
// error, and the next read tries again.
func TestReaderOpensLate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, files("0001_t.sql", schema))
	if err := insert(t.Context(), db, "a", 1); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	for range 10 { // more than there are readers
		if err := db.Read(t.Context(), func(*sqlitedb.Tx) error { return nil }); err == nil {
			t.Fatal("Read without the file = nil, want an error")
		}
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, db); len(got) != 1 {
		t.Errorf("rows once the file is back = %v, want 1", got)
	}
}

func TestClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, files("0001_t.sql", schema))
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.Write(t.Context(), func(*sqlitedb.Tx) error { close(started); <-release; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-started
	var waiting sync.WaitGroup
	for i := range 10 {
		waiting.Go(func() {
			if err := insert(t.Context(), db, fmt.Sprint(i), i); err != nil && !errors.Is(err, sqlitedb.ErrClosed) {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	close(release)
	waiting.Wait()
	wg.Wait()
	if err := insert(t.Context(), db, "late", 1); !errors.Is(err, sqlitedb.ErrClosed) {
		t.Errorf("Write(closed) = %v, want ErrClosed", err)
	}
	if err := db.Read(t.Context(), func(*sqlitedb.Tx) error { return nil }); !errors.Is(err, sqlitedb.ErrClosed) {
		t.Errorf("Read(closed) = %v, want ErrClosed", err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there after Close: %v", err)
	}
}

func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "x.db")
	db := open(t, path, files("0001_t.sql", schema))
	if err := insert(t.Context(), db, "a", 1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("mode of %s = %o, want 600", filepath.Base(name), mode)
		}
	}
}
