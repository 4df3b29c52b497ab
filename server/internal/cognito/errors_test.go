package cognito_test

import (
	"errors"
	"strings"
	"testing"

	"porchlight/server/internal/cognito"
)

// TestCodes holds what each of the pool's errors is told as. The messages are
// those that AWS sends; only two rows depend on them.
func TestCodes(t *testing.T) {
	tests := []struct {
		op, code, message string
		want              error
	}{
		{"SignUp", "UsernameExistsException", "An account with the given email already exists.", cognito.ErrUsernameExists},
		{"SignUp", "InvalidPasswordException", "Password did not conform with policy: Password not long enough", cognito.ErrInvalidPassword},
		{"SignUp", "InvalidParameterException", "1 validation error detected: Value at 'password' failed", cognito.ErrInvalidParameter},
		{"SignUp", "UserLambdaValidationException", "PreSignUp failed with error " + canaryEmail, cognito.ErrInvalidParameter},
		{"SignUp", "UnexpectedLambdaException", "", cognito.ErrUnavailable},
		{"SignUp", "InvalidLambdaResponseException", "", cognito.ErrUnavailable},
		{"SignUp", "CodeDeliveryFailureException", "", cognito.ErrUnavailable},
		{"SignUp", "NotAuthorizedException", "SignUp is not permitted for this user pool", cognito.ErrNotAuthorized},
		{"SignUp", "LimitExceededException", "", cognito.ErrLimitExceeded},
		{"ConfirmSignUp", "CodeMismatchException", "Invalid verification code provided, please try again.", cognito.ErrCodeMismatch},
		{"ConfirmSignUp", "ExpiredCodeException", "Invalid code provided, please request a code again.", cognito.ErrExpiredCode},
		{"ConfirmSignUp", "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED", cognito.ErrAlreadyConfirmed},
		{"ConfirmSignUp", "NotAuthorizedException", "Unable to verify secret hash for client x", cognito.ErrNotAuthorized},
		{"ConfirmSignUp", "AliasExistsException", "", cognito.ErrUsernameExists},
		{"ConfirmSignUp", "TooManyFailedAttemptsException", "", cognito.ErrLimitExceeded},
		{"ConfirmSignUp", "UserNotFoundException", "Username/client id combination not found.", cognito.ErrCodeMismatch},
		{"ResendConfirmationCode", "InvalidParameterException", "User is already confirmed.", cognito.ErrAlreadyConfirmed},
		{"ResendConfirmationCode", "InvalidParameterException", "Cannot resend codes. Auto verification not turned on.", cognito.ErrInvalidParameter},
		{"ResendConfirmationCode", "UserNotFoundException", "", cognito.ErrUserNotFound},
		{"SignIn", "NotAuthorizedException", "Incorrect username or password.", cognito.ErrNotAuthorized},
		{"SignIn", "NotAuthorizedException", "Password attempts exceeded", cognito.ErrNotAuthorized},
		{"SignIn", "NotAuthorizedException", "User is disabled.", cognito.ErrNotAuthorized},
		{"SignIn", "NotAuthorizedException", "Current status is CONFIRMED", cognito.ErrNotAuthorized},
		{"SignIn", "UserNotFoundException", "User does not exist.", cognito.ErrNotAuthorized},
		{"SignIn", "InvalidPasswordException", "Invalid password", cognito.ErrNotAuthorized}, // cognito-local
		{"SignIn", "UserNotConfirmedException", "User is not confirmed.", cognito.ErrUserNotConfirmed},
		{"SignIn", "PasswordResetRequiredException", "", cognito.ErrPasswordResetRequired},
		{"SignIn", "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client", cognito.ErrInvalidParameter},
		{"SignIn", "TooManyRequestsException", "Rate exceeded", cognito.ErrTooManyRequests},
		{"SignIn", "ThrottlingException", "Rate exceeded", cognito.ErrTooManyRequests},
		{"SignIn", "notauthorizedexception", "", cognito.ErrNotAuthorized}, // the SDK compares without regard to case
		{"SignIn", "com.amazonaws.cognito.identity.idp.model#NotAuthorizedException", "", cognito.ErrNotAuthorized},
		{"Refresh", "NotAuthorizedException", "Refresh Token has been revoked", cognito.ErrNotAuthorized},
		{"Refresh", "RefreshTokenReuseException", "", cognito.ErrTokenReuse},
		{"Refresh", "UserNotFoundException", "", cognito.ErrNotAuthorized},
		{"ForgotPassword", "UserNotFoundException", "Username/client id combination not found.", cognito.ErrUserNotFound},
		{"ForgotPassword", "InvalidParameterException", "Cannot reset password for the user as there is no registered/verified email or phone_number", cognito.ErrInvalidParameter},
		{"ForgotPassword", "LimitExceededException", "Attempt limit exceeded, please try after some time.", cognito.ErrLimitExceeded},
		{"ConfirmForgotPassword", "CodeMismatchException", "", cognito.ErrCodeMismatch},
		{"ConfirmForgotPassword", "UserNotFoundException", "", cognito.ErrCodeMismatch},
		{"ConfirmForgotPassword", "PasswordHistoryPolicyViolationException", "Password has previously been used", cognito.ErrInvalidPassword},
		{"ChangePassword", "NotAuthorizedException", "Incorrect username or password.", cognito.ErrNotAuthorized},
		{"ChangePassword", "InvalidPasswordException", canaryPassword, cognito.ErrInvalidPassword},
		{"GetUser", "NotAuthorizedException", "Access Token has been revoked", cognito.ErrNotAuthorized},
		{"GetUser", "UserNotFoundException", "", cognito.ErrUserNotFound},
		{"RevokeToken", "UnsupportedTokenTypeException", "", cognito.ErrInvalidParameter},
		{"RevokeToken", "UnauthorizedException", "", cognito.ErrNotAuthorized},
		{"RevokeToken", "UnsupportedOperationException", "", cognito.ErrUnavailable},
		{"GlobalSignOut", "OperationNotEnabledException", "", cognito.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.op+" "+tt.code+" "+tt.message, func(t *testing.T) {
			_, c := serve(t, "", failure(tt.code, tt.message))
			checkKind(t, tt.op, operations()[tt.op](t.Context(), c), tt.want)
		})
	}
}

