package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// maxPendingBytes bounds the fields of a Pending together.
const maxPendingBytes = 4 << 10

// Pending is a sign-up or a sign-in that waits for a confirmation code: what it
// takes to sign in when the code was right.
type Pending struct {
	Email    string // any case
	Password string // verbatim
	Next     string // where to go then; the caller has checked it
}

// sealedPending keeps the password's bytes as they are, UTF-8 or not.
type sealedPending struct {
	Email    string `json:"email"`
	Password []byte `json:"password"`
	Next     string `json:"next"`
}

// Hold keeps p, sealed, for an hour and gives the browser a cookie for that
// single purpose. The row is bound to the cookie and to the e-mail. Errors:
// ErrTooLarge, ErrUnavailable.
func (m *Manager) Hold(ctx context.Context, w http.ResponseWriter, p Pending) error {
	if len(p.Email)+len(p.Password)+len(p.Next) > maxPendingBytes {
		return fmt.Errorf("hold sign-in: %w", ErrTooLarge)
	}
	value, key := newValue()
	sealed, err := m.keys.sealJSON(pendingPlace(key, p.Email), sealedPending{p.Email, []byte(p.Password), p.Next})
	if err != nil {
		return fmt.Errorf("hold sign-in: %w", err)
	}
	row := PendingRow{Key: key, Sealed: sealed, Expires: m.now().Add(PendingLife)}
	if err := m.store.Hold(ctx, row); err != nil {
		return unavailable("hold sign-in", err)
	}
	m.pending.set(w, value, PendingLife)
	return nil
}

// Held returns what the request's cookie holds for the e-mail. ErrNone: nothing,
// no longer, or for another e-mail. It may be asked again: the first code may be
// wrong.
func (m *Manager) Held(ctx context.Context, r *http.Request, email string) (Pending, error) {
	key, ok := m.pending.key(r)
	if !ok {
		return Pending{}, ErrNone
	}
	row, err := m.store.Held(ctx, key)
	if errors.Is(err, ErrNone) {
		return Pending{}, ErrNone
	}
	if err != nil {
		return Pending{}, unavailable("read held sign-in", err)
	}
	var p sealedPending
	if !m.now().Before(row.Expires) || m.keys.openJSON(pendingPlace(key, email), row.Sealed, &p) != nil {
		return Pending{}, ErrNone
	}
	return Pending{p.Email, string(p.Password), p.Next}, nil
}

// Release deletes what the request's cookie holds and expires the cookie. When
// the store does not answer (ErrUnavailable) the row dies within the hour.
func (m *Manager) Release(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	if !m.pending.presented(r) {
		return nil
	}
	m.pending.expire(w)
	key, ok := m.pending.key(r)
	if !ok {
		return nil
	}
	if err := m.store.Release(ctx, key); err != nil {
		return unavailable("release held sign-in", err)
	}
	return nil
}

// pendingPlace binds to the e-mail as the pool does, without regard to case.
func pendingPlace(key Key, email string) place {
	return place{purposePending, key, strings.ToLower(strings.TrimSpace(email))}
}
