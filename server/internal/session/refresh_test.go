package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/session"
)

// The access tokens of these tests are good for 15 minutes.
const (
	young   = 14*time.Minute - time.Second
	dueSoon = 14*time.Minute + 30*time.Second // 30 s left: refresh, no need to wait
	expired = 15*time.Minute + time.Second
)

// after runs fn in a bubble of synthetic time, so long after a sign-in.
func after(t *testing.T, age time.Duration, fn func(t *testing.T, h *house, b browser)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h, b, _ := signedIn(t)
		time.Sleep(age)
		fn(t, h, b)
	})
}

func wantCalls(t *testing.T, h *house, want int) {
	t.Helper()
	if got := h.pool.count(); got != want {
		t.Errorf("the pool was asked %d times, want %d", got, want)
	}
}

func TestRefreshWhenNeeded(t *testing.T) {
	for _, test := range []struct {
		name  string
		age   time.Duration
		calls int
		token string
	}{
		{"more than a minute left", young, 0, "access-1"},
		{"less than a minute left", dueSoon, 1, "access-2"},
		{"expired", expired, 1, "access-2"},
		{"expired for days", 6 * 24 * time.Hour, 1, "access-2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			after(t, test.age, func(t *testing.T, h *house, b browser) {
				for range 3 {
					if s := b.load(t, h.Manager); s.AccessToken != test.token || s.Stale {
						t.Errorf("Load = %s, stale %v, want %s", s.AccessToken, s.Stale, test.token)
					}
				}
				wantCalls(t, h, test.calls)
			})
		})
	}
}

// TestRefreshRotates: the new refresh token is in the row, the old is used once,
// and the canonical username goes along.
func TestRefreshRotates(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		h.pool.good = "refresh-1"
		for n := 2; n < 5; n++ {
			want := fmt.Sprintf("refresh-%d", n)
			if s := b.load(t, h.server(t, nil)); s.RefreshToken != want {
				t.Errorf("RefreshToken = %s, want %s", s.RefreshToken, want)
			}
			time.Sleep(expired)
		}
		want := []string{"ada-canonical", "ada-canonical", "ada-canonical"}
		if diff := cmp.Diff(want, h.pool.usernames); diff != "" {
			t.Errorf("usernames (-want +got):\n%s", diff)
		}
	})
}

func TestRefreshWithoutRotation(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		h.pool.change = func(r *session.Refreshed) { r.RefreshToken = "" }
		if s := b.load(t, h.Manager); s.RefreshToken != "refresh-1" || s.AccessToken != "access-2" {
			t.Errorf("Load = %s, %s, want the old refresh token and a new access token", s.RefreshToken, s.AccessToken)
		}
	})
}

func TestRefreshBringsGroups(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		h.pool.change = func(r *session.Refreshed) { r.Access.Groups = []string{"moderators"} }
		for _, m := range []*session.Manager{h.Manager, h.server(t, nil)} {
			if s := b.load(t, m); !s.Display.Moderator() || s.Display.Handle != "ada" {
				t.Errorf("Display = %v, want a moderator called ada", s.Display)
			}
		}
	})
}

// TestRefreshOnce: many requests at once, in one process and in two, refresh
// once, and nobody is answered with an expired token.
func TestRefreshOnce(t *testing.T) {
	for _, servers := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(servers), func(t *testing.T) {
			after(t, expired, func(t *testing.T, h *house, b browser) {
				h.pool.delay, h.pool.good = 3*time.Second, "refresh-1"
				var wg sync.WaitGroup
				for range servers {
					m := h.server(t, nil)
					for range 8 {
						wg.Go(func() {
							if s, err := m.Load(t.Context(), b.request()); err != nil || s.AccessToken != "access-2" {
								t.Errorf("Load = %s, %v, want access-2", s.AccessToken, err)
							}
						})
					}
				}
				wg.Wait()
				wantCalls(t, h, 1)
			})
		})
	}
}

