package cognitotest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"porchlight/server/internal/cognito"
)

// Passwords that satisfy the pool's policy, and one that does not.
const (
	password      = "Correct-horse-1"
	otherPassword = "Battery-staple-2"
	weakPassword  = "short"
)

// secondsApart is how long to wait where tokens of two moments are compared:
// their times are whole seconds.
const secondsApart = time.Second

// kit is what a case works with.
type kit struct {
	pool  Pool
	app   App
	other App // another app of the pool, or the same when there is one
}

// account is somebody in the pool.
type account struct {
	email, name, handle string
}

func (k kit) client() *cognito.Client { return k.app.Client }

func (k kit) wait(d time.Duration) {
	if k.pool.Wait == nil {
		time.Sleep(d)
		return
	}
	k.pool.Wait(d)
}

func (k kit) code(ctx context.Context, email, purpose string) (string, error) {
	code, err := k.pool.Code(ctx, email, purpose)
	if err != nil || code == "" {
		return "", fmt.Errorf("the code to %s did not arrive: %v", purpose, err)
	}
	return code, nil
}

// stranger makes up somebody whom the pool does not know.
func (k kit) stranger() account {
	id := strings.ToLower(rand.Text())[:16]
	a := account{email: "contract-" + id + "@example.com", name: "Ada " + id, handle: "ada_" + id}
	if k.pool.Address != nil {
		a.email = k.pool.Address()
	}
	return a
}

// signUp makes an account that is not confirmed yet.
func (k kit) signUp(ctx context.Context) (account, error) {
	a := k.stranger()
	_, err := k.client().SignUp(ctx, cognito.NewUser{Email: a.email, Password: password, Name: a.name, Handle: a.handle})
	return a, wrap("SignUp", err)
}

// member makes an account that is confirmed.
func (k kit) member(ctx context.Context) (account, error) {
	a, err := k.signUp(ctx)
	if err != nil {
		return a, err
	}
	code, err := k.code(ctx, a.email, Confirm)
	if err != nil {
		return a, err
	}
	return a, wrap("ConfirmSignUp", k.client().ConfirmSignUp(ctx, a.email, code))
}

// signedIn makes an account that is confirmed, and signs it in.
func (k kit) signedIn(ctx context.Context) (account, cognito.Tokens, error) {
	a, err := k.member(ctx)
	if err != nil {
		return a, cognito.Tokens{}, err
	}
	t, err := k.client().SignIn(ctx, a.email, password)
	return a, t, wrap("SignIn", err)
}

// refresh refreshes as the server does: with the canonical username.
func (k kit) refresh(ctx context.Context, refreshToken, username string) (cognito.Tokens, error) {
	return k.client().Refresh(ctx, refreshToken, username)
}

// wrap says which step of a case failed.
func wrap(step string, err error) error {
	if err != nil {
		return fmt.Errorf("%s = %w, want no error", step, err)
	}
	return nil
}

// refused wants err to be one of the sentinels.
func refused(step string, err error, wants ...error) error {
	for _, want := range wants {
		if errors.Is(err, want) {
			return nil
		}
	}
	return fmt.Errorf("%s = %v, want %v", step, err, wants)
}

// worked is refused for a call that may also answer as if it had worked, in
// order not to tell whether there is an account.
func worked(step string, err error, wants ...error) error {
	if err == nil {
		return nil
	}
	return refused(step, err, wants...)
}

// masked wants the call to have sent a code by mail, and not to tell where.
func masked(step string, d cognito.Delivery, err error) error {
	if err == nil && (d.Medium != "EMAIL" || !strings.Contains(d.Destination, "***")) {
		return fmt.Errorf("%s = %+v, want a masked address to which a code was mailed", step, d)
	}
	return wrap(step, err)
}

// wrongCode returns a code of the same form that is not code.
func wrongCode(code string) string {
	last := code[len(code)-1]
	if last == '0' {
		return code[:len(code)-1] + "1"
	}
	return code[:len(code)-1] + "0"
}

// first returns the first of the errors that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
