package token

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"time"
)

// DenialLag is how long a revocation by another server may go unnoticed here
// for a token that this server has already accepted.
const DenialLag = 5 * time.Second

// MaxDenyKey is the longest origin_jti or sub that a DenyStore takes, in
// bytes. The pool's have 36.
const MaxDenyKey = 255

// ErrDenyKey is returned by Deny and RevokeBefore for an origin_jti or sub
// that is empty or longer than MaxDenyKey. It is a mistake of the caller's: a
// pool with revocation switched off issues no origin_jti.
var ErrDenyKey = errors.New("deny list key empty or too long")

// CheckDenyKey returns ErrDenyKey or nil; for implementations of DenyStore.
func CheckDenyKey(key string) error {
	if key == "" || len(key) > MaxDenyKey {
		return ErrDenyKey
	}
	return nil
}

// DenyStore keeps what was signed out while its tokens live on. All servers
// share it. It is safe for concurrent use; what a call has stored counts for
// every Denied that starts after the call has returned.
// tokentest.TestDenyStore is its contract.
type DenyStore interface {
	// Deny refuses from now on the tokens of one sign-in, which share an
	// origin_jti. It may be forgotten at until; a repeat keeps the later one.
	// Errors: ErrDenyKey, or the store's own.
	Deny(ctx context.Context, originJTI string, until time.Time) error

	// RevokeBefore refuses from now on all tokens of a person who signed in
	// before that moment. It may be forgotten at until; a repeat keeps the
	// later of each. Errors: ErrDenyKey, or the store's own.
	RevokeBefore(ctx context.Context, sub string, before, until time.Time) error

	// Denied reports whether a token is refused by either. auth_time has whole
	// seconds, so a sign-in within the second of before may have been on either
	// side of it: it is refused. An empty or overlong sub or originJTI matches
	// nothing.
	Denied(ctx context.Context, sub, originJTI string, authTime time.Time) (bool, error)

	// Sweep forgets up to limit entries whose until has come at now, and returns
	// how many; fewer than limit means that none are left. What was not swept
	// goes on being refused.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
}

// denials stands between the hot path and a DenyStore. A token that the store
// did not refuse is not asked about again for DenialLag, unless this process
// changed something since that may concern it: Deny and RevokeBefore leave a
// mark in the slot that the key hashes to, and an answer that was asked for
// before the mark is void. So memory does not grow with sign-outs, the hot path
// reads three numbers, and a sign-out costs another read of one token in 1024.
type denials struct {
	store DenyStore
	start time.Time
	seed  maphash.Seed
	marks [1024]atomic.Int64 // nanoseconds since start
}

// noSlot is no index of marks: there is nothing to be denied by.
const noSlot = ^uint16(0)

func newDenials(store DenyStore) *denials {
	return &denials{store: store, start: time.Now(), seed: maphash.MakeSeed()}
}

// elapsed is real time, which never goes back, in nanoseconds; above 0.
func (d *denials) elapsed() int64 { return int64(time.Since(d.start)) + 1 }

func (d *denials) slot(key string) uint16 {
	return uint16(maphash.String(d.seed, key) % uint64(len(d.marks)))
}

func (d *denials) mark(key string) { d.marks[d.slot(key)].Store(d.elapsed()) }

// place notes in a new entry which marks concern it.
func (d *denials) place(e *entry) {
	e.origin, e.subject = noSlot, noSlot
	if d == nil {
		return
	}
	e.subject = d.slot(e.claims.Subject)
	if e.claims.OriginID != "" {
		e.origin = d.slot(e.claims.OriginID)
	}
}

// check refuses what was signed out, asking the store if there is no fresh
// answer. The time is taken before the store is asked, and a mark is set after
// it was changed: an answer that missed the change is never newer than the mark.
func (d *denials) check(ctx context.Context, e *entry) error {
	if d == nil {
		return nil
	}
	now, asked := d.elapsed(), e.asked.Load()
	if asked > 0 && now-asked < int64(DenialLag) && asked > d.marked(e.subject) && asked > d.marked(e.origin) {
		return nil
	}
	if err := d.ask(ctx, e.claims.Subject, e.claims.OriginID, e.claims.AuthTime); err != nil {
		return err
	}
	e.asked.Store(now)
	return nil
}

func (d *denials) marked(slot uint16) int64 {
	if slot == noSlot {
		return 0
	}
	return d.marks[slot].Load()
}

// ask reads the store.
func (d *denials) ask(ctx context.Context, sub, origin string, authTime int64) error {
	if d == nil {
		return nil
	}
	denied, err := d.store.Denied(ctx, sub, origin, time.Unix(authTime, 0).UTC())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDenialsUnavailable, err)
	}
	if denied {
		return ErrRevoked
	}
	return nil
}