// TestRefreshDelaysOne: while the token is good, only the request that
// refreshes waits for a slow pool, in this server and the next.
func TestRefreshDelaysOne(t *testing.T) {
	after(t, dueSoon, func(t *testing.T, h *house, b browser) {
		h.pool.delay = 8 * time.Second
		var wg sync.WaitGroup
		wg.Go(func() { b.load(t, h.Manager) })
		synctest.Wait()
		for name, m := range map[string]*session.Manager{"same server": h.Manager, "other server": h.server(t, nil)} {
			begin := time.Now()
			s := b.load(t, m)
			if took := time.Since(begin); s.AccessToken != "access-1" || took > 0 {
				t.Errorf("%s: Load = %s after %v, want access-1 at once", name, s.AccessToken, took)
			}
		}
		wg.Wait()
		wantCalls(t, h, 1)
	})
}

// TestRefreshSurvivesItsClient: the token that was rotated is stored although
// the request that asked has gone.
func TestRefreshSurvivesItsClient(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		ctx, cancel := context.WithCancel(t.Context())
		h.pool.good, h.pool.during = "refresh-1", cancel
		_, err := h.Load(ctx, b.request())
		if err != nil {
			t.Errorf("Load = %v", err)
		}
		h.pool.set(func(p *pool) { p.during = nil })
		if s := b.load(t, h.server(t, nil)); s.RefreshToken != "refresh-2" {
			t.Errorf("RefreshToken = %s, want refresh-2", s.RefreshToken)
		}
		wantCalls(t, h, 1)
	})
}

// TestRefreshErrors: only the pool's own refusal signs out.
func TestRefreshErrors(t *testing.T) {
	for _, test := range []struct {
		name  string
		pool  func(p *pool)
		ended bool
	}{
		{"refused", func(p *pool) { p.err = session.ErrRefused }, true},
		{"refused, wrapped", func(p *pool) { p.err = fmt.Errorf("NotAuthorized: %w", session.ErrRefused) }, true},
		{"reused", func(p *pool) { p.good = "another" }, true},
		{"network", func(p *pool) { p.err = errNetwork }, false},
		{"throttled", func(p *pool) { p.err = errors.New("too many requests") }, false},
		{"no answer", func(p *pool) { p.delay = time.Hour }, false},
		{"token of another", func(p *pool) { p.change = func(r *session.Refreshed) { r.Access.Subject = "bob" } }, false},
		{"no token", func(p *pool) { p.change = func(r *session.Refreshed) { r.AccessToken = "" } }, false},
		{"huge token", func(p *pool) { p.change = func(r *session.Refreshed) { r.AccessToken = strings.Repeat("a", 9000) } }, false},
		{"huge groups", func(p *pool) {
			p.change = func(r *session.Refreshed) { r.Access.Groups = []string{strings.Repeat("a", 32<<10)} }
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			after(t, expired, func(t *testing.T, h *house, b browser) {
				h.pool.set(test.pool)
				if test.ended {
					b.loadErr(t, h.Manager, session.ErrNone)
					if n := len(h.store.Rows()); n != 0 {
						t.Errorf("%d rows, want none", n)
					}
					return
				}
				if s := b.load(t, h.Manager); !s.Stale || s.AccessToken != "access-1" || s.Access.Subject != "ada" {
					t.Errorf("Load = %s of %s, stale %v, want access-1 of ada, stale", s.AccessToken, s.Access.Subject, s.Stale)
				}
				h.pool.set(func(p *pool) { p.err, p.delay, p.change, p.good = nil, 0, nil, "" })
				time.Sleep(5 * time.Second)
				if s := b.load(t, h.Manager); s.Stale || s.AccessToken == "access-1" {
					t.Errorf("Load after the pool is back = %s, stale %v", s.AccessToken, s.Stale)
				}
			})
		})
	}
}

