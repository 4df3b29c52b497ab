package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"porchlight/server/internal/feed"
)

const (
	// callTimeout bounds a call once it has a connection, and each wait for one.
	callTimeout = 10 * time.Second
	// maxTries is how often a call is made when its connection breaks.
	maxTries = 4
	// firstPause is the wait before the second try; each next is five times it.
	firstPause = 10 * time.Millisecond
)

// SQLSTATEs (PostgreSQL's manual, appendix A).
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	adminShutdown        = "57P01"
)

// An effect says whether a call may be made again although it may have been
// done already.
type effect int

const (
	once  effect = iota // no: twice is not the same as once
	again               // yes: it reads, or twice comes to the same
)

// db is the pool of connections and the rules of using it.
type db struct {
	pool *pgxpool.Pool
}

// call runs fn on a connection, again on another if the first one breaks and e
// allows it. What fn has stored elsewhere it must set anew each time. what, a
// verb and a noun, stands before the error.
//
// The end of ctx ends the wait for a connection, but not fn: breaking off a
// statement costs the connection, and clients that leave would cost one each.
func (d *db) call(ctx context.Context, what string, e effect, fn func(ctx context.Context, conn *pgx.Conn) error) error {
	pause := firstPause
	for try := 1; ; try++ {
		repeat, err := d.try(ctx, e, fn)
		if err == nil {
			return nil
		}
		if !repeat || try == maxTries || !sleep(ctx, pause) {
			return fmt.Errorf("%s: %w", what, err)
		}
		if try > 1 {
			d.pool.Reset() // whatever broke two connections has broken the others
		}
		pause *= 5
	}
}

// try makes the call once, and reports whether it may be made again. The error is
// feed.ErrUnavailable when the connection is what failed.
func (d *db) try(ctx context.Context, e effect, fn func(ctx context.Context, conn *pgx.Conn) error) (repeat bool, err error) {
	wait, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	conn, err := d.pool.Acquire(wait)
	if err != nil {
		return wait.Err() == nil, unavailable(err)
	}
	defer conn.Release()
	work, done := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer done()
	err = fn(work, conn.Conn())
	if err == nil {
		return false, nil
	}
	repeat = repeatable(conn.Conn(), e, err) && work.Err() == nil
	if conn.Conn().IsClosed() || hasCode(err, adminShutdown) {
		return repeat, unavailable(err)
	}
	return repeat, flat{err}
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", feed.ErrUnavailable, flat{err}) }

// repeatable reports whether the error is of the connection or of another's
// transaction, and a new try is safe. The server says adminShutdown in the
// place of a statement's end or beginning, and rolls back; after a commit it
// would have said so first.
func repeatable(conn *pgx.Conn, e effect, err error) bool {
	if pgconn.SafeToRetry(err) || hasCode(err, serializationFailure, deadlockDetected, adminShutdown) {
		return true
	}
	return conn.IsClosed() && e == again
}

func hasCode(err error, codes ...string) bool {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(codes, pe.Code)
}

// sleep waits, and reports whether ctx lives on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// exec runs one statement and returns how many rows it changed.
func (d *db) exec(ctx context.Context, what string, e effect, query string, args ...any) (n int, err error) {
	err = d.call(ctx, what, e, func(ctx context.Context, conn *pgx.Conn) error {
		tag, err := conn.Exec(ctx, query, args...)
		n = int(tag.RowsAffected())
		return err
	})
	return n, err
}

// batch runs the statements that fill queues, in one round trip and one
// transaction.
func (d *db) batch(ctx context.Context, what string, e effect, fill func(b *pgx.Batch)) error {
	return d.call(ctx, what, e, func(ctx context.Context, conn *pgx.Conn) error {
		var b pgx.Batch
		fill(&b)
		return conn.SendBatch(ctx, &b).Close()
	})
}

// collect runs one query and returns its rows.
func collect[T any](ctx context.Context, d *db, what string, e effect, scan pgx.RowToFunc[T], query string, args ...any) (list []T, err error) {
	err = d.call(ctx, what, e, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scan)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Classes of advisory locks, which are held to the end of the transaction.
const classSession int32 = 1

// lock queues the lock of a name in its class. Two names may share one.
func lock(b *pgx.Batch, class int32, name string) {
	h := fnv.New32a()
	h.Write([]byte(name))
	b.Queue("SELECT pg_advisory_xact_lock($1, $2)", class, int32(h.Sum32()))
}

// flat shows an error on one line. The driver tells several addresses that it
// tried on a line each.
type flat struct{ err error }

// Error returns the text with every run of white space as one space.
func (f flat) Error() string { return strings.Join(strings.Fields(f.err.Error()), " ") }

// Unwrap returns the error itself.
func (f flat) Unwrap() error { return f.err }
