package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/session"
)

// SessionStore keeps sessions and held sign-ins. It passes
// sessiontest.TestStore.
type SessionStore struct {
	db *db
}

var _ session.Store = (*SessionStore)(nil)

// Sessions returns the store of sessions.
func (s *Store) Sessions() *SessionStore { return &SessionStore{s.db} }

const (
	sessionColumns = `key, id, sub, tokens, display, device, created, seen, authenticated, expires, lease, retry, version`
	// sessionOrder is that of List: the one seen last first.
	sessionOrder = ` ORDER BY seen DESC, id`
)

func scanSession(r pgx.CollectableRow) (row session.Row, err error) {
	var key []byte
	err = r.Scan(&key, &row.ID, &row.Sub, &row.Tokens, &row.Display, &row.Device,
		(*stamp)(&row.Created), (*stamp)(&row.Seen), (*stamp)(&row.Authenticated), (*stamp)(&row.Expires),
		(*stamp)(&row.Lease), (*stamp)(&row.Retry), &row.Version)
	copy(row.Key[:], key)
	return row, err
}

func sessionArgs(r session.Row) []any {
	return []any{
		r.Key[:], r.ID, r.Sub, r.Tokens, r.Display, r.Device,
		stamp(r.Created), stamp(r.Seen), stamp(r.Authenticated), stamp(r.Expires),
		stamp(r.Lease), stamp(r.Retry), r.Version,
	}
}

const (
	insertSession = `INSERT INTO session (` + sessionColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	trimSessions = `DELETE FROM session WHERE key = ANY (ARRAY(
		SELECT key FROM session WHERE sub = $1 AND key <> $2` + sessionOrder + ` OFFSET $3))`
)

// Create implements session.Store. The lock keeps two sign-ins of one person
// from overlooking each other's row. A second try that finds the row of the
// first fails, as the first would have.
func (s *SessionStore) Create(ctx context.Context, r session.Row, keep int) error {
	return s.db.batch(ctx, "create session", again, func(b *pgx.Batch) {
		lock(b, classSession, r.Sub)
		b.Queue(insertSession, sessionArgs(r)...)
		b.Queue(trimSessions, r.Sub, r.Key[:], keep-1)
	})
}

const sessionByKey = `SELECT ` + sessionColumns + ` FROM session WHERE key = $1`

// Row implements session.Store.
func (s *SessionStore) Row(ctx context.Context, key session.Key) (session.Row, error) {
	rows, err := collect(ctx, s.db, "read session", again, scanSession, sessionByKey, key[:])
	return only(rows, err)
}

const sessionsOfSub = `SELECT ` + sessionColumns + ` FROM session WHERE sub = $1` + sessionOrder + ` LIMIT $2`

// List implements session.Store.
func (s *SessionStore) List(ctx context.Context, sub string, limit int) ([]session.Row, error) {
	return collect(ctx, s.db, "list sessions", again, scanSession, sessionsOfSub, sub, limit)
}

// Touch implements session.Store.
func (s *SessionStore) Touch(ctx context.Context, key session.Key, seen, after time.Time) error {
	_, err := s.db.exec(ctx, "touch session", again,
		`UPDATE session SET seen = $1 WHERE key = $2 AND seen <= $3`, stamp(seen), key[:], stamp(after))
	return err
}

// SetDisplay implements session.Store.
func (s *SessionStore) SetDisplay(ctx context.Context, key session.Key, display []byte) error {
	_, err := s.db.exec(ctx, "set display of session", again,
		`UPDATE session SET display = $1 WHERE key = $2`, display, key[:])
	return err
}

// Lease implements session.Store.
func (s *SessionStore) Lease(ctx context.Context, key session.Key, version int64, now, until time.Time) (bool, error) {
	const query = `UPDATE session SET lease = $1 WHERE key = $2 AND version = $3
		AND (lease IS NULL OR lease <= $4) AND (retry IS NULL OR retry <= $4)`
	n, err := s.db.exec(ctx, "lease session", once, query, stamp(until), key[:], version, stamp(now))
	return n > 0, err
}

// Settle implements session.Store.
func (s *SessionStore) Settle(ctx context.Context, key session.Key, version int64, v session.Settlement) (bool, error) {
	const query = `UPDATE session SET lease = NULL, retry = $1, tokens = coalesce($2::bytea, tokens),
		version = version + ($2::bytea IS NOT NULL)::int WHERE key = $3 AND version = $4`
	n, err := s.db.exec(ctx, "settle session", once, query, stamp(v.Retry), v.Tokens, key[:], version)
	return n > 0, err
}

