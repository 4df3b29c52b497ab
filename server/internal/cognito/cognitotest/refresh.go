package cognitotest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"porchlight/server/internal/cognito"
)

func refreshCases() []testCase {
	return []testCase{
		{"refresh/new tokens", refreshNew},
		{"refresh/rotation", refreshRotation},
		{"refresh/garbage", refreshGarbage},
		{"refresh/of another client", refreshForeign},
	}
}

// username returns the canonical username, with which a refresh is asked for.
func (k kit) username(ctx context.Context, access string) (string, error) {
	u, err := k.client().GetUser(ctx, access)
	return u.Username, wrap("GetUser", err)
}

func refreshNew(ctx context.Context, k kit) error {
	_, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	username, err := k.username(ctx, t.Access)
	if err != nil {
		return err
	}
	k.wait(secondsApart)
	fresh, err := k.refresh(ctx, t.Refresh, username)
	if err != nil {
		return wrap("Refresh", err)
	}
	if fresh.Access == t.Access {
		return errors.New("the access token after Refresh is the same")
	}
	again, err := k.username(ctx, fresh.Access)
	if err == nil && again != username {
		err = fmt.Errorf("the new access token is for %q, want %q", again, username)
	}
	return err
}

// refreshRotation: with rotation each refresh gives another refresh token, the
// one before works for its grace and is refused as reused afterwards; without,
// the same one works on.
func refreshRotation(ctx context.Context, k kit) error {
	_, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	username, err := k.username(ctx, t.Access)
	if err != nil {
		return err
	}
	next, err := k.refresh(ctx, t.Refresh, username)
	if err != nil {
		return wrap("Refresh", err)
	}
	if !k.app.Rotates {
		_, err := k.refresh(ctx, t.Refresh, username)
		if next.Refresh != "" && next.Refresh != t.Refresh {
			return errors.New("the refresh token after Refresh is another, want none without rotation")
		}
		return wrap("Refresh with the same token", err)
	}
	if next.Refresh == "" || next.Refresh == t.Refresh {
		return errors.New("the refresh token after Refresh is no other, want one with rotation")
	}
	return k.afterGrace(ctx, t.Refresh, next.Refresh, username)
}

func (k kit) afterGrace(ctx context.Context, old, next, username string) error {
	if k.app.Grace > time.Second {
		if _, err := k.refresh(ctx, old, username); err != nil {
			return wrap("Refresh with the old token within its grace", err)
		}
	}
	k.wait(k.app.Grace + time.Second)
	_, reuse := k.refresh(ctx, old, username)
	_, err := k.refresh(ctx, next, username)
	return first(
		refused("Refresh with the old token after its grace", reuse, cognito.ErrTokenReuse, cognito.ErrNotAuthorized),
		wrap("Refresh with the new token", err))
}

func refreshGarbage(ctx context.Context, k kit) error {
	_, err := k.refresh(ctx, "garbage.but.well.formed.token", "nobody")
	return refused("Refresh with garbage", err, cognito.ErrNotAuthorized)
}

// refreshForeign: a refresh token belongs to the client that it was given to.
func refreshForeign(ctx context.Context, k kit) error {
	if k.other.Client == k.app.Client {
		return nil
	}
	_, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	username, err := k.username(ctx, t.Access)
	if err != nil {
		return err
	}
	_, err = k.other.Client.Refresh(ctx, t.Refresh, username)
	return refused("Refresh by another client", err, cognito.ErrNotAuthorized)
}
