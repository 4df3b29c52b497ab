package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/postgres/pgtest"
	"porchlight/server/internal/session"
)

// killOthers ends every connection to the database but its own.
const killOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`

// TestBrokenConnections wants the call after the breaking of every idle
// connection to work, whatever it does.
func TestBrokenConnections(t *testing.T) {
	url := pgtest.Start(t)
	s := openAt(t, url)
	calls := []struct {
		name string
		call func(n int) error
	}{
		{"read", func(int) error { _, err := s.Limits().State(t.Context(), limit.Key{1}); return err }},
		{"write that may repeat", func(int) error { return s.Denials().Deny(t.Context(), "o", time.Now()) }},
		{"write that may not", func(int) error {
			_, err := s.Sessions().Lease(t.Context(), session.Key{}, 1, time.Unix(1, 0), time.Unix(2, 0))
			return err
		}},
		{"compare and swap", func(n int) error {
			return s.Limits().Update(t.Context(), limit.Key{2}, func(limit.State) limit.State {
				return limit.State{Count: n + 1, Until: time.Unix(1, 0)}
			})
		}},
	}
	for i, tt := range calls {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.call(10 * i); err != nil {
				t.Fatal(err)
			}
			execAt(t, url, killOthers)
			time.Sleep(50 * time.Millisecond) // the news has to arrive
			if err := tt.call(10*i + 1); err != nil {
				t.Errorf("the call after the break = %v", err)
			}
		})
	}
}

// TestBreakInTheMiddle breaks the connection after a statement was sent, when
// nobody knows whether it was done: it is made again if that is safe, and once
// only otherwise.
func TestBreakInTheMiddle(t *testing.T) {
	s := openAt(t, pgtest.Start(t))
	for _, tt := range []struct {
		name  string
		e     effect
		calls int
		fails bool
	}{
		{"again", again, 2, false},
		{"once", once, 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			calls := 0
			err := s.db.call(t.Context(), "do thing", tt.e, func(ctx context.Context, conn *pgx.Conn) error {
				calls++
				if calls == 1 {
					time.AfterFunc(50*time.Millisecond, func() { conn.PgConn().Conn().Close() })
				}
				_, err := conn.Exec(ctx, "SELECT pg_sleep($1)", 0.2)
				return err
			})
			if calls != tt.calls || (err != nil) != tt.fails {
				t.Errorf("%d calls, %v; want %d", calls, err, tt.calls)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "do thing: ") {
				t.Errorf("call = %q, want it to say what was done", err)
			}
		})
	}
}

// TestEndlessBreaks wants an error in the end, and soon.
func TestEndlessBreaks(t *testing.T) {
	s := openAt(t, pgtest.Start(t))
	calls := 0
	_, err := s.db.exec(t.Context(), "try", again, "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.call(t.Context(), "try", again, func(ctx context.Context, conn *pgx.Conn) error {
		calls++
		_, err := conn.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
		return err
	})
	if !errors.Is(err, feed.ErrUnavailable) || calls != maxTries {
		t.Errorf("%d calls, %v; want feed.ErrUnavailable after %d", calls, err, maxTries)
	}
}

func TestStatementTimeout(t *testing.T) {
	s := openAt(t, pgtest.Start(t)+"&statement_timeout=200ms")
	start := time.Now()
	_, err := s.db.exec(t.Context(), "dawdle", again, "SELECT pg_sleep($1)", 30)
	const queryCanceled = "57014"
	if !hasCode(err, queryCanceled) || errors.Is(err, feed.ErrUnavailable) {
		t.Errorf("a slow statement = %v, want it canceled by the server", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestLeavingClient: the statement of a caller that is gone is finished, and its
// connection kept.
func TestLeavingClient(t *testing.T) {
	s := openAt(t, pgtest.Start(t))
	backend := func() (pid int) {
		t.Helper()
		if err := s.db.pool.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		return pid
	}
	before := backend()
	ctx, leave := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, leave)
	if _, err := s.db.exec(ctx, "dawdle", again, "SELECT pg_sleep($1)", 0.2); err != nil {
		t.Errorf("exec = %v, want it finished", err)
	}
	if after := backend(); after != before {
		t.Errorf("connection %d was given up for %d", before, after)
	}
	if _, err := s.db.exec(ctx, "begin", again, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("exec with an ended context = %v, want Canceled", err)
	}
}

// TestErrorsHideValues: an error names the rule that was broken, not the values.
func TestErrorsHideValues(t *testing.T) {
	s := openAt(t, pgtest.Start(t))
	row := sessionRow("ada-canary", 1)
	if err := s.Sessions().Create(t.Context(), row, 1); err != nil {
		t.Fatal(err)
	}
	err := s.Sessions().Create(t.Context(), row, 1)
	if pe, ok := errors.AsType[*pgconn.PgError](err); !ok || pe.Code != uniqueViolation || strings.Contains(err.Error(), "canary") {
		t.Errorf("Create twice = %v, want a unique violation without values", err)
	}
}
