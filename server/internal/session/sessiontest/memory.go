package sessiontest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"porchlight/server/internal/session"
)

// Memory is a session.Store that forgets. It passes TestStore and serves tests
// that run under testing/synctest or want faults: Fail makes every method
// answer an error.
type Memory struct {
	mu      sync.Mutex
	fail    error
	reads   int
	rows    map[session.Key]session.Row
	pending map[session.Key]session.PendingRow
}

var _ session.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		rows:    make(map[session.Key]session.Row),
		pending: make(map[session.Key]session.PendingRow),
	}
}

// Fail makes every method answer err from now on; nil ends that.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// Reads returns how often Row was called.
func (m *Memory) Reads() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reads
}

// Rows returns all rows as they are stored, in no order.
func (m *Memory) Rows() []session.Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []session.Row
	for _, r := range m.rows {
		all = append(all, stored(r))
	}
	return all
}

// Put replaces the row of r.Key, or adds it, whatever it says: a test's way to
// damage the store.
func (m *Memory) Put(r session.Row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[r.Key] = stored(r)
}

// lock returns the error to answer, with the store locked, and what unlocks it.
func (m *Memory) lock(ctx context.Context) (unlock func(), err error) {
	m.mu.Lock()
	return m.mu.Unlock, cmp.Or(m.fail, ctx.Err())
}

// stored is a copy as a database would keep it.
func stored(r session.Row) session.Row {
	r.Tokens, r.Display = bytes.Clone(r.Tokens), bytes.Clone(r.Display)
	for _, t := range []*time.Time{&r.Created, &r.Seen, &r.Authenticated, &r.Expires, &r.Lease, &r.Retry} {
		*t = micro(*t)
	}
	return r
}

func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}

// of returns the sub's rows in List's order.
func (m *Memory) of(sub string) []session.Row {
	var all []session.Row
	for _, r := range m.rows {
		if r.Sub == sub {
			all = append(all, stored(r))
		}
	}
	slices.SortFunc(all, func(a, b session.Row) int {
		return cmp.Or(b.Seen.Compare(a.Seen), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (m *Memory) add(r session.Row) error {
	_, taken := m.rows[r.Key]
	for _, other := range m.rows {
		taken = taken || other.ID == r.ID
	}
	if taken {
		return errors.New("create session: key or ID is there already")
	}
	m.rows[r.Key] = stored(r)
	return nil
}

// Create implements session.Store.
func (m *Memory) Create(ctx context.Context, r session.Row, keep int) error {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return err
	}
	if err := m.add(r); err != nil {
		return err
	}
	others := slices.DeleteFunc(m.of(r.Sub), func(o session.Row) bool { return o.Key == r.Key })
	for _, o := range others[min(len(others), max(0, keep-1)):] {
		delete(m.rows, o.Key)
	}
	return nil
}

// Row implements session.Store.
func (m *Memory) Row(ctx context.Context, key session.Key) (session.Row, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	m.reads++
	if err != nil {
		return session.Row{}, err
	}
	r, ok := m.rows[key]
	if !ok {
		return session.Row{}, session.ErrNone
	}
	return stored(r), nil
}

// List implements session.Store.
func (m *Memory) List(ctx context.Context, sub string, limit int) ([]session.Row, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return nil, err
	}
	all := m.of(sub)
	return all[:min(len(all), limit)], nil
}

// change applies fn to the row if it is there and want accepts it.
func (m *Memory) change(ctx context.Context, key session.Key, want func(session.Row) bool, fn func(*session.Row)) (bool, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return false, err
	}
	r, ok := m.rows[key]
	if !ok || !want(r) {
		return false, nil
	}
	fn(&r)
	m.rows[key] = stored(r)
	return true, nil
}

// Touch implements session.Store.
func (m *Memory) Touch(ctx context.Context, key session.Key, seen, after time.Time) error {
	_, err := m.change(ctx, key,
		func(r session.Row) bool { return !r.Seen.After(micro(after)) },
		func(r *session.Row) { r.Seen = seen })
	return err
}

// SetDisplay implements session.Store.
func (m *Memory) SetDisplay(ctx context.Context, key session.Key, display []byte) error {
	_, err := m.change(ctx, key,
		func(session.Row) bool { return true },
		func(r *session.Row) { r.Display = display })
	return err
}

// Lease implements session.Store.
func (m *Memory) Lease(ctx context.Context, key session.Key, version int64, now, until time.Time) (bool, error) {
	now = micro(now)
	return m.change(ctx, key,
		func(r session.Row) bool {
			return r.Version == version && !r.Lease.After(now) && !r.Retry.After(now)
		},
		func(r *session.Row) { r.Lease = until })
}

// Settle implements session.Store.
func (m *Memory) Settle(ctx context.Context, key session.Key, version int64, s session.Settlement) (bool, error) {
	return m.change(ctx, key,
		func(r session.Row) bool { return r.Version == version },
		func(r *session.Row) {
			r.Lease, r.Retry = time.Time{}, s.Retry
			if s.Tokens != nil {
				r.Tokens = s.Tokens
				r.Version++
			}
		})
}

// Replace implements session.Store.
func (m *Memory) Replace(ctx context.Context, old session.Key, version int64, now time.Time, r session.Row) (bool, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return false, err
	}
	was, ok := m.rows[old]
	if !ok || was.Version != version || was.Lease.After(micro(now)) {
		return false, nil
	}
	delete(m.rows, old)
	if err := m.add(r); err != nil {
		m.rows[old] = was
		return false, err
	}
	return true, nil
}

