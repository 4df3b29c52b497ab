package sqlitedb

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"zombiezen.com/go/sqlite"
)

const (
	// maxBatch is the most calls that share one commit, and how many may wait
	// before Write blocks.
	maxBatch = 512
	// maxBatchTime ends a batch that has run for so long, so that the first
	// caller of it need not wait for all that arrive meanwhile.
	maxBatchTime = 20 * time.Millisecond
)

// States of a job. Exactly one of writer and caller moves it from jobWaiting.
const (
	jobWaiting = iota
	jobTaken
	jobAbandoned
)

// A job is one call of Write. The writer fills err and panicked before it
// closes done.
type job struct {
	fn       func(*Tx) error
	state    atomic.Int32
	done     chan struct{}
	err      error
	panicked any
}

// Write runs fn in a savepoint on the writer and returns after the commit is on
// disk. Calls that wait at the same time share the commit, in the order of
// their arrival; each sees what those before it wrote.
//
// An error of fn takes back what fn did, and nothing else, and is returned as it
// is. A commit that fails takes back the whole batch, and each of its callers is
// told. When ctx ends before fn has begun, fn does not run and Write returns
// ctx's error; once begun it is always carried through, so that the answer is
// the truth. A panic of fn takes back what fn did and goes on in the caller.
//
// fn must be short, since everyone waits for it. It must not call Write, end its
// goroutine or keep tx. Constraints must not be deferred, since a shared commit
// would fail for all.
func (db *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	j := &job{fn: fn, done: make(chan struct{})}
	if err := db.submit(ctx, j); err != nil {
		return fmt.Errorf("write database: %w", err)
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(jobWaiting, jobAbandoned) {
			return fmt.Errorf("write database: %w", ctx.Err())
		}
		<-j.done
	}
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

func (db *DB) submit(ctx context.Context, j *job) error {
	db.mu.RLock()
	defer db.mu.RUnlock()
	if db.isClosing() {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case db.queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeLoop runs batches until the queue is closed and empty.
func (db *DB) writeLoop() {
	ran := make([]*job, 0, maxBatch)
	for j := range db.queue {
		ran = db.runBatch(j, ran[:0])
		clear(ran)
	}
}

// runBatch runs first and what else is waiting in one transaction, and tells
// every caller. It returns ran with the jobs in it, for its memory.
func (db *DB) runBatch(first *job, ran []*job) []*job {
	err := execute(db.writer, "BEGIN IMMEDIATE")
	started := time.Now()
	for j := first; j != nil; j = db.nextJob(started, len(ran)) {
		if !j.state.CompareAndSwap(jobWaiting, jobTaken) {
			continue
		}
		ran = append(ran, j)
		if err != nil {
			break
		}
		runJob(db.writer, j)
		// Some errors, a full disk for one, make SQLite roll back the whole
		// transaction on its own.
		if db.writer.AutocommitEnabled() {
			err = fmt.Errorf("transaction ended early: %w", j.failure())
			break
		}
	}
	if err == nil {
		err = execute(db.writer, "COMMIT")
	}
	if err != nil {
		rollback(db.writer)
	}
	for _, j := range ran {
		if err != nil {
			j.err = fmt.Errorf("commit: %w", err)
		}
		close(j.done)
	}
	return ran
}

// nextJob returns the next job of a batch of n jobs that began at started, or
// nil when the batch is over. When nobody is waiting it lets those run once who
// are ready to: after a commit, the callers of the last batch.
func (db *DB) nextJob(started time.Time, n int) *job {
	if n >= maxBatch || time.Since(started) > maxBatchTime {
		return nil
	}
	for range 2 {
		select {
		case j := <-db.queue: // nil when closed
			return j
		default:
			runtime.Gosched()
		}
	}
	return nil
}

// runJob runs one job in its savepoint.
func runJob(conn *sqlite.Conn, j *job) {
	if j.err = execute(conn, "SAVEPOINT job"); j.err != nil {
		return
	}
	tx := &Tx{conn: conn}
	defer func() {
		j.panicked = recover()
		tx.conn = nil
		if conn.AutocommitEnabled() {
			return
		}
		if j.err != nil || j.panicked != nil {
			// It can fail only when the transaction is lost, which the commit
			// then reports.
			_ = execute(conn, "ROLLBACK TO job")
		}
		_ = execute(conn, "RELEASE job")
	}()
	j.err = j.fn(tx)
}

// failure returns why a job lost the transaction.
func (j *job) failure() error {
	if j.err != nil {
		return j.err
	}
	return fmt.Errorf("a call ended it (panic %v)", j.panicked)
}

func rollback(conn *sqlite.Conn) {
	if !conn.AutocommitEnabled() {
		// The error that led here is the one to report.
		_ = execute(conn, "ROLLBACK")
	}
}

func execute(conn *sqlite.Conn, query string) error {
	stmt, err := conn.Prepare(query)
	if err != nil {
		return err
	}
	_, err = stmt.Step()
	return err
}
