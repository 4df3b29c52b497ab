package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/token"
)

// DenialStore is the token.DenyStore of one database. Servers on it see each
// other's changes at once.
type DenialStore struct{ db *db }

var _ token.DenyStore = (*DenialStore)(nil)

// Denials returns the deny list.
func (s *Store) Denials() *DenialStore { return &DenialStore{s.db} }

// Deny implements token.DenyStore.
func (s *DenialStore) Deny(ctx context.Context, originJTI string, until time.Time) error {
	if err := token.CheckDenyKey(originJTI); err != nil {
		return err
	}
	const query = `INSERT INTO denied_origin AS d (origin_jti, until) VALUES ($1, $2)
		ON CONFLICT (origin_jti) DO UPDATE SET until = greatest(d.until, excluded.until)`
	_, err := s.db.exec(ctx, "deny sign-in", again, query, []byte(originJTI), stamp(until))
	return err
}

// RevokeBefore implements token.DenyStore.
func (s *DenialStore) RevokeBefore(ctx context.Context, sub string, before, until time.Time) error {
	if err := token.CheckDenyKey(sub); err != nil {
		return err
	}
	const query = `INSERT INTO revoked_sub AS r (sub, cutoff, until) VALUES ($1, $2, $3)
		ON CONFLICT (sub) DO UPDATE SET cutoff = greatest(r.cutoff, excluded.cutoff), until = greatest(r.until, excluded.until)`
	_, err := s.db.exec(ctx, "revoke sign-ins", again, query, []byte(sub), stamp(before), stamp(until))
	return err
}

// denied is one read by two primary keys.
const denied = `SELECT EXISTS (SELECT FROM denied_origin WHERE origin_jti = $1)
	OR EXISTS (SELECT FROM revoked_sub WHERE sub = $2 AND cutoff >= $3::timestamptz)`

// Denied implements token.DenyStore.
func (s *DenialStore) Denied(ctx context.Context, sub, originJTI string, authTime time.Time) (bool, error) {
	second := time.Unix(authTime.Unix(), 0) // the zero time too is a time here
	rows, err := collect(ctx, s.db, "read deny list", again, pgx.RowTo[bool], denied, []byte(originJTI), []byte(sub), second)
	if err != nil {
		return false, err
	}
	return rows[0], nil
}

// sweepDenials forgets at most $2 entries of both kinds together.
const sweepDenials = `WITH origins AS (
		DELETE FROM denied_origin WHERE origin_jti = ANY (ARRAY(
			SELECT origin_jti FROM denied_origin WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED))
		RETURNING 1
	), subs AS (
		DELETE FROM revoked_sub WHERE sub = ANY (ARRAY(
			SELECT sub FROM revoked_sub WHERE until <= $1 ORDER BY until
			LIMIT $2 - (SELECT count(*) FROM origins) FOR UPDATE SKIP LOCKED))
		RETURNING 1
	)
	SELECT (SELECT count(*) FROM origins) + (SELECT count(*) FROM subs)`

// Sweep implements token.DenyStore.
func (s *DenialStore) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	rows, err := collect(ctx, s.db, "sweep deny list", again, pgx.RowTo[int], sweepDenials, stamp(now), limit)
	if err != nil {
		return 0, err
	}
	return rows[0], nil
}
