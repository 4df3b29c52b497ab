package cognitotest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"porchlight/server/internal/cognito"
)

func signUpCases() []testCase {
	return []testCase{
		{"sign-up/delivers", signUpDelivers},
		{"sign-up/duplicate", signUpDuplicate},
		{"sign-up/weak password", signUpWeak},
	}
}

func confirmCases() []testCase {
	return []testCase{
		{"confirm/wrong code, then right", confirmWrong},
		{"confirm/used code", confirmUsed},
		{"confirm/unknown account", confirmUnknown},
		{"resend/voids the code before", resendVoids},
		{"resend/confirmed account", resendConfirmed},
		{"resend/unknown account", resendUnknown},
	}
}

func signUpDelivers(ctx context.Context, k kit) error {
	a := k.stranger()
	d, err := k.client().SignUp(ctx, cognito.NewUser{Email: a.email, Password: password, Name: a.name, Handle: a.handle})
	if err := masked("SignUp", d, err); err != nil {
		return err
	}
	if d.Confirmed {
		return errors.New("SignUp confirmed the account at once")
	}
	_, err = k.code(ctx, a.email, Confirm)
	return err
}

// signUpDuplicate: an address has one account, confirmed or not, however its
// letters are written.
func signUpDuplicate(ctx context.Context, k kit) error {
	a, err := k.signUp(ctx)
	if err != nil {
		return err
	}
	again := func(email string) error {
		_, err := k.client().SignUp(ctx, cognito.NewUser{Email: email, Password: otherPassword, Name: "Eve", Handle: "eve"})
		return err
	}
	if err := refused("SignUp of an unconfirmed address", again(a.email), cognito.ErrUsernameExists); err != nil {
		return err
	}
	code, err := k.code(ctx, a.email, Confirm)
	if err != nil {
		return err
	}
	err = wrap("ConfirmSignUp with the code of the first", k.client().ConfirmSignUp(ctx, a.email, code))
	_, signIn := k.client().SignIn(ctx, a.email, otherPassword)
	return first(err,
		refused("SignUp of a confirmed address", again(a.email), cognito.ErrUsernameExists),
		refused("SignUp in capitals", again(strings.ToUpper(a.email)), cognito.ErrUsernameExists),
		refused("SignIn with the password of the second", signIn, cognito.ErrNotAuthorized))
}

// signUpWeak: a refused password leaves no account behind.
func signUpWeak(ctx context.Context, k kit) error {
	a := k.stranger()
	_, err := k.client().SignUp(ctx, cognito.NewUser{Email: a.email, Password: "lowercase-only", Name: a.name, Handle: a.handle})
	if err := refused("SignUp with a weak password", err, cognito.ErrInvalidPassword); err != nil {
		return err
	}
	if e, ok := errors.AsType[*cognito.InvalidPasswordError](err); !ok || e.Detail == "" {
		return fmt.Errorf("SignUp with a weak password = %#v, want the pool's reason", err)
	}
	_, err = k.client().SignUp(ctx, cognito.NewUser{Email: a.email, Password: weakPassword, Name: a.name, Handle: a.handle})
	if err := refused("SignUp with five characters", err, cognito.ErrInvalidPassword, cognito.ErrInvalidParameter); err != nil {
		return err
	}
	_, err = k.client().SignUp(ctx, cognito.NewUser{Email: a.email, Password: password, Name: a.name, Handle: a.handle})
	return wrap("SignUp with a good password", err)
}

func confirmWrong(ctx context.Context, k kit) error {
	a, err := k.signUp(ctx)
	if err != nil {
		return err
	}
	code, err := k.code(ctx, a.email, Confirm)
	if err != nil {
		return err
	}
	err = refused("ConfirmSignUp with a wrong code", k.client().ConfirmSignUp(ctx, a.email, wrongCode(code)), cognito.ErrCodeMismatch)
	if err != nil {
		return err
	}
	err = wrap("ConfirmSignUp with the right code", k.client().ConfirmSignUp(ctx, a.email, code))
	_, signIn := k.client().SignIn(ctx, a.email, password)
	return first(err, wrap("SignIn", signIn))
}

func confirmUsed(ctx context.Context, k kit) error {
	a, err := k.signUp(ctx)
	if err != nil {
		return err
	}
	code, err := k.code(ctx, a.email, Confirm)
	if err != nil {
		return err
	}
	return first(
		wrap("ConfirmSignUp", k.client().ConfirmSignUp(ctx, a.email, code)),
		refused("ConfirmSignUp again", k.client().ConfirmSignUp(ctx, a.email, code), cognito.ErrAlreadyConfirmed))
}

func confirmUnknown(ctx context.Context, k kit) error {
	err := k.client().ConfirmSignUp(ctx, k.stranger().email, "123456")
	return refused("ConfirmSignUp of nobody", err, cognito.ErrCodeMismatch, cognito.ErrExpiredCode)
}

func resendVoids(ctx context.Context, k kit) error {
	a, err := k.signUp(ctx)
	if err != nil {
		return err
	}
	old, err := k.code(ctx, a.email, Confirm)
	if err != nil {
		return err
	}
	d, err := k.client().ResendConfirmationCode(ctx, a.email)
	if err := masked("ResendConfirmationCode", d, err); err != nil {
		return err
	}
	code, err := k.code(ctx, a.email, Confirm)
	if err != nil {
		return err
	}
	if code == old {
		return errors.New("ResendConfirmationCode sent the same code again")
	}
	return first(
		refused("ConfirmSignUp with the old code", k.client().ConfirmSignUp(ctx, a.email, old), cognito.ErrCodeMismatch, cognito.ErrExpiredCode),
		wrap("ConfirmSignUp with the new code", k.client().ConfirmSignUp(ctx, a.email, code)))
}

func resendConfirmed(ctx context.Context, k kit) error {
	a, err := k.member(ctx)
	if err != nil {
		return err
	}
	_, err = k.client().ResendConfirmationCode(ctx, a.email)
	return worked("ResendConfirmationCode of a confirmed account", err, cognito.ErrAlreadyConfirmed)
}

func resendUnknown(ctx context.Context, k kit) error {
	_, err := k.client().ResendConfirmationCode(ctx, k.stranger().email)
	return worked("ResendConfirmationCode of nobody", err, cognito.ErrUserNotFound)
}
