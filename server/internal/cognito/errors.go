package cognito

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What a call can fail with, to be tested with errors.Is. An error of this
// package is one of these, or it is the caller's own context.Canceled. The
// operations say which of them mean something particular.
var (
	// ErrNotAuthorized: a wrong password, an unknown or disabled account, a
	// token that is expired or revoked, or an account that is locked for some
	// seconds after wrong passwords.
	ErrNotAuthorized = errors.New("not authorized")
	// ErrUserNotConfirmed: the password is right, but the address has not been
	// confirmed yet.
	ErrUserNotConfirmed = errors.New("user not confirmed")
	// ErrUserNotFound: no such account. Only ForgotPassword,
	// ResendConfirmationCode, ChangePassword, GetUser and GlobalSignOut return
	// it; a client of the first two must not be able to tell.
	ErrUserNotFound = errors.New("user not found")
	// ErrUsernameExists: the address has an account already. The person who
	// asks must not be able to tell.
	ErrUsernameExists = errors.New("username exists")
	// ErrAlreadyConfirmed: the account needs no code any more.
	ErrAlreadyConfirmed = errors.New("user already confirmed")
	// ErrCodeMismatch: not the code that was sent last, or no such account.
	ErrCodeMismatch = errors.New("code mismatch")
	// ErrExpiredCode: the code is too old or was used, or there is none.
	ErrExpiredCode = errors.New("code expired")
	// ErrInvalidPassword: the pool's policy refuses the new password. The error
	// is an InvalidPasswordError, which can say why.
	ErrInvalidPassword = errors.New("invalid password")
	// ErrInvalidParameter: the pool refuses the request's form, or the app
	// client does not allow the operation.
	ErrInvalidParameter = errors.New("invalid parameter")
	// ErrPasswordResetRequired: an administrator demands a new password, by way
	// of ForgotPassword.
	ErrPasswordResetRequired = errors.New("password reset required")
	// ErrLimitExceeded: this account has used up its tries; wait an hour.
	ErrLimitExceeded = errors.New("limit exceeded")
	// ErrTooManyRequests: the pool is throttling all of us; wait seconds.
	ErrTooManyRequests = errors.New("too many requests")
	// ErrTokenReuse: the refresh token was replaced and its grace period is
	// over. Either an answer was lost or somebody holds a copy.
	ErrTokenReuse = errors.New("refresh token reused")
	// ErrChallenge: the pool asks for a further step that this client does not
	// know how to take. Error.Code names it.
	ErrChallenge = errors.New("unsupported challenge")
	// ErrUnavailable: no answer, or none that makes sense: the network, the
	// timeout, an internal error, a pool or client that does not exist. It says
	// nothing about the person, so nobody is signed out for it.
	ErrUnavailable = errors.New("user pool unavailable")
)

// An Error is how a call failed. Its text holds nothing secret and nothing
// personal.
type Error struct {
	// Op is the pool's operation: "InitiateAuth".
	Op string
	// Code is the pool's name for the error ("NotAuthorizedException") or for
	// the challenge ("SMS_MFA"); "" when it gave none.
	Code string
	// Status is the HTTP status; 0 when there was no answer.
	Status int

	kind  error // one of the sentinels; nil when the caller gave up
	cause error // the context's or the network's error; nil when the pool answered
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("user pool " + e.Op)
	if e.kind != nil {
		b.WriteString(": " + e.kind.Error())
	}
	if e.Code != "" {
		b.WriteString(" (" + e.Code + ")")
	}
	if e.Status >= http.StatusInternalServerError || e.Code == "" && e.Status != 0 {
		fmt.Fprintf(&b, ", status %d", e.Status)
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	return b.String()
}

// Unwrap returns the sentinel and the cause.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// translate makes an Error of what the SDK returned. ctx is the caller's: its
// end is the caller's own doing, the end of the call's timeout is the pool's.
func translate(ctx context.Context, op string, err error) error {
	e := &Error{Op: op, Status: status(err)}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		e.Code = cleanCode(api.ErrorCode())
		e.kind = kind(op, e.Code, e.Status, api.ErrorMessage())
		if e.kind == ErrInvalidPassword {
			return &InvalidPasswordError{Detail: api.ErrorMessage(), err: e}
		}
		return e
	}
	if ctx.Err() == context.Canceled {
		e.cause = context.Canceled
		return e
	}
	e.kind, e.cause = unanswered(e.Status), cause(err)
	return e
}

// unanswered is the sentinel for an answer without a readable error code.
func unanswered(status int) error {
	if status == http.StatusTooManyRequests {
		return ErrTooManyRequests
	}
	return ErrUnavailable
}

// status returns the HTTP status of the answer that err is about, or 0.
func status(err error) int {
	if re, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && re.Response != nil && re.Response.Response != nil {
		return re.HTTPStatusCode()
	}
	return 0
}

// cause returns the part of err that says what went wrong below the SDK. Its
// wrappers repeat the operation and the address, and a part of the body.
func cause(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return errAnswer
	}
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	if se, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return se.Err
	}
	return errors.New("the request was not sent")
}

// Causes when the pool's answer is not what the API describes.
var (
	errAnswer   = errors.New("the answer is not understood")
	errTooLarge = fmt.Errorf("the answer has more than %d bytes", maxAnswerBytes)
)

// garbage is the error for an answer that lacks what the API promises.
func garbage(op string) error { return &Error{Op: op, kind: ErrUnavailable, cause: errAnswer} }

// cleanCode returns a code as it may be printed. AWS's are one word of letters;
// anything else may be whatever came from anywhere, so it is left out, and so
// is the SDK's word for an error without a code.
func cleanCode(code string) string {
	const maxBytes = 64
	odd := func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_') }
	if len(code) > maxBytes || code == "UnknownError" || strings.ContainsFunc(code, odd) {
		return ""
	}
	return code
}
