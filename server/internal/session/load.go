package session

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Load returns the session of the request's cookie and notes that it was seen.
// When less than a minute of the access token is left it is refreshed first.
//
// ErrNone: the visitor is a guest. ErrUnavailable, and ErrStale which wraps it:
// nothing is known, or nothing fresh enough; answer 503 and leave the cookie.
func (m *Manager) Load(ctx context.Context, r *http.Request) (Session, error) {
	key, ok := m.session.key(r)
	if !ok {
		return Session{}, ErrNone
	}
	now := m.now()
	e, err := m.known(ctx, key, now)
	if err != nil {
		return Session{}, err
	}
	if e.left(now) >= refreshBefore || now.Before(e.row.Retry) {
		return m.serve(e, now, nil)
	}
	renewed, err := m.renew(ctx, e)
	if errors.Is(err, ErrNone) {
		return Session{}, ErrNone
	}
	if renewed != nil {
		e = renewed
	}
	return m.serve(e, m.now(), err)
}

// serve answers with the entry as long as its claims may serve at now. The cause
// is why they could not be refreshed.
func (m *Manager) serve(e *entry, now time.Time, cause error) (Session, error) {
	left := e.left(now)
	if left < -StaleFor {
		return Session{}, errors.Join(ErrStale, cause)
	}
	s := current(e)
	s.Stale = left <= 0
	return s, nil
}

// known returns the entry from memory, or reads it and notes that it was seen.
func (m *Manager) known(ctx context.Context, key Key, now time.Time) (*entry, error) {
	if e := m.cache.get(key, now); e != nil && !m.dead(e.row, now) {
		return e, nil
	}
	mark := m.cache.mark(key)
	e, err := m.read(ctx, key)
	if err != nil {
		return nil, err
	}
	touch := now.Sub(e.row.Seen) >= seenEvery
	if touch {
		e.row.Seen = now
	}
	m.cache.put(e, mark) // first, so that others do not write the same
	if touch {
		m.touch(ctx, key, now)
	}
	return e, nil
}

// touch writes that the session was seen. A reader need not suffer when that
// cannot be written: the next one tries again.
func (m *Manager) touch(ctx context.Context, key Key, now time.Time) {
	if err := m.store.Touch(ctx, key, now, now.Add(-seenEvery)); err != nil {
		m.cache.drop(key)
		m.log.WarnContext(ctx, "session last seen not written", "error", err)
	}
}

// read asks the store, not the cache, and opens the row.
func (m *Manager) read(ctx context.Context, key Key) (*entry, error) {
	row, err := m.store.Row(ctx, key)
	if errors.Is(err, ErrNone) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, unavailable("read session", err)
	}
	now := m.now()
	if m.dead(row, now) {
		return nil, ErrNone
	}
	e, err := m.keys.openRow(row, now)
	if err != nil {
		// The row stays until it expires: this server may lack a key that
		// others have.
		m.log.WarnContext(ctx, "session row does not open", "session", row.ID, "error", err)
		return nil, ErrNone
	}
	return e, nil
}

// dead reports whether a lifetime is over.
func (m *Manager) dead(r Row, now time.Time) bool {
	return !now.Before(r.Expires) || now.Sub(r.Seen) >= m.idle
}
