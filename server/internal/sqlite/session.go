package sqlite

import (
	"context"
	"fmt"
	"time"

	"porchlight/server/internal/session"
	"porchlight/server/internal/sqlitedb"
)

// SessionStore keeps sessions and held sign-ins. It passes
// sessiontest.TestStore.
type SessionStore struct {
	db *sqlitedb.DB
}

var _ session.Store = (*SessionStore)(nil)

// Sessions returns the store of sessions.
func (s *Store) Sessions() *SessionStore { return &SessionStore{s.db} }

const (
	sessionColumns = `key, id, sub, tokens, display, device, created, seen, authenticated, expires, lease, retry, version`
	// sessionOrder is that of List: the one seen last first.
	sessionOrder = ` ORDER BY seen DESC, id`
)

func scanSession(r sqlitedb.Row) session.Row {
	row := session.Row{
		ID: r.Text(1), Sub: r.Text(2),
		Tokens: r.Blob(3), Display: r.Blob(4), Device: r.Text(5),
		Created: r.Time(6), Seen: r.Time(7), Authenticated: r.Time(8), Expires: r.Time(9),
		Lease: r.Time(10), Retry: r.Time(11), Version: r.Int(12),
	}
	copy(row.Key[:], r.Blob(0))
	return row
}

// sessionRows runs a query whose columns are sessionColumns.
func sessionRows(tx *sqlitedb.Tx, query string, args ...any) ([]session.Row, error) {
	var rows []session.Row
	err := tx.Query(query, args, func(r sqlitedb.Row) error {
		rows = append(rows, scanSession(r))
		return nil
	})
	return rows, err
}

func insertSession(tx *sqlitedb.Tx, r session.Row) error {
	_, err := tx.Exec(`INSERT INTO session (`+sessionColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		r.Key[:], r.ID, r.Sub, r.Tokens, r.Display, r.Device,
		r.Created, r.Seen, r.Authenticated, r.Expires, r.Lease, r.Retry, r.Version)
	return err
}

