package session_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/session"
	"porchlight/server/internal/session/sessiontest"
)

// faulty is a store that fails at some of its methods, by name.
type faulty struct {
	*sessiontest.Memory
	fails string
}

func (f *faulty) fault(method string) error {
	if strings.Contains(f.fails, method) {
		return errNetwork
	}
	return nil
}

func (f *faulty) Create(ctx context.Context, r session.Row, keep int) error {
	return errors.Join(f.fault("Create"), f.Memory.Create(ctx, r, keep))
}

func (f *faulty) Touch(ctx context.Context, key session.Key, seen, after time.Time) error {
	if err := f.fault("Touch"); err != nil {
		return err
	}
	return f.Memory.Touch(ctx, key, seen, after)
}

func (f *faulty) Lease(ctx context.Context, key session.Key, version int64, now, until time.Time) (bool, error) {
	if err := f.fault("Lease"); err != nil {
		return false, err
	}
	return f.Memory.Lease(ctx, key, version, now, until)
}

func (f *faulty) Settle(ctx context.Context, key session.Key, version int64, s session.Settlement) (bool, error) {
	if err := f.fault("Settle"); err != nil {
		return false, err
	}
	return f.Memory.Settle(ctx, key, version, s)
}

func (f *faulty) Replace(ctx context.Context, old session.Key, version int64, now time.Time, r session.Row) (bool, error) {
	if err := f.fault("Replace"); err != nil {
		return false, err
	}
	return f.Memory.Replace(ctx, old, version, now, r)
}

func (f *faulty) Delete(ctx context.Context, key session.Key, version int64) (session.Row, error) {
	if err := f.fault("Delete"); err != nil {
		return session.Row{}, err
	}
	return f.Memory.Delete(ctx, key, version)
}

// TestStoreFaults: what fails half-way never signs out whom the pool did not
// refuse, and never signs in.
func TestStoreFaults(t *testing.T) {
	refuse := func(p *pool) { p.err = session.ErrRefused }
	for _, test := range []struct {
		name, fails string
		pool        func(p *pool)
		want        error
		stale       bool
		log         string
	}{
		{"last seen", "Touch", nil, nil, false, "last seen not written"},
		{"lease", "Lease", nil, nil, true, ""},
		{"new tokens", "Settle", nil, nil, true, "session tokens not stored"},
		{"lease back", "Settle", func(p *pool) { p.err = errNetwork }, nil, true, "not refreshed"},
		{"delete refused", "Delete", refuse, session.ErrNone, false, "refused session not deleted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			after(t, expired, func(t *testing.T, h *house, b browser) {
				if test.pool != nil {
					h.pool.set(test.pool)
				}
				m := h.server(t, func(c *session.Config) { c.Store = &faulty{h.store, test.fails} })
				s, err := m.Load(t.Context(), b.request())
				if !errors.Is(err, test.want) || s.Stale != test.stale {
					t.Errorf("Load = stale %v, %v, want %v, %v", s.Stale, err, test.stale, test.want)
				}
				if !strings.Contains(h.log.String(), test.log) {
					t.Errorf("log = %s, want %q", h.log.String(), test.log)
				}
			})
		})
	}
}

func TestStartFaults(t *testing.T) {
	for _, fails := range []string{"Create", "Delete", "Replace"} {
		h, b, _ := signedIn(t)
		m := h.server(t, func(c *session.Config) { c.Store = &faulty{h.store, fails} })
		w := httptest.NewRecorder()
		var err error
		if fails == "Replace" {
			_, err = m.Reauthenticated(t.Context(), w, b.request())
		} else {
			_, err = m.Start(t.Context(), w, b.request(), grant("ada"))
		}
		if !errors.Is(err, session.ErrUnavailable) || len(w.Header()) != 0 {
			t.Errorf("%s fails: %v, header %v, want ErrUnavailable and no cookie", fails, err, w.Header())
		}
	}
}
