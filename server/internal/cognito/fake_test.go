package cognito_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"porchlight/server/internal/cognito"
)

// Values that must not come back in any error.
const (
	canaryEmail    = "canary.person@example.org"
	canaryPassword = "Canary-passw0rd!"
	canaryCode     = "987123"
	canaryToken    = "eyJcanary.access.token"
	canaryRefresh  = "canary-refresh-token"
	canarySecret   = "canaryclientsecret0000000"
)

const clientID = "5k2example3clientid4abcdef"

// A request is what a scripted pool was asked.
type request struct {
	op   string
	body map[string]any
	head http.Header
}

// script is a pool that answers by a function and keeps what it was asked.
type script struct {
	t      *testing.T
	answer func(w http.ResponseWriter, op string)

	mu   sync.Mutex
	seen []request
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	body := map[string]any{}
	if err := json.Unmarshal(raw, &body); err != nil {
		s.t.Errorf("the client sent %q: %v", raw, err)
	}
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.mu.Lock()
	s.seen = append(s.seen, request{op, body, r.Header.Clone()})
	s.mu.Unlock()
	s.answer(w, op)
}

// ops returns the operations asked so far, in order.
func (s *script) ops() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ops []string
	for _, r := range s.seen {
		ops = append(ops, r.op)
	}
	return ops
}

// last returns the newest request.
func (s *script) last() request {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) == 0 {
		s.t.Fatal("the pool was not asked")
	}
	return s.seen[len(s.seen)-1]
}

// serve starts a scripted pool on a real socket and returns a client for it.
func serve(t *testing.T, secret string, answer func(http.ResponseWriter, string)) (*script, *cognito.Client) {
	t.Helper()
	s := &script{t: t, answer: answer}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, client(t, cognito.Config{Endpoint: server.URL, ClientSecret: secret})
}

func client(t *testing.T, c cognito.Config) *cognito.Client {
	t.Helper()
	c.Region, c.UserPoolID, c.ClientID = "eu-central-1", "eu-central-1_Ab3dEfGh1", clientID
	made, err := cognito.New(c)
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	return made
}

// say answers with a status and a body of AWS JSON.
func say(status int, body string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, _ string) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// failure answers as the pool does with an error.
func failure(code, message string) func(http.ResponseWriter, string) {
	body, _ := json.Marshal(map[string]string{"__type": code, "message": message})
	return say(http.StatusBadRequest, string(body))
}

// operations are all calls of a client, with values that must stay secret.
func operations() map[string]func(context.Context, *cognito.Client) error {
	return map[string]func(context.Context, *cognito.Client) error{
		"SignUp": func(ctx context.Context, c *cognito.Client) error {
			_, err := c.SignUp(ctx, cognito.NewUser{Email: canaryEmail, Password: canaryPassword, Name: "Canary", Handle: "canary"})
			return err
		},
		"ConfirmSignUp": func(ctx context.Context, c *cognito.Client) error {
			return c.ConfirmSignUp(ctx, canaryEmail, canaryCode)
		},
		"ResendConfirmationCode": func(ctx context.Context, c *cognito.Client) error {
			_, err := c.ResendConfirmationCode(ctx, canaryEmail)
			return err
		},
		"SignIn": func(ctx context.Context, c *cognito.Client) error {
			_, err := c.SignIn(ctx, canaryEmail, canaryPassword)
			return err
		},
		"Refresh": func(ctx context.Context, c *cognito.Client) error {
			_, err := c.Refresh(ctx, canaryRefresh, "canonical")
			return err
		},
		"ForgotPassword": func(ctx context.Context, c *cognito.Client) error {
			_, err := c.ForgotPassword(ctx, canaryEmail)
			return err
		},
		"ConfirmForgotPassword": func(ctx context.Context, c *cognito.Client) error {
			return c.ConfirmForgotPassword(ctx, canaryEmail, canaryCode, canaryPassword)
		},
		"ChangePassword": func(ctx context.Context, c *cognito.Client) error {
			return c.ChangePassword(ctx, canaryToken, canaryPassword, canaryPassword+"2")
		},
		"GetUser": func(ctx context.Context, c *cognito.Client) error {
			_, err := c.GetUser(ctx, canaryToken)
			return err
		},
		"RevokeToken":   func(ctx context.Context, c *cognito.Client) error { return c.RevokeToken(ctx, canaryRefresh) },
		"GlobalSignOut": func(ctx context.Context, c *cognito.Client) error { return c.GlobalSignOut(ctx, canaryToken) },
	}
}

// checkQuiet fails when an error's text holds one of the secret values.
func checkQuiet(t *testing.T, err error) {
	t.Helper()
	for _, canary := range []string{canaryEmail, canaryPassword, canaryCode, canaryToken, canaryRefresh, canarySecret} {
		if strings.Contains(err.Error(), canary) {
			t.Errorf("the error %q holds %q", err, canary)
		}
	}
	if strings.ContainsAny(err.Error(), "\r\n") || len(err.Error()) > 300 {
		t.Errorf("the error %q is not one short line", err)
	}
}