// Create implements session.Store.
func (s *SessionStore) Create(ctx context.Context, r session.Row, keep int) error {
	return s.write(ctx, "create session", func(tx *sqlitedb.Tx) error {
		if err := insertSession(tx, r); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM session WHERE key IN (
			SELECT key FROM session WHERE sub = ?1 AND key <> ?2`+sessionOrder+` LIMIT -1 OFFSET ?3)`,
			r.Sub, r.Key[:], keep-1)
		return err
	})
}

// Row implements session.Store.
func (s *SessionStore) Row(ctx context.Context, key session.Key) (session.Row, error) {
	rows, err := s.query(ctx, `SELECT `+sessionColumns+` FROM session WHERE key = ?`, key[:])
	if err != nil {
		return session.Row{}, fmt.Errorf("read session: %w", err)
	}
	return only(rows)
}

// List implements session.Store.
func (s *SessionStore) List(ctx context.Context, sub string, limit int) ([]session.Row, error) {
	rows, err := s.query(ctx,
		`SELECT `+sessionColumns+` FROM session WHERE sub = ?`+sessionOrder+` LIMIT ?`, sub, limit)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return rows, nil
}

// Touch implements session.Store.
func (s *SessionStore) Touch(ctx context.Context, key session.Key, seen, after time.Time) error {
	_, err := s.exec(ctx, "touch session",
		`UPDATE session SET seen = ?1 WHERE key = ?2 AND seen <= ?3`, seen, key[:], after)
	return err
}

// SetDisplay implements session.Store.
func (s *SessionStore) SetDisplay(ctx context.Context, key session.Key, display []byte) error {
	_, err := s.exec(ctx, "set display of session",
		`UPDATE session SET display = ?1 WHERE key = ?2`, display, key[:])
	return err
}

// Lease implements session.Store.
func (s *SessionStore) Lease(ctx context.Context, key session.Key, version int64, now, until time.Time) (bool, error) {
	n, err := s.exec(ctx, "lease session", `UPDATE session SET lease = ?1
		WHERE key = ?2 AND version = ?3 AND coalesce(lease, 0) <= ?4 AND coalesce(retry, 0) <= ?4`,
		until, key[:], version, now)
	return n > 0, err
}

// Settle implements session.Store.
func (s *SessionStore) Settle(ctx context.Context, key session.Key, version int64, v session.Settlement) (bool, error) {
	n, err := s.exec(ctx, "settle session", `UPDATE session
		SET lease = NULL, retry = ?1, tokens = coalesce(?2, tokens), version = version + (?2 IS NOT NULL)
		WHERE key = ?3 AND version = ?4`,
		v.Retry, v.Tokens, key[:], version)
	return n > 0, err
}

// Replace implements session.Store.
func (s *SessionStore) Replace(ctx context.Context, old session.Key, version int64, now time.Time, r session.Row) (bool, error) {
	var replaced bool
	err := s.write(ctx, "replace session", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`DELETE FROM session WHERE key = ?1 AND version = ?2 AND coalesce(lease, 0) <= ?3`,
			old[:], version, now)
		if err != nil || n == 0 {
			return err
		}
		replaced = true
		return insertSession(tx, r)
	})
	return replaced && err == nil, err
}

// Delete implements session.Store.
func (s *SessionStore) Delete(ctx context.Context, key session.Key, version int64) (session.Row, error) {
	rows, err := s.take(ctx, `DELETE FROM session WHERE key = ?1 AND (version = ?2 OR ?2 = 0)
		RETURNING `+sessionColumns, key[:], version)
	if err != nil {
		return session.Row{}, err
	}
	return only(rows)
}

// DeleteOf implements session.Store.
func (s *SessionStore) DeleteOf(ctx context.Context, sub, id string) ([]session.Row, error) {
	var rows []session.Row
	err := s.write(ctx, "delete sessions", func(tx *sqlitedb.Tx) (err error) {
		rows, err = sessionRows(tx, `SELECT `+sessionColumns+` FROM session
			WHERE sub = ?1 AND (id = ?2 OR ?2 = '')`+sessionOrder, sub, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM session WHERE sub = ?1 AND (id = ?2 OR ?2 = '')`, sub, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Hold implements session.Store.
func (s *SessionStore) Hold(ctx context.Context, p session.PendingRow) error {
	_, err := s.exec(ctx, "hold sign-in",
		`INSERT INTO session_pending (key, sealed, expires) VALUES (?, ?, ?)`, p.Key[:], p.Sealed, p.Expires)
	return err
}

// Held implements session.Store.
func (s *SessionStore) Held(ctx context.Context, key session.Key) (session.PendingRow, error) {
	p, found := session.PendingRow{Key: key}, false
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query(`SELECT sealed, expires FROM session_pending WHERE key = ?`, []any{key[:]}, func(r sqlitedb.Row) error {
			p.Sealed, p.Expires, found = r.Blob(0), r.Time(1), true
			return nil
		})
	})
	switch {
	case err != nil:
		return session.PendingRow{}, fmt.Errorf("read held sign-in: %w", err)
	case !found:
		return session.PendingRow{}, session.ErrNone
	}
	return p, nil
}

// Release implements session.Store.
func (s *SessionStore) Release(ctx context.Context, key session.Key) error {
	_, err := s.exec(ctx, "release held sign-in", `DELETE FROM session_pending WHERE key = ?`, key[:])
	return err
}

// Sweep implements session.Store.
func (s *SessionStore) Sweep(ctx context.Context, now, seenBefore time.Time, limit int) (int, error) {
	var swept int
	err := s.write(ctx, "sweep sessions", func(tx *sqlitedb.Tx) error {
		sessions, err := tx.Exec(`DELETE FROM session WHERE key IN (
			SELECT key FROM session WHERE expires <= ?1 OR seen <= ?2 LIMIT ?3)`, now, seenBefore, limit)
		if err != nil {
			return err
		}
		pending, err := tx.Exec(`DELETE FROM session_pending WHERE key IN (
			SELECT key FROM session_pending WHERE expires <= ?1 LIMIT ?2)`, now, limit)
		swept = sessions + pending
		return err
	})
	if err != nil {
		return 0, err
	}
	return swept, nil
}

// only returns the one row there can be.
func only(rows []session.Row) (session.Row, error) {
	if len(rows) == 0 {
		return session.Row{}, session.ErrNone
	}
	return rows[0], nil
}

func (s *SessionStore) query(ctx context.Context, query string, args ...any) (rows []session.Row, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		rows, err = sessionRows(tx, query, args...)
		return err
	})
	return rows, err
}

// take runs a DELETE that returns what went.
func (s *SessionStore) take(ctx context.Context, query string, args ...any) (rows []session.Row, err error) {
	err = s.write(ctx, "delete session", func(tx *sqlitedb.Tx) (err error) {
		rows, err = sessionRows(tx, query, args...)
		return err
	})
	return rows, err
}

func (s *SessionStore) exec(ctx context.Context, what, query string, args ...any) (n int, err error) {
	err = s.write(ctx, what, func(tx *sqlitedb.Tx) (err error) {
		n, err = tx.Exec(query, args...)
		return err
	})
	return n, err
}

func (s *SessionStore) write(ctx context.Context, what string, fn func(tx *sqlitedb.Tx) error) error {
	if err := s.db.Write(ctx, fn); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
