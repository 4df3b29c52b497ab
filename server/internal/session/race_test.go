package session_test

import (
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/session"
)

// TestServerDiesWithLease: the lease of a server that is no more holds up the
// others for 20 s at most.
func TestServerDiesWithLease(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		r := h.row(t, "ada")
		if ok, err := h.store.Lease(t.Context(), r.Key, r.Version, time.Now(), time.Now().Add(20*time.Second)); !ok || err != nil {
			t.Fatalf("Lease = %v, %v", ok, err)
		}
		begin := time.Now()
		if s := b.load(t, h.Manager); !s.Stale || time.Since(begin) > 13*time.Second {
			t.Errorf("Load = stale %v after %v, want true within 13 s", s.Stale, time.Since(begin))
		}
		if s := b.load(t, h.Manager); s.Stale || time.Since(begin) > 21*time.Second {
			t.Errorf("Load = stale %v after %v, want false within 21 s", s.Stale, time.Since(begin))
		}
		wantCalls(t, h, 1)
	})
}

// TestRefusedButRefreshedElsewhere: a server whose lease ran out is refused
// because another has rotated the token. That is no sign-out.
func TestRefusedButRefreshedElsewhere(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		other := h.server(t, func(c *session.Config) { c.Refresher = new(pool) })
		h.pool.err = session.ErrRefused
		h.pool.during = func() {
			r := h.row(t, "ada")
			r.Lease = time.Time{}
			h.store.Put(r)
			b.load(t, other)
		}
		if s := b.load(t, h.Manager); s.AccessToken != "access-2" {
			t.Errorf("Load = %s, want access-2", s.AccessToken)
		}
	})
}

// TestEndedDuringRefresh: signing out wins over a refresh that is under way.
func TestEndedDuringRefresh(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		other := h.server(t, nil)
		h.pool.during = func() {
			if _, err := other.EndAll(t.Context(), "ada"); err != nil {
				t.Errorf("EndAll = %v", err)
			}
		}
		b.loadErr(t, h.Manager, session.ErrNone)
		b.loadErr(t, h.Manager, session.ErrNone)
	})
}

// TestStoreFailsAfterRefresh: the new tokens are stored when the store is back
// within seconds.
func TestStoreFailsAfterRefresh(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		h.pool.good = "refresh-1"
		h.pool.during = func() { h.store.Fail(errNetwork) }
		var wg sync.WaitGroup
		wg.Go(func() { time.Sleep(3 * time.Second); h.store.Fail(nil) })
		if s := b.load(t, h.Manager); s.RefreshToken != "refresh-2" {
			t.Errorf("Load = %s, want refresh-2", s.RefreshToken)
		}
		wg.Wait()
		if s := b.load(t, h.server(t, nil)); s.RefreshToken != "refresh-2" {
			t.Errorf("Load by another server = %s, want refresh-2", s.RefreshToken)
		}
	})
}

// TestReauthenticatedDuringRefresh: it waits, so that the rotated tokens move.
func TestReauthenticatedDuringRefresh(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		h.pool.delay = 2 * time.Second
		var wg sync.WaitGroup
		wg.Go(func() { b.load(t, h.Manager) })
		synctest.Wait()
		w := httptest.NewRecorder()
		s, err := h.server(t, nil).Reauthenticated(t.Context(), w, b.request())
		wg.Wait()
		if err != nil || s.RefreshToken != "refresh-2" {
			t.Errorf("Reauthenticated = %s, %v, want refresh-2", s.RefreshToken, err)
		}
		b.take(w)
		b.load(t, h.Manager)
	})
}

// TestLogsHoldNoSecret runs into every failure and reads the log.
func TestLogsHoldNoSecret(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		h.pool.err = errNetwork
		b.load(t, h.Manager)
		h.store.Fail(errNetwork)
		time.Sleep(10 * time.Second)
		b.loadErr(t, h.Manager, session.ErrUnavailable)
		h.store.Fail(nil)
		b.load(t, h.Manager)
		h.pool.err = session.ErrRefused
		time.Sleep(10 * time.Second)
		b.loadErr(t, h.Manager, session.ErrNone)
		log := h.log.String()
		if !strings.Contains(log, "not refreshed") || !strings.Contains(log, "ended by the user pool") {
			t.Errorf("log = %s, want both events", log)
		}
		for _, secret := range []string{"access-1", "refresh-1", "ada", "example.com", b["__Host-session"].Value} {
			if strings.Contains(log, secret) {
				t.Errorf("log holds %q: %s", secret, log)
			}
		}
	})
}
