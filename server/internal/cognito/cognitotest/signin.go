package cognitotest

import (
	"context"
	"fmt"
	"strings"

	"porchlight/server/internal/cognito"
)

func signInCases() []testCase {
	return []testCase{
		{"sign-in/right", signInRight},
		{"sign-in/wrong and unknown alike", signInAlike},
		{"sign-in/unconfirmed", signInUnconfirmed},
		{"sign-in/capitals", signInCapitals},
		{"user/attributes", userAttributes},
		{"user/garbage token", userGarbage},
	}
}

func signInRight(ctx context.Context, k kit) error {
	a, one, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	two, err := k.client().SignIn(ctx, a.email, password)
	if err != nil {
		return wrap("SignIn a second time", err)
	}
	if one.Access == one.ID || one.Access == two.Access || one.Refresh == two.Refresh {
		return fmt.Errorf("two sign-ins share a token, or the access token is the ID token")
	}
	return nil
}

// signInAlike: whoever asks cannot tell a wrong password from no account.
func signInAlike(ctx context.Context, k kit) error {
	a, err := k.member(ctx)
	if err != nil {
		return err
	}
	_, wrong := k.client().SignIn(ctx, a.email, otherPassword)
	_, unknown := k.client().SignIn(ctx, k.stranger().email, otherPassword)
	if err := first(
		refused("SignIn with a wrong password", wrong, cognito.ErrNotAuthorized),
		refused("SignIn of nobody", unknown, cognito.ErrNotAuthorized)); err != nil {
		return err
	}
	_, err = k.client().SignIn(ctx, a.email, password)
	return wrap("SignIn after a wrong password", err)
}

// signInUnconfirmed: only who knows the password learns that the account waits
// for its code.
func signInUnconfirmed(ctx context.Context, k kit) error {
	a, err := k.signUp(ctx)
	if err != nil {
		return err
	}
	_, right := k.client().SignIn(ctx, a.email, password)
	_, wrong := k.client().SignIn(ctx, a.email, otherPassword)
	return first(
		refused("SignIn", right, cognito.ErrUserNotConfirmed),
		refused("SignIn with a wrong password", wrong, cognito.ErrNotAuthorized))
}

func signInCapitals(ctx context.Context, k kit) error {
	a, err := k.member(ctx)
	if err != nil {
		return err
	}
	_, err = k.client().SignIn(ctx, strings.ToUpper(a.email), password)
	return wrap("SignIn in capitals", err)
}

func userAttributes(ctx context.Context, k kit) error {
	a, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	u, err := k.client().GetUser(ctx, t.Access)
	if err != nil {
		return wrap("GetUser", err)
	}
	want := cognito.User{Username: u.Username, Sub: u.Sub, Email: a.email, Name: a.name, Handle: a.handle}
	if u != want {
		return fmt.Errorf("GetUser = %+v, want %+v", u, want)
	}
	return nil
}

func userGarbage(ctx context.Context, k kit) error {
	_, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	_, garbage := k.client().GetUser(ctx, "eyJhbGciOiJSUzI1NiJ9.e30.e30")
	_, id := k.client().GetUser(ctx, t.ID)
	return first(
		refused("GetUser with garbage", garbage, cognito.ErrNotAuthorized, cognito.ErrInvalidParameter),
		refused("GetUser with an ID token", id, cognito.ErrNotAuthorized, cognito.ErrInvalidParameter))
}
