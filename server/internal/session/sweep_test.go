package session_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/session"
)

func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		for n := range 250 { // more than two slices, and of many people
			browser{}.signIn(t, h.Manager, grant(fmt.Sprintf("reader-%d", n)))
		}
		time.Sleep(6 * 24 * time.Hour)
		b := browser{}
		b.signIn(t, h.Manager, grant("ada"))
		if err := h.Sweep(t.Context()); err != nil || len(h.store.Rows()) != 251 {
			t.Errorf("Sweep = %v and %d rows, want 251", err, len(h.store.Rows()))
		}
		time.Sleep(24 * time.Hour)
		if err := h.Sweep(t.Context()); err != nil || len(h.store.Rows()) != 1 {
			t.Errorf("Sweep = %v and %d rows, want 1", err, len(h.store.Rows()))
		}
		b.load(t, h.Manager)
		h.store.Fail(errNetwork)
		if err := h.Sweep(t.Context()); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("Sweep = %v, want ErrUnavailable", err)
		}
	})
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, b, _ := signedIn(t)
		m := h.server(t, func(c *session.Config) { c.Idle = 15 * time.Minute })
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { m.Run(ctx) })
		time.Sleep(11 * time.Minute)
		h.store.Fail(errNetwork) // the next sweep does not work, the one after does
		time.Sleep(10 * time.Minute)
		h.store.Fail(nil)
		if n := len(h.store.Rows()); n != 1 {
			t.Errorf("%d rows while the store was down, want 1", n)
		}
		time.Sleep(10 * time.Minute)
		if n := len(h.store.Rows()); n != 0 {
			t.Errorf("%d rows, want none", n)
		}
		cancel()
		wg.Wait()
		b.loadErr(t, h.Manager, session.ErrNone)
	})
}

// TestTooManySessions: the hundred and first sign-in costs the oldest session.
func TestTooManySessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, first, _ := signedIn(t)
		for range 100 {
			time.Sleep(time.Second)
			browser{}.signIn(t, h.Manager, grant("ada"))
		}
		if n := len(h.store.Rows()); n != 100 {
			t.Errorf("%d rows, want 100", n)
		}
		first.loadErr(t, h.Manager, session.ErrNone)
	})
}
