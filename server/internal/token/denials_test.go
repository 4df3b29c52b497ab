package token_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
	"porchlight/shared/claims"
)

func TestDenials(t *testing.T) {
	tokentest.TestDenyStore(t, func(*testing.T) [2]token.DenyStore {
		d := new(tokentest.Denials)
		return [2]token.DenyStore{d, d}
	})
}

// deniable is a world with a deny list that two servers share.
type deniable struct {
	*world
	list  *tokentest.Denials
	other *token.Verifier
}

func newDeniable(t *testing.T) *deniable {
	t.Helper()
	d := &deniable{world: newWorld(t), list: new(tokentest.Denials)}
	d.v, d.other = d.server(t), d.server(t)
	d.hydrate(t)
	return d
}

func (d *deniable) server(t *testing.T) *token.Verifier {
	t.Helper()
	v, err := token.New(token.Config{Issuers: []string{d.URL}, ClientIDs: []string{d.ClientID}, Keys: d.keys, Denials: d.list})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (d *deniable) wantReads(t *testing.T, want int) {
	t.Helper()
	if got := d.list.Reads(); got != want {
		t.Errorf("deny list was read %d times in all, want %d", got, want)
	}
}

func TestSignOutCountsAtOnce(t *testing.T) {
	for _, tc := range []struct {
		name    string
		signOut func(ctx context.Context, v *token.Verifier) error
	}{
		{"one sign-in", func(ctx context.Context, v *token.Verifier) error { return v.Deny(ctx, "o1") }},
		{"everywhere", func(ctx context.Context, v *token.Verifier) error { return v.RevokeBefore(ctx, "ada") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDeniable(t)
				time.Sleep(300 * time.Millisecond)
				raw := d.Access(claims.Access{Subject: "ada", OriginID: "o1"})
				unseen := d.Access(claims.Access{Subject: "ada", OriginID: "o1"})
				bob := d.Access(claims.Access{Subject: "bob", OriginID: "o2"})
				d.want(t, raw, nil)
				d.want(t, bob, nil)
				if _, err := d.other.Access(t.Context(), raw); err != nil {
					t.Errorf("Access on the other server = %v", err)
				}
				if err := tc.signOut(t.Context(), d.v); err != nil {
					t.Fatalf("sign out = %v", err)
				}
				d.want(t, raw, token.ErrRevoked) // from the cache, signature and exp still good
				d.want(t, unseen, token.ErrRevoked)
				d.want(t, bob, nil)
				if _, err := d.v.ID(t.Context(), d.ID(claims.ID{Subject: "ada", OriginID: "o1", AuthTime: time.Now().Unix() - 1})); !errors.Is(err, token.ErrRevoked) {
					t.Errorf("ID = %v, want ErrRevoked", err)
				}
				d.want(t, d.Access(claims.Access{Subject: "ada", OriginID: "o3"}), nil) // signed in anew, at once

				if _, err := d.other.Access(t.Context(), unseen); !errors.Is(err, token.ErrRevoked) {
					t.Errorf("Access on the other server of a token it has not seen = %v, want ErrRevoked", err)
				}
				time.Sleep(token.DenialLag)
				if _, err := d.other.Access(t.Context(), raw); !errors.Is(err, token.ErrRevoked) {
					t.Errorf("Access on the other server after DenialLag = %v, want ErrRevoked", err)
				}
			})
		})
	}
}

// TestDenyListIsReadSeldom counts reads of the store on the hot path.
func TestDenyListIsReadSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeniable(t)
		raw := d.Access(claims.Access{Subject: "ada", OriginID: "o1"})
		for range 50 {
			d.want(t, raw, nil)
			time.Sleep(100 * time.Millisecond)
		}
		d.wantReads(t, 1)
		d.want(t, raw, nil)
		d.wantReads(t, 2)

		for i := range 20 { // of others
			if err := d.v.Deny(t.Context(), fmt.Sprint("other", i)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Microsecond) // an answer of the mark's own moment would be void
			d.want(t, raw, nil)
		}
		if n := d.list.Reads(); n > 4 { // two more by chance: one in 500 each
			t.Errorf("deny list was read %d times, want 2", n)
		}
	})
}

func TestRevokeBeforeWaitsForTheSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeniable(t)
		time.Sleep(400 * time.Millisecond)
		start := time.Now()
		if err := d.v.RevokeBefore(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 600*time.Millisecond {
			t.Errorf("RevokeBefore took %v, want 600ms", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start = time.Now()
		if err := d.v.RevokeBefore(ctx, "bob"); err != nil {
			t.Errorf("RevokeBefore, cancelled = %v, want nil: it is in force", err)
		}
		if got := time.Since(start); got != 0 {
			t.Errorf("RevokeBefore, cancelled, took %v, want nothing", got)
		}
	})
}

func TestTokenWithoutOriginOrAuthTime(t *testing.T) {
	v := verifier(t, func(c *token.Config) { c.Denials = new(tokentest.Denials) })
	bare := sign(goodHeader, accessClaims().with("origin_jti", "").with("auth_time", "").String())
	check(t, v, bare, nil)
	if err := v.Deny(t.Context(), ""); !errors.Is(err, token.ErrDenyKey) {
		t.Errorf(`Deny("") = %v, want ErrDenyKey`, err)
	}
	check(t, v, bare, nil)
	if err := v.RevokeBefore(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	check(t, v, bare, token.ErrRevoked) // no auth_time is before everything
}

func TestDenyListFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeniable(t)
		raw := d.fresh()
		d.want(t, raw, nil)
		errDisk := errors.New("disk")
		d.list.Fail(errDisk)
		d.want(t, raw, nil) // the answer is fresh
		time.Sleep(token.DenialLag)
		_, err := d.v.Access(t.Context(), raw)
		if !errors.Is(err, token.ErrDenialsUnavailable) || !errors.Is(err, errDisk) || errors.Is(err, token.ErrInvalid) {
			t.Errorf("Access = %v, want ErrDenialsUnavailable with its cause and without ErrInvalid", err)
		}
		d.want(t, d.fresh(), token.ErrDenialsUnavailable)
		if err := d.v.Deny(t.Context(), "o1"); !errors.Is(err, errDisk) {
			t.Errorf("Deny = %v, want the store's error", err)
		}
		if err := d.v.RevokeBefore(t.Context(), "ada"); !errors.Is(err, errDisk) {
			t.Errorf("RevokeBefore = %v, want the store's error", err)
		}
		if err := d.v.Sweep(t.Context()); !errors.Is(err, errDisk) {
			t.Errorf("Sweep = %v, want the store's error", err)
		}
		d.list.Fail(nil)
		d.want(t, raw, nil)
	})
}

func TestNoDenyList(t *testing.T) {
	v := verifier(t, nil)
	if err := v.Deny(t.Context(), "o1"); err == nil {
		t.Error("Deny without a deny list = nil, want an error")
	}
	if err := v.RevokeBefore(t.Context(), "ada"); err == nil {
		t.Error("RevokeBefore without a deny list = nil, want an error")
	}
	if err := v.Sweep(t.Context()); err != nil {
		t.Errorf("Sweep without a deny list = %v", err)
	}
}

// TestSweepOutlivesEveryToken has the owner run for longer than a day.
func TestSweepOutlivesEveryToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeniable(t)
		ctx, cancel := context.WithCancel(t.Context())
		go d.v.Run(ctx)
		longest := d.Access(claims.Access{OriginID: "o1", IssuedAt: time.Now().Unix() + 60, Expires: time.Now().Unix() + 60 + 24*3600})
		d.want(t, longest, nil)
		for i := range 250 {
			if err := d.v.Deny(t.Context(), fmt.Sprint("o", i)); err != nil {
				t.Fatal(err)
			}
		}
		for range 24*60 + 1 {
			d.want(t, longest, token.ErrRevoked)
			time.Sleep(time.Minute)
			d.keysFresh(t)
		}
		d.want(t, longest, token.ErrExpired)
		time.Sleep(11 * time.Minute)
		if n, err := d.list.Sweep(ctx, time.Now().Add(1000*time.Hour), 1000); err != nil || n != 0 {
			t.Errorf("%d entries left, %v, want none", n, err)
		}
		cancel()
		synctest.Wait()
	})
}

// keysFresh stands for KeyStore.Run.
func (d *deniable) keysFresh(t *testing.T) {
	t.Helper()
	if time.Now().Minute() == 0 {
		d.hydrate(t)
	}
}
