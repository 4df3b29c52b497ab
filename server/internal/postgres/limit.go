package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/limit"
)

// LimitStore keeps what the limits have counted. It is a limit.Store.
type LimitStore struct{ db *db }

var _ limit.Store = (*LimitStore)(nil)

// Limits returns the store of the limits.
func (s *Store) Limits() *LimitStore { return &LimitStore{s.db} }

const (
	stateByKey  = `SELECT count, until, blocked FROM limits WHERE key = $1`
	sweepStates = `DELETE FROM limits WHERE key = ANY (ARRAY(
		SELECT key FROM limits WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED))`
)

// State implements limit.Store.
func (s *LimitStore) State(ctx context.Context, key limit.Key) (state limit.State, err error) {
	err = s.db.call(ctx, "read limit", again, func(ctx context.Context, conn *pgx.Conn) (err error) {
		state, err = queryState(ctx, conn, key)
		return err
	})
	return state, err
}

// Update implements limit.Store. It compares and swaps: what another server
// wrote in between is read again, and no lock is held while nobody works.
func (s *LimitStore) Update(ctx context.Context, key limit.Key, change func(limit.State) limit.State) error {
	return s.db.call(ctx, "count limit", once, func(ctx context.Context, conn *pgx.Conn) error {
		for {
			old, err := queryState(ctx, conn, key)
			if err != nil {
				return err
			}
			state := change(old)
			if state == old {
				return nil
			}
			if swapped, err := swapState(ctx, conn, key, old, state); swapped || err != nil {
				return err
			}
		}
	})
}

// Sweep implements limit.Store.
func (s *LimitStore) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.db.exec(ctx, "sweep limits", again, sweepStates, stamp(now), limit)
}

func queryState(ctx context.Context, conn *pgx.Conn, key limit.Key) (state limit.State, err error) {
	err = conn.QueryRow(ctx, stateByKey, key[:]).Scan(&state.Count, (*stamp)(&state.Until), (*stamp)(&state.Blocked))
	if errors.Is(err, pgx.ErrNoRows) {
		return limit.State{}, nil
	}
	return state, err
}

// swapState puts state in the place of old, and reports whether old was still
// there. The zero State is no row.
func swapState(ctx context.Context, conn *pgx.Conn, key limit.Key, old, state limit.State) (bool, error) {
	const same = ` WHERE key = $1 AND count = $2 AND until = $3 AND blocked IS NOT DISTINCT FROM $4`
	var query string
	var args []any
	was := []any{key[:], old.Count, stamp(old.Until), stamp(old.Blocked)}
	is := []any{state.Count, stamp(state.Until), stamp(state.Blocked)}
	switch (limit.State{}) {
	case old:
		query, args = `INSERT INTO limits (key, count, until, blocked) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING`, append(was[:1], is...)
	case state:
		query, args = `DELETE FROM limits`+same, was
	default:
		query, args = `UPDATE limits SET count = $5, until = $6, blocked = $7`+same, append(was, is...)
	}
	tag, err := conn.Exec(ctx, query, args...)
	return tag.RowsAffected() == 1, err
}
