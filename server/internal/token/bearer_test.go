package token_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"porchlight/server/internal/token"
)

func TestBearer(t *testing.T) {
	for _, tc := range []struct {
		name   string
		values []string
		raw    string
		ok     bool
		err    error
	}{
		{name: "none"},
		{"usual", []string{"Bearer a.b.c"}, "a.b.c", true, nil},
		{"lower case", []string{"bearer a.b.c"}, "a.b.c", true, nil},
		{"mixed case", []string{"bEaReR a.b.c"}, "a.b.c", true, nil},
		{"two headers", []string{"Bearer a.b.c", "Bearer a.b.c"}, "", false, token.ErrAuthorization},
		{"two headers, one empty", []string{"Bearer a.b.c", ""}, "", false, token.ErrAuthorization},
		{"two in one header", []string{"Bearer a.b.c, Bearer d.e.f"}, "", false, token.ErrAuthorization},
		{"two with a comma only", []string{"Bearer a.b.c,d.e.f"}, "", false, token.ErrAuthorization},
		{"empty", []string{""}, "", false, token.ErrAuthorization},
		{"scheme only", []string{"Bearer"}, "", false, token.ErrAuthorization},
		{"scheme and blank", []string{"Bearer "}, "", false, token.ErrAuthorization},
		{"two blanks", []string{"Bearer  a.b.c"}, "", false, token.ErrAuthorization},
		{"tab", []string{"Bearer\ta.b.c"}, "", false, token.ErrAuthorization},
		{"no scheme", []string{"a.b.c"}, "", false, token.ErrAuthorization},
		{"another scheme", []string{"Basic YTpi"}, "", false, token.ErrAuthorization},
		{"scheme that only begins right", []string{"BearerX a.b.c"}, "", false, token.ErrAuthorization},
		{"letter that folds to an ASCII one", []string{"Bea\u017fer a"}, "", false, token.ErrAuthorization},
	} {
		t.Run(tc.name, func(t *testing.T) {
			raw, ok, err := token.Bearer(http.Header{"Authorization": tc.values})
			if raw != tc.raw || ok != tc.ok || !errors.Is(err, tc.err) {
				t.Errorf("Bearer = %q, %v, %v, want %q, %v, %v", raw, ok, err, tc.raw, tc.ok, tc.err)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	const realm = `Bearer realm="porchlight"`
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"no token", nil, realm},
		{"malformed header", token.ErrAuthorization, realm + `, error="invalid_request"`},
		{"refused", fmt.Errorf("read feed: %w", token.ErrSignature), realm + `, error="invalid_token"`},
		{"revoked is not told apart", token.ErrRevoked, realm + `, error="invalid_token"`},
		{"expired", token.ErrExpired, realm + `, error="invalid_token", error_description="The token expired"`},
		{"scope", token.ErrScope, realm + `, error="insufficient_scope"`},
		{"group", token.ErrGroup, realm + `, error="insufficient_scope"`},
		{"keys unavailable", token.ErrKeysUnavailable, ""},
		{"deny list unavailable", token.ErrDenialsUnavailable, ""},
		{"anything else", http.ErrBodyNotAllowed, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := token.Challenge(tc.err); got != tc.want {
				t.Errorf("Challenge(%v) = %s, want %s", tc.err, got, tc.want)
			}
		})
	}
}