// Replace implements session.Store. One statement is both or neither.
func (s *SessionStore) Replace(ctx context.Context, old session.Key, version int64, now time.Time, r session.Row) (bool, error) {
	const query = `WITH gone AS (
			DELETE FROM session WHERE key = $14 AND version = $15 AND (lease IS NULL OR lease <= $16) RETURNING 1
		)
		INSERT INTO session (` + sessionColumns + `)
		SELECT $1::bytea, $2, $3, $4::bytea, $5::bytea, $6, $7::timestamptz, $8::timestamptz, $9::timestamptz,
			$10::timestamptz, $11::timestamptz, $12::timestamptz, $13::bigint FROM gone`
	n, err := s.db.exec(ctx, "replace session", once, query, append(sessionArgs(r), old[:], version, stamp(now))...)
	return n > 0, err
}

// Delete implements session.Store.
func (s *SessionStore) Delete(ctx context.Context, key session.Key, version int64) (session.Row, error) {
	rows, err := collect(ctx, s.db, "delete session", once, scanSession,
		`DELETE FROM session WHERE key = $1 AND ($2::bigint = 0 OR version = $2) RETURNING `+sessionColumns, key[:], version)
	return only(rows, err)
}

// The two deletions of DeleteOf. The order is that of what they return.
const (
	deleteOneOf = `WITH gone AS (DELETE FROM session WHERE sub = $1 AND id = $2 RETURNING *)
		SELECT ` + sessionColumns + ` FROM gone`
	deleteAllOf = `WITH gone AS (DELETE FROM session WHERE sub = $1 RETURNING *)
		SELECT ` + sessionColumns + ` FROM gone` + sessionOrder
)

// DeleteOf implements session.Store.
func (s *SessionStore) DeleteOf(ctx context.Context, sub, id string) (rows []session.Row, err error) {
	query, args := deleteAllOf, []any{sub}
	if id != "" {
		query, args = deleteOneOf, []any{sub, id}
	}
	err = s.db.batch(ctx, "delete sessions", once, func(b *pgx.Batch) {
		lock(b, classSession, sub)
		b.Queue(query, args...).Query(func(r pgx.Rows) (err error) {
			rows, err = pgx.CollectRows(r, scanSession)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Hold implements session.Store.
func (s *SessionStore) Hold(ctx context.Context, p session.PendingRow) error {
	_, err := s.db.exec(ctx, "hold sign-in", again,
		`INSERT INTO session_pending (key, sealed, expires) VALUES ($1, $2, $3)`, p.Key[:], p.Sealed, stamp(p.Expires))
	return err
}

// Held implements session.Store.
func (s *SessionStore) Held(ctx context.Context, key session.Key) (session.PendingRow, error) {
	scan := func(r pgx.CollectableRow) (session.PendingRow, error) {
		p := session.PendingRow{Key: key}
		err := r.Scan(&p.Sealed, (*stamp)(&p.Expires))
		return p, err
	}
	rows, err := collect(ctx, s.db, "read held sign-in", again, scan,
		`SELECT sealed, expires FROM session_pending WHERE key = $1`, key[:])
	return only(rows, err)
}

// Release implements session.Store.
func (s *SessionStore) Release(ctx context.Context, key session.Key) error {
	_, err := s.db.exec(ctx, "release held sign-in", again, `DELETE FROM session_pending WHERE key = $1`, key[:])
	return err
}

// The slices of Sweep. A row that somebody is changing waits for the next one.
const (
	sweepSessions = `DELETE FROM session WHERE key = ANY (ARRAY(
		SELECT key FROM session WHERE expires <= $1 OR seen <= $2 LIMIT $3 FOR UPDATE SKIP LOCKED))`
	sweepPending = `DELETE FROM session_pending WHERE key = ANY (ARRAY(
		SELECT key FROM session_pending WHERE expires <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED))`
)

// Sweep implements session.Store.
func (s *SessionStore) Sweep(ctx context.Context, now, seenBefore time.Time, limit int) (swept int, err error) {
	n, err := s.db.exec(ctx, "sweep sessions", again, sweepSessions, stamp(now), stamp(seenBefore), limit)
	if err != nil {
		return 0, err
	}
	m, err := s.db.exec(ctx, "sweep held sign-ins", again, sweepPending, stamp(now), limit)
	if err != nil {
		return 0, err
	}
	return n + m, nil
}

// only returns the one row there can be, or session.ErrNone.
func only[T any](rows []T, err error) (row T, _ error) {
	if err != nil {
		return row, err
	}
	if len(rows) == 0 {
		return row, session.ErrNone
	}
	return rows[0], nil
}
