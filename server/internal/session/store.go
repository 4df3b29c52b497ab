package session

import (
	"context"
	"time"
)

// Key is SHA-256 of a cookie's value. The store knows nothing that leads back
// to the cookie.
type Key [32]byte

// AnyVersion is for Store.Delete: whatever the version is.
const AnyVersion = 0

// Row is a session as it is stored. Times are UTC in microseconds; the zero
// time is stored as none.
type Row struct {
	Key           Key
	ID            string // public, unique
	Sub           string
	Tokens        []byte // sealed
	Display       []byte // sealed
	Device        string
	Created       time.Time
	Seen          time.Time
	Authenticated time.Time
	Expires       time.Time
	// Lease is until when one server alone may refresh the tokens.
	Lease time.Time
	// Retry is before when no server may try to refresh again.
	Retry time.Time
	// Version counts the changes of Tokens. Create and Replace take it as given;
	// it is above AnyVersion.
	Version int64
}

// Settlement ends a lease.
type Settlement struct {
	Tokens []byte    // nil: as they were, and the version too; otherwise Version goes up by one
	Retry  time.Time // the new Row.Retry
}

// PendingRow is what Hold keeps, as it is stored.
type PendingRow struct {
	Key     Key
	Sealed  []byte
	Expires time.Time
}

// Store keeps rows. sessiontest.TestStore is its contract; every method is
// atomic, safe for concurrent use, and done on disk when it returns. What is
// not there is ErrNone unless the method says otherwise. A store gives rows
// back whatever their times say; the Manager judges them.
type Store interface {
	// Create stores a new row and deletes others of the same sub, those seen
	// longest ago first, so that at most keep are left. A Key or ID that is there
	// already is an error and changes nothing.
	Create(ctx context.Context, r Row, keep int) error
	// Row returns the row of the key.
	Row(ctx context.Context, key Key) (Row, error)
	// List returns at most limit rows of the sub, the one seen last first,
	// those seen at the same time by ID.
	List(ctx context.Context, sub string, limit int) ([]Row, error)
	// Touch sets Seen to seen, unless the row was seen after the time after. That,
	// and a row that is gone, is no error.
	Touch(ctx context.Context, key Key, seen, after time.Time) error
	// SetDisplay replaces Display. A row that is gone is no error.
	SetDisplay(ctx context.Context, key Key, display []byte) error
	// Lease sets Lease to until and reports true, if the row has this version
	// and neither its Lease nor its Retry is after now. Otherwise, and when the
	// row is gone, it reports false.
	Lease(ctx context.Context, key Key, version int64, now, until time.Time) (bool, error)
	// Settle clears Lease and stores s, if the row has this version; it reports
	// whether it had.
	Settle(ctx context.Context, key Key, version int64, s Settlement) (bool, error)
	// Replace deletes the row of old and stores r, if the old row has this
	// version and its Lease is not after now; it reports whether it did. Both or
	// neither happens.
	Replace(ctx context.Context, old Key, version int64, now time.Time, r Row) (bool, error)
	// Delete deletes the row if it has this version (AnyVersion: in any case)
	// and returns what it was.
	Delete(ctx context.Context, key Key, version int64) (Row, error)
	// DeleteOf deletes the sub's session with the public ID, or all of the sub's
	// when id is empty, and returns what they were, in List's order. None is no
	// error.
	DeleteOf(ctx context.Context, sub, id string) ([]Row, error)

	// Hold stores a pending row. A Key that is there already is an error.
	Hold(ctx context.Context, p PendingRow) error
	// Held returns the pending row of the key.
	Held(ctx context.Context, key Key) (PendingRow, error)
	// Release deletes a pending row. One that is gone is no error.
	Release(ctx context.Context, key Key) error

	// Sweep deletes at most limit sessions that expire at now or before or were
	// seen at seenBefore or before, and at most limit pending rows that expire
	// at now or before. It returns how many rows went.
	Sweep(ctx context.Context, now, seenBefore time.Time, limit int) (int, error)
}
