package cognitotest

import (
	"context"

	"porchlight/server/internal/cognito"
)

func signOutCases() []testCase {
	return []testCase{
		{"sign-out/revoke", revoke},
		{"sign-out/revoke again", revokeAgain},
		{"sign-out/revoke an access token", revokeAccess},
		{"sign-out/global", globalSignOut},
	}
}

// twice signs one account in twice and returns its canonical username too.
func (k kit) twice(ctx context.Context) (a account, one, two cognito.Tokens, username string, err error) {
	a, one, err = k.signedIn(ctx)
	if err != nil {
		return a, one, two, "", err
	}
	two, err = k.client().SignIn(ctx, a.email, password)
	if err != nil {
		return a, one, two, "", wrap("SignIn a second time", err)
	}
	username, err = k.username(ctx, one.Access)
	return a, one, two, username, err
}

// revoke: what came from one sign-in ends, the other sign-in lives on.
func revoke(ctx context.Context, k kit) error {
	_, one, two, username, err := k.twice(ctx)
	if err != nil {
		return err
	}
	if err := k.client().RevokeToken(ctx, one.Refresh); err != nil {
		return wrap("RevokeToken", err)
	}
	_, gone := k.refresh(ctx, one.Refresh, username)
	_, access := k.client().GetUser(ctx, one.Access)
	_, live := k.refresh(ctx, two.Refresh, username)
	_, user := k.client().GetUser(ctx, two.Access)
	return first(
		refused("Refresh with the revoked token", gone, cognito.ErrNotAuthorized),
		refused("GetUser of the revoked sign-in", access, cognito.ErrNotAuthorized),
		wrap("Refresh of the other sign-in", live),
		wrap("GetUser of the other sign-in", user))
}

func revokeAgain(ctx context.Context, k kit) error {
	_, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	return first(
		wrap("RevokeToken", k.client().RevokeToken(ctx, t.Refresh)),
		wrap("RevokeToken again", k.client().RevokeToken(ctx, t.Refresh)))
}

func revokeAccess(ctx context.Context, k kit) error {
	_, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	return refused("RevokeToken of an access token", k.client().RevokeToken(ctx, t.Access), cognito.ErrInvalidParameter)
}

// globalSignOut: every sign-in ends, the account stays.
func globalSignOut(ctx context.Context, k kit) error {
	a, one, two, username, err := k.twice(ctx)
	if err != nil {
		return err
	}
	if err := k.client().GlobalSignOut(ctx, one.Access); err != nil {
		return wrap("GlobalSignOut", err)
	}
	_, mine := k.refresh(ctx, one.Refresh, username)
	_, second := k.refresh(ctx, two.Refresh, username)
	_, access := k.client().GetUser(ctx, two.Access)
	k.wait(secondsApart)
	fresh, err := k.client().SignIn(ctx, a.email, password)
	_, user := k.client().GetUser(ctx, fresh.Access)
	return first(
		refused("Refresh of this sign-in", mine, cognito.ErrNotAuthorized),
		refused("Refresh of the other sign-in", second, cognito.ErrNotAuthorized),
		refused("GetUser of the other sign-in", access, cognito.ErrNotAuthorized),
		wrap("SignIn afterwards", err),
		wrap("GetUser afterwards", user))
}
