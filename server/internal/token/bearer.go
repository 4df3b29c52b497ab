package token

import (
	"errors"
	"net/http"
	"strings"
)

// RetryAfter is how many seconds a client may be told to wait after
// ErrKeysUnavailable or ErrDenialsUnavailable.
const RetryAfter = 5

// Bearer returns the token of a request: ok is false if there is no
// Authorization header. Two such headers, another scheme, no token, or a token
// with a blank or comma in it is ErrAuthorization; the scheme is compared
// without regard to case (RFC 9110 section 11.1). The token is not looked at
// further. A request that also carries a session cookie is for the caller to
// refuse.
func Bearer(h http.Header) (raw string, ok bool, err error) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return "", false, nil
	}
	if len(values) > 1 {
		return "", false, ErrAuthorization
	}
	scheme, raw, found := strings.Cut(values[0], " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || raw == "" || strings.ContainsAny(raw, " \t,") {
		return "", false, ErrAuthorization
	}
	return raw, true, nil
}

// Challenge returns the WWW-Authenticate value (RFC 6750 section 3) for a
// request that is refused because of err: with no error code for nil, that is
// when there was no token at all; invalid_request, invalid_token or
// insufficient_scope for refusals; and "" for any other error, such as
// ErrKeysUnavailable, which is no reason to authenticate. It says of an
// expired token that it expired, and nothing else of the reason.
func Challenge(err error) string {
	const scheme = `Bearer realm="porchlight"`
	switch {
	case err == nil:
		return scheme
	case errors.Is(err, ErrAuthorization):
		return scheme + `, error="invalid_request"`
	case errors.Is(err, ErrExpired):
		return scheme + `, error="invalid_token", error_description="The token expired"`
	case errors.Is(err, ErrInvalid):
		return scheme + `, error="invalid_token"`
	case errors.Is(err, ErrInsufficient):
		return scheme + `, error="insufficient_scope"`
	default:
		return ""
	}
}
