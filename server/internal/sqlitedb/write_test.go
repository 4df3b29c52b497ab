package sqlitedb_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/server/internal/sqlitedb"

	"github.com/google/go-cmp/cmp"
)

func TestWriteFailureTakesBackOnlyItself(t *testing.T) {
	db := openTemp(t)
	errOwn := errors.New("own")
	// One call blocks the writer so that the others share a batch.
	release := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.Write(t.Context(), func(*sqlitedb.Tx) error { <-release; return nil }); err != nil {
			t.Error(err)
		}
	})
	write := func(k string, want error) {
		wg.Go(func() {
			err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
				if _, err := tx.Exec("INSERT INTO t (k) VALUES (?)", k); err != nil {
					return err
				}
				return want
			})
			if !errors.Is(err, want) {
				t.Errorf("Write(%s) = %v, want %v", k, err, want)
			}
		})
	}
	for i := range 40 {
		if i%2 == 0 {
			write(fmt.Sprint("good", i), nil)
			continue
		}
		write(fmt.Sprint("bad", i), errOwn)
	}
	close(release)
	wg.Wait()
	got := keys(t, db)
	if len(got) != 20 {
		t.Errorf("%d rows, want 20", len(got))
	}
	for _, k := range got {
		if !strings.HasPrefix(k, "good") {
			t.Errorf("row %s stayed", k)
		}
	}
}

func TestWritePanicReachesItsCaller(t *testing.T) {
	db := openTemp(t)
	func() {
		defer func() {
			if got := recover(); got != "boom" {
				t.Errorf("recovered %v, want boom", got)
			}
		}()
		_ = db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
			if _, err := tx.Exec("INSERT INTO t (k) VALUES ('a')"); err != nil {
				t.Error(err)
			}
			panic("boom")
		})
	}()
	if err := insert(t.Context(), db, "b", 1); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b"}, keys(t, db)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestLostTransactionIsToldToAll(t *testing.T) {
	db := openTemp(t)
	err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec("INSERT INTO t (k) VALUES ('a')"); err != nil {
			return err
		}
		_, err := tx.Exec("ROLLBACK") // as SQLite does itself when the disk is full
		return err
	})
	if err == nil {
		t.Error("Write answered success for a transaction that was lost")
	}
	if err := insert(t.Context(), db, "b", 1); err != nil {
		t.Errorf("Write after it = %v", err)
	}
	if diff := cmp.Diff([]string{"b"}, keys(t, db)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestWriteContext(t *testing.T) {
	db := openTemp(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := insert(ended, db, "a", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Write(ended) = %v, want Canceled", err)
	}

	// Waiting behind another: given up, and never run.
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.Write(t.Context(), func(*sqlitedb.Tx) error { close(started); <-release; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := insert(ctx, db, "b", 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Write(deadline) = %v, want DeadlineExceeded", err)
	}
	close(release)
	wg.Wait()

	// Ended while it runs: carried through and answered with the truth.
	ctx, cancel = context.WithCancel(t.Context())
	err := db.Write(ctx, func(tx *sqlitedb.Tx) error {
		cancel()
		_, err := tx.Exec("INSERT INTO t (k) VALUES ('c')")
		return err
	})
	if err != nil {
		t.Errorf("Write(ended while running) = %v", err)
	}
	if diff := cmp.Diff([]string{"c"}, keys(t, db)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestFullDisk lets the file reach a size that it may not pass: what was
// acknowledged is there, what failed is not, and the writer goes on.
func TestFullDisk(t *testing.T) {
	db := openTemp(t)
	setPages := func(n int) {
		t.Helper()
		err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
			_, err := tx.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", n))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	setPages(40)
	var mu sync.Mutex
	want := map[string]bool{}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			k := fmt.Sprintf("%d-%s", i, strings.Repeat("x", 8<<10))
			if err := insert(t.Context(), db, k, i); err == nil {
				mu.Lock()
				defer mu.Unlock()
				want[k] = true
			}
		})
	}
	wg.Wait()
	if len(want) == 64 {
		t.Fatal("the disk never was full")
	}
	got := map[string]bool{}
	for _, k := range keys(t, db) {
		got[k] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("%d rows are there, %d were acknowledged", len(got), len(want))
	}
	setPages(1 << 20)
	if err := insert(t.Context(), db, "after", 1); err != nil {
		t.Errorf("Write with room again = %v", err)
	}
}
