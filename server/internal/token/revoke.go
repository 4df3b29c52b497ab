package token

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	sweepEvery = 10 * time.Minute
	sweepSlice = 100 // entries in one step, so that others can write in between
)

// errNoDenials is returned when something is to be revoked and Config.Denials
// is nil: a sign-out that silently does nothing would be worse.
var errNoDenials = errors.New("no deny list configured")

// Deny refuses the tokens of one sign-in from now on: here at once, on other
// servers within DenialLag. Errors are those of DenyStore.Deny.
func (v *Verifier) Deny(ctx context.Context, originJTI string) error {
	if v.denials == nil {
		return errNoDenials
	}
	if err := v.denials.store.Deny(ctx, originJTI, v.forgetAt()); err != nil {
		return fmt.Errorf("deny sign-in: %w", err)
	}
	v.denials.mark(originJTI)
	return nil
}

// RevokeBefore refuses all tokens of a person who has signed in until now:
// here at once, on other servers within DenialLag. Errors are those of
// DenyStore.RevokeBefore.
//
// Sign-ins within the current second are refused too, as auth_time does not
// tell them apart. So that a sign-in that follows the call is not, the call
// returns when the second is over, or ctx is; by then the revocation has
// long been in force.
func (v *Verifier) RevokeBefore(ctx context.Context, sub string) error {
	if v.denials == nil {
		return errNoDenials
	}
	now := v.c.Now().UTC()
	if err := v.denials.store.RevokeBefore(ctx, sub, now, v.forgetAt()); err != nil {
		return fmt.Errorf("revoke sign-ins: %w", err)
	}
	v.denials.mark(sub)
	next := now.Truncate(time.Second).Add(time.Second)
	select {
	case <-ctx.Done():
	case <-time.After(next.Sub(v.c.Now())):
	}
	return nil
}

// forgetAt is when no token that exists now can still be accepted.
func (v *Verifier) forgetAt() time.Time {
	return v.c.Now().UTC().Add(MaxLife + maxAhead + v.c.Leeway)
}

// Sweep removes from the deny list what no living token can meet any more.
func (v *Verifier) Sweep(ctx context.Context) error {
	if v.denials == nil {
		return nil
	}
	for {
		n, err := v.denials.store.Sweep(ctx, v.c.Now().UTC(), sweepSlice)
		if err != nil {
			return fmt.Errorf("sweep deny list: %w", err)
		}
		if n < sweepSlice {
			return nil
		}
	}
}

// Run sweeps at once and then every 10 minutes until ctx ends. Its caller owns
// the goroutine and waits for it. An error is logged, and the next sweep tries
// again.
func (v *Verifier) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := v.Sweep(ctx); err != nil && ctx.Err() == nil {
			v.c.Logger.WarnContext(ctx, "deny list not swept", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
