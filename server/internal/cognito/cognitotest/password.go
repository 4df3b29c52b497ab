package cognitotest

import (
	"context"

	"porchlight/server/internal/cognito"
)

func passwordCases() []testCase {
	return []testCase{
		{"password/change", changePassword},
		{"password/change refused", changeRefused},
		{"recover/wrong code, then right, then used", recoverPassword},
		{"recover/voids the code before", recoverVoids},
		{"recover/weak password", recoverWeak},
		{"recover/unknown account", recoverUnknown},
	}
}

// passwordIs wants the account to have the one password and not the other.
func (k kit) passwordIs(ctx context.Context, email, right, wrong string) error {
	_, old := k.client().SignIn(ctx, email, wrong)
	_, err := k.client().SignIn(ctx, email, right)
	return first(
		refused("SignIn with the other password", old, cognito.ErrNotAuthorized),
		wrap("SignIn with the password", err))
}

func changePassword(ctx context.Context, k kit) error {
	a, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	if err := k.client().ChangePassword(ctx, t.Access, password, otherPassword); err != nil {
		return wrap("ChangePassword", err)
	}
	return k.passwordIs(ctx, a.email, otherPassword, password)
}

func changeRefused(ctx context.Context, k kit) error {
	a, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	return first(
		refused("ChangePassword with a wrong one", k.client().ChangePassword(ctx, t.Access, otherPassword, otherPassword), cognito.ErrNotAuthorized),
		refused("ChangePassword to a weak one", k.client().ChangePassword(ctx, t.Access, password, "lowercase-only"), cognito.ErrInvalidPassword),
		refused("ChangePassword without a token", k.client().ChangePassword(ctx, "eyJhbGciOiJSUzI1NiJ9.e30.e30", password, otherPassword), cognito.ErrNotAuthorized, cognito.ErrInvalidParameter),
		k.passwordIs(ctx, a.email, password, otherPassword))
}

// forgot asks for a recovery code and returns it.
func (k kit) forgot(ctx context.Context, email string) (string, error) {
	d, err := k.client().ForgotPassword(ctx, email)
	if err := masked("ForgotPassword", d, err); err != nil {
		return "", err
	}
	return k.code(ctx, email, Recover)
}

func recoverPassword(ctx context.Context, k kit) error {
	a, err := k.member(ctx)
	if err != nil {
		return err
	}
	code, err := k.forgot(ctx, a.email)
	if err != nil {
		return err
	}
	confirm := func(code, password string) error {
		return k.client().ConfirmForgotPassword(ctx, a.email, code, password)
	}
	return first(
		refused("ConfirmForgotPassword with a wrong code", confirm(wrongCode(code), otherPassword), cognito.ErrCodeMismatch),
		k.passwordIs(ctx, a.email, password, otherPassword),
		wrap("ConfirmForgotPassword", confirm(code, otherPassword)),
		refused("ConfirmForgotPassword again", confirm(code, password), cognito.ErrExpiredCode, cognito.ErrCodeMismatch),
		k.passwordIs(ctx, a.email, otherPassword, password))
}

func recoverVoids(ctx context.Context, k kit) error {
	a, err := k.member(ctx)
	if err != nil {
		return err
	}
	old, err := k.forgot(ctx, a.email)
	if err != nil {
		return err
	}
	code, err := k.forgot(ctx, a.email)
	if err != nil {
		return err
	}
	return first(
		refused("ConfirmForgotPassword with the old code", k.client().ConfirmForgotPassword(ctx, a.email, old, otherPassword), cognito.ErrCodeMismatch, cognito.ErrExpiredCode),
		wrap("ConfirmForgotPassword with the new code", k.client().ConfirmForgotPassword(ctx, a.email, code, otherPassword)))
}

// recoverWeak: a refused password does not use the code up.
func recoverWeak(ctx context.Context, k kit) error {
	a, err := k.member(ctx)
	if err != nil {
		return err
	}
	code, err := k.forgot(ctx, a.email)
	if err != nil {
		return err
	}
	return first(
		refused("ConfirmForgotPassword with a weak password", k.client().ConfirmForgotPassword(ctx, a.email, code, "lowercase-only"), cognito.ErrInvalidPassword),
		wrap("ConfirmForgotPassword", k.client().ConfirmForgotPassword(ctx, a.email, code, otherPassword)))
}

func recoverUnknown(ctx context.Context, k kit) error {
	email := k.stranger().email
	_, err := k.client().ForgotPassword(ctx, email)
	confirm := k.client().ConfirmForgotPassword(ctx, email, "123456", otherPassword)
	return first(
		worked("ForgotPassword of nobody", err, cognito.ErrUserNotFound, cognito.ErrInvalidParameter),
		refused("ConfirmForgotPassword of nobody", confirm, cognito.ErrCodeMismatch, cognito.ErrExpiredCode))
}
