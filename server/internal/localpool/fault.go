package localpool

import "fmt"

// A fault is an answer that refuses: a type of the Cognito API and a message.
// It is for the caller, so it holds nothing that the caller must not know.
type fault struct {
	kind    string // "NotAuthorizedException"
	message string
}

func (f *fault) Error() string { return f.kind + ": " + f.message }

// Types of faults.
const (
	kindCodeMismatch     = "CodeMismatchException"
	kindExpiredCode      = "ExpiredCodeException"
	kindGroupExists      = "GroupExistsException"
	kindInternal         = "InternalErrorException"
	kindInvalid          = "InvalidParameterException"
	kindInvalidPassword  = "InvalidPasswordException"
	kindLimitExceeded    = "LimitExceededException"
	kindNoCredentials    = "MissingAuthenticationTokenException"
	kindNotAuthorized    = "NotAuthorizedException"
	kindNotFound         = "ResourceNotFoundException"
	kindReuse            = "RefreshTokenReuseException"
	kindSerialization    = "SerializationException"
	kindTooMany          = "TooManyRequestsException"
	kindUnauthorized     = "UnauthorizedException"
	kindUnknown          = "UnknownOperationException"
	kindUnsupportedOp    = "UnsupportedOperationException"
	kindUnsupportedState = "UnsupportedUserStateException"
	kindUnsupported      = "UnsupportedTokenTypeException"
	kindUserExists       = "UsernameExistsException"
	kindUnconfirmed      = "UserNotConfirmedException"
	kindUserNotFound     = "UserNotFoundException"
)

func faultf(kind, format string, args ...any) *fault {
	return &fault{kind, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *fault { return faultf(kindInvalid, format, args...) }

func notAuthorized(format string, args ...any) *fault {
	return faultf(kindNotAuthorized, format, args...)
}

// errPassword is the one answer to a wrong password and to an unknown name.
func errPassword() *fault { return notAuthorized("Incorrect username or password.") }

func errCode() *fault {
	return &fault{kindCodeMismatch, "Invalid verification code provided, please try again."}
}

func errCodeExpired() *fault {
	return &fault{kindExpiredCode, "Invalid code provided, please request a code again."}
}

func errLimit() *fault {
	return &fault{kindLimitExceeded, "Attempt limit exceeded, please try after some time."}
}

func errBusy() *fault { return &fault{kindTooMany, "Too many requests"} }

func errNoUser() *fault { return &fault{kindUserNotFound, "User does not exist."} }
