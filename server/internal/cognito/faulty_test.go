package cognito_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/cognito"
)

// TestFaultyPool holds what each thing that a pool can do wrong is told as, by
// every operation alike unless ops names some.
func TestFaultyPool(t *testing.T) {
	// What a careless pool repeats in its messages.
	echo := strings.Join([]string{canaryEmail, canaryPassword, canaryCode, canaryToken, canaryRefresh, canarySecret}, " ")
	tests := []struct {
		name   string
		ops    string // those concerned; "" is all
		answer func(http.ResponseWriter, string)
		want   error
	}{
		{"internal error", "", say(500, `{"__type":"InternalErrorException","message":"`+echo+`"}`), cognito.ErrUnavailable},
		{"internal error with a verdict", "", say(500, `{"__type":"NotAuthorizedException"}`), cognito.ErrUnavailable},
		{"bad gateway in HTML", "", say(502, "<html>"+echo), cognito.ErrUnavailable},
		{"empty 503", "", say(503, ""), cognito.ErrUnavailable},
		{"unknown error", "", failure("TeapotException", echo), cognito.ErrUnavailable},
		{"unknown error with a strange name", "", failure("Te\napot "+echo, echo), cognito.ErrUnavailable},
		{"error without a name", "", say(400, `{}`), cognito.ErrUnavailable},
		{"empty 400", "", say(400, ""), cognito.ErrUnavailable},
		{"error in HTML", "", say(403, "<html>"+echo), cognito.ErrUnavailable},
		{"error of another type", "", say(400, `{"__type":7,"message":[]}`), cognito.ErrUnavailable},
		{"unknown client", "", failure("ResourceNotFoundException", "User pool client "+echo+" does not exist."), cognito.ErrUnavailable},
		{"web firewall", "", failure("ForbiddenException", echo), cognito.ErrUnavailable},
		{"throttling", "", failure("TooManyRequestsException", echo), cognito.ErrTooManyRequests},
		{"throttling by a proxy", "", say(429, ""), cognito.ErrTooManyRequests},
		{"throttling in HTML", "", say(429, "<html>"+echo), cognito.ErrTooManyRequests},
		{"expired session", "SignIn Refresh", failure("NotAuthorizedException", "Invalid session for the user, session is expired. "+echo), cognito.ErrNotAuthorized},
		{"limit", "", failure("LimitExceededException", echo), cognito.ErrLimitExceeded},
		{"redirect", "", redirect, cognito.ErrUnavailable},
		{"garbage", "", say(200, "\x00\xff"+echo), cognito.ErrUnavailable},
		{"cut off", "", say(200, `{"AuthenticationResult":{"AccessToken":"`+echo), cognito.ErrUnavailable},
		{"another type", "", say(200, `["`+echo+`"]`), cognito.ErrUnavailable},
		{"reset", "", reset, cognito.ErrUnavailable},
		{"huge", "", huge, cognito.ErrUnavailable},
		{"empty body", "SignIn Refresh GetUser", say(200, ""), cognito.ErrUnavailable},
		{"no result", "SignIn Refresh GetUser", say(200, `{}`), cognito.ErrUnavailable},
		{"null result", "SignIn Refresh GetUser", say(200, `{"AuthenticationResult":null,"Username":null}`), cognito.ErrUnavailable},
		{"empty tokens", "SignIn Refresh", say(200, `{"AuthenticationResult":{"AccessToken":""}}`), cognito.ErrUnavailable},
		{"no ID token", "SignIn", say(200, `{"AuthenticationResult":{"AccessToken":"a","RefreshToken":"r"}}`), cognito.ErrUnavailable},
		{"no refresh token", "SignIn", say(200, `{"AuthenticationResult":{"AccessToken":"a","IdToken":"i"}}`), cognito.ErrUnavailable},
		{"token of another type", "SignIn Refresh", say(200, `{"AuthenticationResult":{"AccessToken":["a"]}}`), cognito.ErrUnavailable},
		{"user without sub", "GetUser", say(200, `{"Username":"u","UserAttributes":[{"Name":"email","Value":"`+canaryEmail+`"},{}]}`), cognito.ErrUnavailable},
		{"challenge", "SignIn", say(200, `{"ChallengeName":"SMS_MFA","Session":"s","ChallengeParameters":{"USERNAME":"`+echo+`"}}`), cognito.ErrChallenge},
		{"challenge beside tokens", "SignIn", say(200, `{"ChallengeName":"X","AuthenticationResult":{"AccessToken":"a","IdToken":"i","RefreshToken":"r"}}`), cognito.ErrChallenge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, c := serve(t, canarySecret, tt.answer)
			for op, do := range operations() {
				if tt.ops != "" && !strings.Contains(tt.ops, op) {
					continue
				}
				err := do(t.Context(), c)
				checkKind(t, op, err, tt.want)
			}
		})
	}
}