func TestErrorTells(t *testing.T) {
	tests := []struct {
		name string
		do   string
		c    *cognito.Client
		want string
	}{
		{"code", "SignIn", answering(t, 400, `{"__type":"NotAuthorizedException","message":"m"}`), "user pool InitiateAuth: not authorized (NotAuthorizedException)"},
		{"challenge", "SignIn", answering(t, 200, `{"ChallengeName":"SOFTWARE_TOKEN_MFA"}`), "user pool InitiateAuth: unsupported challenge (SOFTWARE_TOKEN_MFA)"},
		{"status", "SignUp", answering(t, 503, ``), "user pool SignUp: user pool unavailable, status 503"},
		{"garbage", "GetUser", answering(t, 200, `[]`), "user pool GetUser: user pool unavailable, status 200: the answer is not understood"},
		{"too large", "GetUser", answering(t, 200, `{"x":"`+strings.Repeat("x", 300<<10)+`"}`), "user pool GetUser: user pool unavailable, status 200: the answer has more than 262144 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := operations()[tt.do](t.Context(), tt.c); err == nil || err.Error() != tt.want {
				t.Errorf("%s = %q, want %q", tt.do, err, tt.want)
			}
		})
	}
}

func answering(t *testing.T, status int, body string) *cognito.Client {
	t.Helper()
	_, c := serve(t, "", say(status, body))
	return c
}

func TestSentence(t *testing.T) {
	const ours = "This password is not accepted. Choose another."
	tests := []struct{ name, detail, want string }{
		{"policy", "Password did not conform with policy: Password not long enough", "Password not long enough."},
		{"history", "Password has previously been used", "Password has previously been used."},
		{"small letter, full stop", "too short.", "Too short."},
		{"empty", "", ours},
		{"nothing after the policy", "Password did not conform with policy: ", ours},
		{"control characters", "bad\x00password", ours},
		{"not UTF-8", "bad\xff", ours},
		{"long", string(make([]rune, 5000)), ours},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &cognito.InvalidPasswordError{Detail: tt.detail}
			if got := e.Sentence(); got != tt.want {
				t.Errorf("Sentence = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInvalidPasswordKeepsTheReason(t *testing.T) {
	const reason = "Password did not conform with policy: Password must have symbol characters"
	_, c := serve(t, "", failure("InvalidPasswordException", reason))
	err := c.ConfirmForgotPassword(t.Context(), canaryEmail, canaryCode, canaryPassword)
	e, ok := errors.AsType[*cognito.InvalidPasswordError](err)
	if !ok || e.Detail != reason || e.Sentence() != "Password must have symbol characters." {
		t.Errorf("ConfirmForgotPassword = %#v, want the pool's reason", err)
	}
}
