package sqlite

import (
	"context"
	"fmt"
	"time"

	"porchlight/server/internal/sqlitedb"
	"porchlight/server/internal/token"
)

// DenialStore is the token.DenyStore of one SQLite file. Servers on one file
// see each other's changes at once.
type DenialStore struct{ db *sqlitedb.DB }

var _ token.DenyStore = (*DenialStore)(nil)

// Denials returns the deny list.
func (s *Store) Denials() *DenialStore { return &DenialStore{db: s.db} }

// Deny implements token.DenyStore.
func (s *DenialStore) Deny(ctx context.Context, originJTI string, until time.Time) error {
	if err := token.CheckDenyKey(originJTI); err != nil {
		return err
	}
	const query = `INSERT INTO denied_origin (origin_jti, until) VALUES (?, ?)
		ON CONFLICT (origin_jti) DO UPDATE SET until = max(until, excluded.until)`
	return s.write(ctx, "deny sign-in", query, originJTI, until)
}

// RevokeBefore implements token.DenyStore.
func (s *DenialStore) RevokeBefore(ctx context.Context, sub string, before, until time.Time) error {
	if err := token.CheckDenyKey(sub); err != nil {
		return err
	}
	const query = `INSERT INTO revoked_sub (sub, cutoff, until) VALUES (?, ?, ?)
		ON CONFLICT (sub) DO UPDATE SET cutoff = max(cutoff, excluded.cutoff), until = max(until, excluded.until)`
	return s.write(ctx, "revoke sign-ins", query, sub, before, until)
}

func (s *DenialStore) write(ctx context.Context, what, query string, args ...any) error {
	err := s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

const queryDenied = `SELECT EXISTS (SELECT 1 FROM denied_origin WHERE origin_jti = ?)
	OR EXISTS (SELECT 1 FROM revoked_sub WHERE sub = ? AND cutoff >= ?)`

// Denied implements token.DenyStore. It is one read by two primary keys.
func (s *DenialStore) Denied(ctx context.Context, sub, originJTI string, authTime time.Time) (bool, error) {
	second := authTime.Unix() * 1e6
	var denied bool
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query(queryDenied, []any{originJTI, sub, second}, func(r sqlitedb.Row) error {
			denied = r.Bool(0)
			return nil
		})
	})
	if err != nil {
		return false, fmt.Errorf("read deny list: %w", err)
	}
	return denied, nil
}

const (
	querySweepOrigins = `DELETE FROM denied_origin WHERE origin_jti IN
		(SELECT origin_jti FROM denied_origin WHERE until <= ? ORDER BY until LIMIT ?)`
	querySweepSubs = `DELETE FROM revoked_sub WHERE sub IN
		(SELECT sub FROM revoked_sub WHERE until <= ? ORDER BY until LIMIT ?)`
)

// Sweep implements token.DenyStore.
func (s *DenialStore) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	var n, m int
	err := s.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		if n, err = tx.Exec(querySweepOrigins, now, limit); err == nil {
			m, err = tx.Exec(querySweepSubs, now, limit-n)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep deny list: %w", err)
	}
	return n + m, nil
}