// checkKind wants err to be of one kind alone, an Error, and without secrets.
func checkKind(t *testing.T, op string, err, want error) {
	t.Helper()
	if err == nil {
		t.Fatalf("%s = no error, want %v", op, want)
	}
	for _, kind := range kinds() {
		if errors.Is(err, kind) != (kind == want) {
			t.Errorf("%s = %v; errors.Is(%v) is %t", op, err, kind, kind != want)
		}
	}
	if _, ok := errors.AsType[*cognito.Error](err); !ok {
		t.Errorf("%s = %T, want a cognito.Error", op, err)
	}
	checkQuiet(t, err)
}

// checkOneKind wants err to be of exactly one kind.
func checkOneKind(t *testing.T, err error) {
	t.Helper()
	n := 0
	for _, kind := range kinds() {
		if errors.Is(err, kind) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the error %q is of %d kinds, want one", err, n)
	}
}

func kinds() []error {
	return []error{
		cognito.ErrNotAuthorized, cognito.ErrUserNotConfirmed, cognito.ErrUserNotFound, cognito.ErrUsernameExists,
		cognito.ErrAlreadyConfirmed, cognito.ErrCodeMismatch, cognito.ErrExpiredCode, cognito.ErrInvalidPassword,
		cognito.ErrInvalidParameter, cognito.ErrPasswordResetRequired, cognito.ErrLimitExceeded, cognito.ErrTooManyRequests,
		cognito.ErrTokenReuse, cognito.ErrChallenge, cognito.ErrUnavailable, context.Canceled,
	}
}

func redirect(w http.ResponseWriter, _ string) {
	w.Header().Set("Location", "/elsewhere")
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// reset drops the connection in the middle of an answer.
func reset(w http.ResponseWriter, _ string) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"Authen`)
	panic(http.ErrAbortHandler)
}

// huge answers with a valid document that is larger than any pool's.
func huge(w http.ResponseWriter, _ string) {
	_, _ = io.WriteString(w, `{"Filler":"`)
	filler := strings.Repeat("x", 64<<10)
	for range 16 {
		if _, err := io.WriteString(w, filler); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, `"}`)
}

func TestOneAttempt(t *testing.T) {
	for _, answer := range map[string]func(http.ResponseWriter, string){
		"500":        say(500, `{"__type":"InternalErrorException"}`),
		"throttling": failure("TooManyRequestsException", ""),
		"reset":      reset,
	} {
		s, c := serve(t, "", answer)
		if _, err := c.SignIn(t.Context(), canaryEmail, canaryPassword); err == nil {
			t.Fatal("SignIn = no error, want one")
		}
		if got := s.ops(); len(got) != 1 {
			t.Errorf("the pool was asked %d times, want once", len(got))
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the password was sent on to another server")
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		_, c := serve(t, "", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(status)
		})
		_, err := c.SignIn(t.Context(), canaryEmail, canaryPassword)
		checkKind(t, fmt.Sprintf("SignIn at a %d", status), err, cognito.ErrUnavailable)
	}
}

func TestConnectionRefused(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	c := client(t, cognito.Config{Endpoint: server.URL})
	for op, do := range operations() {
		checkKind(t, op, do(t.Context(), c), cognito.ErrUnavailable)
	}
}

// stuck is a transport whose answers never come.
type stuck struct{}

func (stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// drip answers at once with a body that never ends.
type drip struct{}

func (drip) RoundTrip(r *http.Request) (*http.Response, error) {
	read, write := io.Pipe()
	context.AfterFunc(r.Context(), func() { write.CloseWithError(r.Context().Err()) })
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: read, Request: r}, nil
}

func TestTimeout(t *testing.T) {
	for name, transport := range map[string]http.RoundTripper{"no answer": stuck{}, "answer without end": drip{}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(t, cognito.Config{HTTPClient: &http.Client{Transport: transport}})
				for op, do := range operations() {
					start := time.Now()
					err := do(t.Context(), c)
					checkKind(t, op, err, cognito.ErrUnavailable)
					if got := time.Since(start); got != cognito.DefaultTimeout {
						t.Errorf("%s took %v, want %v", op, got, cognito.DefaultTimeout)
					}
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s = %v, want context.DeadlineExceeded in it", op, err)
					}
				}
			})
		})
	}
}

func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, cognito.Config{HTTPClient: &http.Client{Transport: stuck{}}})
		for op, do := range operations() {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			checkKind(t, op, do(ctx, c), context.Canceled)
			ended, cancel := context.WithTimeout(t.Context(), time.Second)
			err := do(ended, c)
			cancel()
			checkKind(t, op, err, cognito.ErrUnavailable)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s after the caller's deadline = %v, want context.DeadlineExceeded in it", op, err)
			}
		}
	})
}

func TestPoolHeals(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	_, c := serve(t, "", func(w http.ResponseWriter, op string) {
		if down.Load() {
			reset(w, op)
		}
		say(200, `{"AuthenticationResult":{"AccessToken":"a","IdToken":"i","RefreshToken":"r"}}`)(w, op)
	})
	if _, err := c.SignIn(t.Context(), "a@example.org", "x"); !errors.Is(err, cognito.ErrUnavailable) {
		t.Fatalf("SignIn while down = %v, want ErrUnavailable", err)
	}
	down.Store(false)
	if _, err := c.SignIn(t.Context(), "a@example.org", "x"); err != nil {
		t.Errorf("SignIn afterwards = %v, want no error", err)
	}
}
