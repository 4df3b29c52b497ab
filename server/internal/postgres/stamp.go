package postgres

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// A stamp is a time in a column of type timestamptz: UTC in microseconds, the
// zero time as NULL.
type stamp time.Time

// TimestamptzValue is how the driver writes a stamp.
func (s stamp) TimestamptzValue() (pgtype.Timestamptz, error) {
	t := time.Time(s)
	if t.IsZero() {
		return pgtype.Timestamptz{}, nil
	}
	return pgtype.Timestamptz{Time: t.UTC().Truncate(time.Microsecond), Valid: true}, nil
}

// ScanTimestamptz is how the driver reads one.
func (s *stamp) ScanTimestamptz(v pgtype.Timestamptz) error {
	*s = stamp{}
	if v.Valid && v.InfinityModifier == pgtype.Finite {
		*s = stamp(v.Time.UTC())
	}
	return nil
}

// An expiry is a stamp whose zero time is 'infinity'.
type expiry time.Time

// TimestamptzValue is how the driver writes an expiry.
func (e expiry) TimestamptzValue() (pgtype.Timestamptz, error) {
	if time.Time(e).IsZero() {
		return pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}, nil
	}
	return stamp(e).TimestamptzValue()
}

// A ref is a UUID in a column that may be NULL, which is uuid.Nil.
type ref uuid.UUID

// UUIDValue is how the driver writes a ref.
func (r ref) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: r, Valid: r != ref(uuid.Nil)}, nil
}

// ScanUUID is how the driver reads one.
func (r *ref) ScanUUID(v pgtype.UUID) error {
	*r = ref(v.Bytes)
	return nil
}

// refs returns the ids as the driver writes an array of them.
func refs(ids []uuid.UUID) [][16]byte {
	list := make([][16]byte, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	return list
}

// storable reports whether a text can be in a column at all. What can't is in
// none, and must not be asked for: the server would answer with an error.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
