package cognito

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"porchlight/shared/api"
)

// kind returns the sentinel for an error that the pool named. A status of 500
// and above wins over the name: whatever a server that breaks says of the
// person is not to be believed.
func kind(op, code string, status int, message string) error {
	if status >= http.StatusInternalServerError {
		return ErrUnavailable
	}
	if err := kindByText(op, code, message); err != nil {
		return err
	}
	if code == "UserNotFoundException" {
		return unknownUser(op)
	}
	if code == "InvalidPasswordException" && op == "InitiateAuth" {
		return ErrNotAuthorized // cognito-local's word for a wrong password
	}
	if err := kindByCode(code); err != nil {
		return err
	}
	return unanswered(status)
}

// kindByText tells the two cases apart that share a code with others. The
// texts are not promised, but many programs rely on them; should they change,
// the person reads that the code was refused.
func kindByText(op, code, message string) error {
	confirmed := op == "ConfirmSignUp" && code == "NotAuthorizedException" && strings.Contains(message, "Current status is CONFIRMED") ||
		op == "ResendConfirmationCode" && code == "InvalidParameterException" && strings.Contains(message, "already confirmed")
	if confirmed {
		return ErrAlreadyConfirmed
	}
	return nil
}

// unknownUser is what an unknown account is told as. A client without
// PreventUserExistenceErrors gives it away; here it looks as it does with.
func unknownUser(op string) error {
	switch op {
	case "InitiateAuth", "GetTokensFromRefreshToken":
		return ErrNotAuthorized
	case "ConfirmSignUp", "ConfirmForgotPassword":
		return ErrCodeMismatch
	}
	return ErrUserNotFound
}

// kindByCode is the table of the codes that mean the same for every operation.
// Those it lacks are ErrUnavailable: ResourceNotFound, InternalError,
// CodeDeliveryFailure, OperationNotEnabled, UnsupportedOperation, Forbidden
// (a web firewall) and the failures of the pool's own Lambda functions are not
// for the person to mend.
func kindByCode(code string) error {
	switch code {
	case "NotAuthorizedException", "UnauthorizedException":
		return ErrNotAuthorized
	case "UserNotConfirmedException":
		return ErrUserNotConfirmed
	case "UsernameExistsException", "AliasExistsException":
		return ErrUsernameExists
	case "CodeMismatchException":
		return ErrCodeMismatch
	case "ExpiredCodeException":
		return ErrExpiredCode
	case "InvalidPasswordException", "PasswordHistoryPolicyViolationException":
		return ErrInvalidPassword
	case "InvalidParameterException", "UserLambdaValidationException", "UnsupportedTokenTypeException":
		return ErrInvalidParameter
	case "PasswordResetRequiredException":
		return ErrPasswordResetRequired
	case "LimitExceededException", "TooManyFailedAttemptsException":
		return ErrLimitExceeded
	case "TooManyRequestsException", "ThrottlingException", "Throttling":
		return ErrTooManyRequests
	case "RefreshTokenReuseException":
		return ErrTokenReuse
	}
	return nil
}

// unknownOperation reports whether the pool said that it has no such
// operation: AWS's name for that, cognito-local's "CognitoLocal#Unsupported",
// and the statuses with which web servers and other emulators say it.
func unknownOperation(e *Error) bool {
	switch e.Code {
	case "UnknownOperationException", "UnknownOperation", "UnsupportedOperationException", "Unsupported", "NotImplemented", "InvalidAction":
		return true
	}
	return e.Status == http.StatusNotFound || e.Status == http.StatusNotImplemented
}

// An InvalidPasswordError is ErrInvalidPassword with the pool's reason.
type InvalidPasswordError struct {
	// Detail is the pool's own text. It is for the person at the form; it is
	// not part of the error's text, and not for logs.
	Detail string

	err *Error
}

func (e *InvalidPasswordError) Error() string { return e.err.Error() }

// Unwrap returns the Error underneath.
func (e *InvalidPasswordError) Unwrap() error { return e.err }

// Sentence returns the pool's reason as a sentence to show beside the field,
// and words of our own when there is none or it is not fit to be shown.
func (e *InvalidPasswordError) Sentence() string {
	const maxRunes = 200
	_, s, found := strings.Cut(e.Detail, "conform with policy:")
	if !found {
		s = e.Detail
	}
	s = strings.TrimSpace(s)
	if s == "" || utf8.RuneCountInString(s) > maxRunes || !api.ValidText(s) {
		return "This password is not accepted. Choose another."
	}
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + strings.TrimRight(s[n:], ".") + "."
}