// TestRotatedButUnverified: the keys to verify the new access token cannot be
// had. The refresh token was rotated nevertheless, and is kept.
func TestRotatedButUnverified(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		h.pool.good, h.pool.unclear = "refresh-1", errNetwork
		for _, want := range []string{"refresh-2", "refresh-3"} {
			if s := b.load(t, h.Manager); !s.Stale || s.RefreshToken != want || s.AccessToken != "access-1" {
				t.Errorf("Load = %s, %s, stale %v, want access-1, %s, stale", s.AccessToken, s.RefreshToken, s.Stale, want)
			}
			b.load(t, h.server(t, nil)) // no second attempt within 5 s
			time.Sleep(5 * time.Second)
		}
		h.pool.unclear = nil
		if s := b.load(t, h.Manager); s.Stale || s.RefreshToken != "refresh-4" {
			t.Errorf("Load = %s, stale %v, want refresh-4", s.RefreshToken, s.Stale)
		}
		wantCalls(t, h, 3)
	})
}

// TestStaleLimits: expired claims serve for an hour, then nothing is said, and
// in no case is anybody signed out.
func TestStaleLimits(t *testing.T) {
	const exp = 15 * time.Minute
	for _, test := range []struct {
		name  string
		age   time.Duration
		stale bool
		want  error
	}{
		{"still good", exp - time.Second, false, nil},
		{"at its end", exp, true, nil},
		{"an hour past", exp + time.Hour, true, nil},
		{"more than an hour past", exp + time.Hour + time.Second, false, session.ErrStale},
		{"days past", 6 * 24 * time.Hour, false, session.ErrStale},
	} {
		t.Run(test.name, func(t *testing.T) {
			after(t, test.age, func(t *testing.T, h *house, b browser) {
				h.pool.err = errNetwork
				s, err := h.Load(t.Context(), b.request())
				if !errors.Is(err, test.want) || s.Stale != test.stale {
					t.Fatalf("Load = stale %v, %v, want %v, %v", s.Stale, err, test.stale, test.want)
				}
				if err != nil && (!errors.Is(err, session.ErrUnavailable) || errors.Is(err, session.ErrNone)) {
					t.Errorf("Load = %v, want ErrUnavailable and not ErrNone", err)
				}
				h.pool.err = nil
				time.Sleep(5 * time.Second)
				b.load(t, h.Manager)
			})
		})
	}
}

// TestRefreshCoolsDown: a pool that is down is asked once in five seconds by
// all servers together, and nobody waits in between.
func TestRefreshCoolsDown(t *testing.T) {
	after(t, expired, func(t *testing.T, h *house, b browser) {
		h.pool.err = errNetwork
		two := []*session.Manager{h.Manager, h.server(t, nil)}
		b.load(t, two[0])
		begin, reads := time.Now(), h.store.Reads()
		for range 20 {
			for _, m := range two {
				b.load(t, m)
			}
		}
		if took, n := time.Since(begin), h.store.Reads()-reads; took > 0 || n > 1 {
			t.Errorf("40 loads waited %v and read %d times, want none and once", took, n)
		}
		wantCalls(t, h, 1)
		time.Sleep(5 * time.Second)
		b.load(t, two[1])
		b.load(t, two[0])
		wantCalls(t, h, 2)
	})
}

// TestCoolingSeenLate: a server whose copy is from before the failure learns of
// it from the row, and does not wait either.
func TestCoolingSeenLate(t *testing.T) {
	after(t, 15*time.Minute-12*time.Second, func(t *testing.T, h *house, b browser) {
		h.pool.err, h.pool.delay = errNetwork, 4*time.Second
		other := h.server(t, nil)
		var wg sync.WaitGroup
		wg.Go(func() { b.load(t, h.Manager) })
		synctest.Wait()
		b.load(t, other)
		wg.Wait()
		begin := time.Now()
		if s := b.load(t, other); s.Stale || time.Since(begin) > 0 {
			t.Errorf("Load = stale %v after %v, want false at once", s.Stale, time.Since(begin))
		}
		wantCalls(t, h, 1)
	})
}
