package session

import (
	"context"
	"errors"
	"net/http"
)

// End signs the request's session out: its row is deleted and the browser's
// cookie expires. It answers what the session was, so that its tokens can be
// revoked. ErrNone: there was none; the cookie is expired all the same.
// ErrUnavailable: the row may still be there, so the cookie stays and the
// person can try again.
func (m *Manager) End(ctx context.Context, w http.ResponseWriter, r *http.Request) (Session, error) {
	key, ok := m.session.key(r)
	if !ok {
		m.session.expire(w)
		return Session{}, ErrNone
	}
	row, err := m.store.Delete(ctx, key, AnyVersion)
	m.cache.drop(key)
	if err != nil && !errors.Is(err, ErrNone) {
		return Session{}, unavailable("end session", err)
	}
	m.session.expire(w)
	if err != nil {
		return Session{}, ErrNone
	}
	s := m.ended(ctx, row)
	s.Current = true
	return s, nil
}

// EndOne signs out the sub's session with the public ID. ErrNone: the sub has
// no such session, whether or not somebody else has.
func (m *Manager) EndOne(ctx context.Context, sub, id string) (Session, error) {
	if id == "" {
		return Session{}, ErrNone
	}
	all, err := m.endOf(ctx, sub, id)
	if err != nil {
		return Session{}, err
	}
	if len(all) == 0 {
		return Session{}, ErrNone
	}
	return all[0], nil
}

// EndAll signs the sub out everywhere and answers what the sessions were, so
// that their tokens can be revoked. None is no error.
func (m *Manager) EndAll(ctx context.Context, sub string) ([]Session, error) {
	return m.endOf(ctx, sub, "")
}

func (m *Manager) endOf(ctx context.Context, sub, id string) ([]Session, error) {
	rows, err := m.store.DeleteOf(ctx, sub, id)
	if err != nil {
		return nil, unavailable("end sessions", err)
	}
	ended := make([]Session, 0, len(rows))
	for _, row := range rows {
		m.cache.drop(row.Key)
		ended = append(ended, m.ended(ctx, row))
	}
	return ended, nil
}

// ended is what a deleted row was, without tokens if it does not open.
func (m *Manager) ended(ctx context.Context, row Row) Session {
	e, err := m.keys.openRow(row, m.now())
	if err != nil {
		m.log.WarnContext(ctx, "ended session does not open", "session", row.ID, "error", err)
		return publicPart(row)
	}
	return e.session()
}

// List returns the sub's sessions, the one seen last first, without their
// tokens and with no more of Access and Display than the sub. At most 100.
func (m *Manager) List(ctx context.Context, sub string) ([]Session, error) {
	rows, err := m.store.List(ctx, sub, maxPerSub)
	if err != nil {
		return nil, unavailable("list sessions", err)
	}
	now := m.now()
	all := make([]Session, 0, len(rows))
	for _, row := range rows {
		if !m.dead(row, now) {
			all = append(all, publicPart(row))
		}
	}
	return all, nil
}
