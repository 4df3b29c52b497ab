package token_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
	"porchlight/shared/claims"
)

// world is a pool whose key document a test can break, and what reads it.
type world struct {
	*tokentest.Issuer
	answer  atomic.Pointer[func(*http.Request) (*http.Response, error)]
	fetches atomic.Int64
	keys    *token.KeyStore
	v       *token.Verifier
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, tokentest.NewIssuer())
}

// newWorldOf is newWorld with an issuer that exists.
func newWorldOf(t *testing.T, i *tokentest.Issuer) *world {
	t.Helper()
	w := &world{Issuer: i}
	var err error
	w.keys, err = token.NewKeyStore(token.KeysConfig{URL: token.JWKSURL(w.URL), Client: &http.Client{Transport: w}})
	if err != nil {
		t.Fatal(err)
	}
	w.v, err = token.New(token.Config{Issuers: []string{w.URL}, ClientIDs: []string{w.ClientID}, Keys: w.keys})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// RoundTrip counts and answers as the test says, or as the pool would.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.fetches.Add(1)
	if answer := w.answer.Load(); answer != nil {
		return (*answer)(r)
	}
	return w.Client().Transport.RoundTrip(r)
}

func (w *world) down() { w.set(status(http.StatusInternalServerError, "")) }
func (w *world) up()   { w.answer.Store(nil) }

func (w *world) set(answer func(*http.Request) (*http.Response, error)) { w.answer.Store(&answer) }

func status(code int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: code, Header: http.Header{"Location": {"https://evil.example/jwks.json"}},
			Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// wantFetches wants that many since the last call.
func (w *world) wantFetches(t *testing.T, want int64) {
	t.Helper()
	if got := w.fetches.Swap(0); got != want {
		t.Errorf("%d fetches, want %d", got, want)
	}
}

func (w *world) want(t *testing.T, raw string, want error) {
	t.Helper()
	if _, err := w.v.Access(t.Context(), raw); !errors.Is(err, want) {
		t.Errorf("Access = %v, want %v", err, want)
	}
}

func (w *world) hydrate(t *testing.T) {
	t.Helper()
	if err := w.keys.Hydrate(t.Context()); err != nil {
		t.Fatalf("Hydrate = %v", err)
	}
	w.fetches.Store(0)
}

// fresh mints a token that no cache has seen.
func (w *world) fresh() string { return w.Access(claims.Access{}) }

// unknown makes a token whose kid the pool does not have.
func (w *world) unknown(kid string) string {
	return encode(`{"alg":"RS256","kid":"`+kid+`"}`) + "." + encode("{}") + ".AAAA"
}

// run has the store's owner run until the test's end.
func (w *world) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { w.keys.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
}

func always(a func(*http.Request) (*http.Response, error)) func(*world) func(*http.Request) (*http.Response, error) {
	return func(*world) func(*http.Request) (*http.Response, error) { return a }
}

func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// stuck is a body that never comes.
type stuck struct{ context.Context }

func (s stuck) Read([]byte) (int, error) { <-s.Done(); return 0, s.Err() }

// document encodes keys, by default the pool's own.
func (w *world) document(keys ...any) string {
	if len(keys) == 0 {
		keys = []any{w.AccessKey().JWK(), w.IDKey().JWK()}
	}
	b, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		panic(err)
	}
	return string(b)
}