// Delete implements session.Store.
func (m *Memory) Delete(ctx context.Context, key session.Key, version int64) (session.Row, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return session.Row{}, err
	}
	r, ok := m.rows[key]
	if !ok || version != session.AnyVersion && r.Version != version {
		return session.Row{}, session.ErrNone
	}
	delete(m.rows, key)
	return r, nil
}

// DeleteOf implements session.Store.
func (m *Memory) DeleteOf(ctx context.Context, sub, id string) ([]session.Row, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return nil, err
	}
	gone := slices.DeleteFunc(m.of(sub), func(r session.Row) bool { return id != "" && r.ID != id })
	for _, r := range gone {
		delete(m.rows, r.Key)
	}
	return gone, nil
}

// Hold implements session.Store.
func (m *Memory) Hold(ctx context.Context, p session.PendingRow) error {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return err
	}
	if _, taken := m.pending[p.Key]; taken {
		return errors.New("hold sign-in: key is there already")
	}
	m.pending[p.Key] = session.PendingRow{Key: p.Key, Sealed: bytes.Clone(p.Sealed), Expires: micro(p.Expires)}
	return nil
}

// Held implements session.Store.
func (m *Memory) Held(ctx context.Context, key session.Key) (session.PendingRow, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return session.PendingRow{}, err
	}
	p, ok := m.pending[key]
	if !ok {
		return session.PendingRow{}, session.ErrNone
	}
	p.Sealed = bytes.Clone(p.Sealed)
	return p, nil
}

// Release implements session.Store.
func (m *Memory) Release(ctx context.Context, key session.Key) error {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err == nil {
		delete(m.pending, key)
	}
	return err
}

// Sweep implements session.Store.
func (m *Memory) Sweep(ctx context.Context, now, seenBefore time.Time, limit int) (int, error) {
	unlock, err := m.lock(ctx)
	defer unlock()
	if err != nil {
		return 0, err
	}
	now, seenBefore = micro(now), micro(seenBefore)
	sessions := sweep(m.rows, limit, func(r session.Row) bool {
		return !r.Expires.After(now) || !r.Seen.After(seenBefore)
	})
	pending := sweep(m.pending, limit, func(p session.PendingRow) bool { return !p.Expires.After(now) })
	return sessions + pending, nil
}

// sweep deletes at most limit entries that are over.
func sweep[V any](all map[session.Key]V, limit int, over func(V) bool) int {
	n := 0
	for key, v := range all {
		if n < limit && over(v) {
			delete(all, key)
			n++
		}
	}
	return n
}
