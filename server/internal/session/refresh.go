package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	errBusy    = errors.New("another server is refreshing")
	errCooling = errors.New("refreshing failed a moment ago")
	errAborted = errors.New("refresh aborted")
)

// flights lets one request of the process refresh a session for all.
type flights struct {
	mu sync.Mutex
	m  map[Key]*flight
}

// flight is one refresh. Its result may be read when done is closed.
type flight struct {
	done  chan struct{}
	entry *entry
	err   error
}

// join returns the key's flight and whether it is the caller's to fly.
func (f *flights) join(key Key) (*flight, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl := f.m[key]; fl != nil {
		return fl, false
	}
	if f.m == nil {
		f.m = make(map[Key]*flight)
	}
	fl := &flight{done: make(chan struct{}), err: errAborted}
	f.m[key] = fl
	return fl, true
}

// land ends the flight, also when it panicked.
func (f *flights) land(key Key, fl *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.m, key)
	close(fl.done)
}

// renew returns the entry with new tokens, or an entry that will do for now.
// ErrNone: the session is over. With any other error the session stands as it
// was; the entry may be nil.
func (m *Manager) renew(ctx context.Context, e *entry) (*entry, error) {
	fl, first := m.flights.join(e.row.Key)
	if first {
		defer m.flights.land(e.row.Key, fl)
		// The pool may rotate the refresh token: once asked, its answer must be
		// stored, whether or not the client still waits.
		fl.entry, fl.err = m.refresh(context.WithoutCancel(ctx), e.row.Key)
		return fl.entry, fl.err
	}
	if e.left(m.now()) > waitBelow {
		return e, nil
	}
	select {
	case <-fl.done:
		return fl.entry, fl.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// refresh takes the row's lease and exchanges the tokens, or waits for the
// server that has it.
func (m *Manager) refresh(ctx context.Context, key Key) (*entry, error) {
	for wait := newPoll(); ; {
		mark := m.cache.mark(key)
		e, err := m.read(ctx, key)
		if err != nil {
			return nil, err
		}
		now := m.now()
		if e.left(now) >= refreshBefore {
			m.cache.put(e, mark)
			return e, nil
		}
		won, err := m.store.Lease(ctx, key, e.row.Version, now, now.Add(leaseFor))
		if err != nil {
			return e, unavailable("lease session", err)
		}
		switch {
		case won:
			return m.exchange(ctx, e, mark)
		case !now.Before(e.row.Lease) && now.Before(e.row.Retry):
			m.cache.put(e, mark)
			return e, errCooling
		case e.left(now) > waitBelow:
			return e, nil
		}
		if err := wait.pause(ctx); err != nil {
			return e, err
		}
	}
}

// exchange asks the pool, holding the lease, and stores what it says before
// anyone is answered.
func (m *Manager) exchange(ctx context.Context, e *entry, mark mark) (*entry, error) {
	next, cause := m.ask(ctx, e)
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if errors.Is(cause, ErrRefused) {
		return m.refused(ctx, e)
	}
	if cause != nil {
		m.log.WarnContext(ctx, "session not refreshed", "session", e.row.ID, "error", cause)
		cause = fmt.Errorf("refresh session: %w", cause)
	}
	if cause != nil && next.Refresh == e.tokens.Refresh {
		return m.failed(ctx, e, mark, cause)
	}
	renewed := *e
	renewed.tokens, renewed.display.Groups = next, next.Claims.Groups
	row, err := m.keys.sealRow(&renewed)
	if err != nil {
		return m.failed(ctx, e, mark, err)
	}
	renewed.read = m.now()
	renewed.row.Retry, renewed.row.Lease = renewed.read.Add(retryAfter), time.Time{}
	renewed.row.Version++
	stored, err := m.settle(ctx, &renewed, mark, row.Tokens)
	return stored, cmp.Or(err, cause)
}

// ask returns what to keep from now on: new tokens, or with an error those of
// before, of which the pool may have rotated one.
func (m *Manager) ask(ctx context.Context, e *entry) (tokens, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	next := e.tokens
	got, err := m.refresher.Refresh(ctx, next.Refresh, cmp.Or(next.Claims.Username, e.row.Sub))
	if err != nil {
		if got.RefreshToken != "" && len(got.RefreshToken) <= maxTokenBytes {
			next.Refresh = got.RefreshToken
		}
		return next, err
	}
	if err := got.check(e.row.Sub); err != nil {
		return next, err
	}
	return tokens{got.AccessToken, cmp.Or(got.RefreshToken, next.Refresh), got.Access}, nil
}

// check wants tokens of the same person.
func (r Refreshed) check(sub string) error {
	if r.AccessToken == "" || r.Access.Subject != sub {
		return errors.New("refreshed tokens are not this person's")
	}
	return tokens{r.AccessToken, r.RefreshToken, r.Access}.check()
}

// settle stores the new tokens, again and again while there is time: with
// rotation the old refresh token is good for seconds only. If the row has moved
// on, what it says now counts.
func (m *Manager) settle(ctx context.Context, e *entry, mark mark, sealed []byte) (*entry, error) {
	s := Settlement{Tokens: sealed, Retry: e.row.Retry}
	for wait := newPoll(); ; {
		stored, err := m.store.Settle(ctx, e.row.Key, e.row.Version-1, s)
		if err == nil && stored {
			m.cache.put(e, mark)
			return e, nil
		}
		if err == nil {
			return m.read(ctx, e.row.Key)
		}
		if wait.pause(ctx) != nil {
			m.log.ErrorContext(ctx, "session tokens not stored", "session", e.row.ID, "error", err)
			return nil, unavailable("store refreshed tokens", err)
		}
	}
}

// failed gives the lease back and holds off the next attempt.
func (m *Manager) failed(ctx context.Context, e *entry, mark mark, cause error) (*entry, error) {
	kept := *e
	kept.read = m.now()
	kept.row.Retry, kept.row.Lease = kept.read.Add(retryAfter), time.Time{}
	if _, err := m.store.Settle(ctx, e.row.Key, e.row.Version, Settlement{Retry: kept.row.Retry}); err != nil {
		cause = errors.Join(cause, unavailable("release lease", err))
	}
	m.cache.put(&kept, mark)
	return &kept, cause
}

// refused ends the session, unless another server has refreshed it meanwhile.
func (m *Manager) refused(ctx context.Context, e *entry) (*entry, error) {
	_, err := m.store.Delete(ctx, e.row.Key, e.row.Version)
	m.cache.drop(e.row.Key)
	switch {
	case err == nil:
		m.log.InfoContext(ctx, "session ended by the user pool", "session", e.row.ID)
		return nil, ErrNone
	case errors.Is(err, ErrNone): // gone, or refreshed by another server
		return m.read(ctx, e.row.Key)
	}
	m.log.ErrorContext(ctx, "refused session not deleted", "session", e.row.ID, "error", err)
	return nil, ErrNone
}

// poll paces those who wait for another server.
type poll struct {
	next time.Duration
	left time.Duration
}

func newPoll() *poll {
	return &poll{next: 20 * time.Millisecond, left: refreshTimeout + 2*time.Second}
}

// pause waits a little longer each time; errBusy after 12 s in all.
func (p *poll) pause(ctx context.Context) error {
	if p.left <= 0 {
		return errBusy
	}
	t := time.NewTimer(p.next)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	p.left -= p.next
	p.next = min(2*p.next, 200*time.Millisecond)
	return nil
}
