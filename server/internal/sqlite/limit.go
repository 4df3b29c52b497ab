package sqlite

import (
	"context"
	"time"

	"porchlight/server/internal/limit"
	"porchlight/server/internal/sqlitedb"
)

// LimitStore keeps what the limits have counted. It is a limit.Store.
type LimitStore struct{ db *sqlitedb.DB }

var _ limit.Store = (*LimitStore)(nil)

// Limits returns the store of the limits.
func (s *Store) Limits() *LimitStore { return &LimitStore{s.db} }

const (
	stateByKey  = "SELECT count, until, blocked FROM limits WHERE key = ?"
	sweepStates = "DELETE FROM limits WHERE key IN (SELECT key FROM limits WHERE until <= ?1 ORDER BY until LIMIT ?2)"
)

// State implements limit.Store.
func (s *LimitStore) State(ctx context.Context, key limit.Key) (state limit.State, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		state, err = queryState(tx, key)
		return err
	})
	return state, err
}

// Update implements limit.Store.
func (s *LimitStore) Update(ctx context.Context, key limit.Key, change func(limit.State) limit.State) error {
	return s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		old, err := queryState(tx, key)
		if err != nil {
			return err
		}
		state := change(old)
		if state == old {
			return nil
		}
		if state == (limit.State{}) {
			_, err = tx.Exec("DELETE FROM limits WHERE key = ?", key[:])
			return err
		}
		_, err = tx.Exec("INSERT INTO limits (key, count, until, blocked) VALUES (?, ?, ?, ?)"+
			" ON CONFLICT (key) DO UPDATE SET count = excluded.count, until = excluded.until, blocked = excluded.blocked",
			key[:], state.Count, state.Until, state.Blocked)
		return err
	})
}

// Sweep implements limit.Store.
func (s *LimitStore) Sweep(ctx context.Context, now time.Time, limit int) (n int, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n, err = tx.Exec(sweepStates, now, limit)
		return err
	})
	return n, err
}

func queryState(tx *sqlitedb.Tx, key limit.Key) (state limit.State, err error) {
	err = tx.Query(stateByKey, []any{key[:]}, func(r sqlitedb.Row) error {
		state = limit.State{Count: int(r.Int(0)), Until: r.Time(1), Blocked: r.Time(2)}
		return nil
	})
	return state, err
}
