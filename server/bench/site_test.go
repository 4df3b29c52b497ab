// Package bench measures the server over real HTTP, in a process of its own, by
// the CPU time that it takes. Rates of a shared machine say little; ratios of
// what ran in turn in one run say more.
package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/server/internal/httpapi"
	"porchlight/server/internal/hub"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/localpool"
	"porchlight/server/internal/pwa"
	"porchlight/server/internal/serve"
	"porchlight/server/internal/session"
	"porchlight/server/internal/sqlite"
	"porchlight/server/internal/token"
	"porchlight/shared/api"
	"porchlight/web"
)

// serveRole makes TestServer serve until it is killed: "site" is Porchlight,
// "floor" the bytes of its newest page and nothing else.
const (
	serveRole = "PORCHLIGHT_BENCH_ROLE"
	serveDir  = "PORCHLIGHT_BENCH_DIR"
)

// Who reads in the benchmarks.
const (
	email    = "reader@example.com"
	password = "Porch-light-9"
	endpoint = "https://pool.invalid"
)

// What the site answers who asks for the newest page, for the floor to serve.
const (
	pageFile    = "page.json"
	headersFile = "headers.json"
)

func inDir(file string) string { return filepath.Join(os.Getenv(serveDir), file) }

// TestServer is the process that is measured. It says where it is, and an
// access token, in one line.
func TestServer(t *testing.T) {
	var h http.Handler
	var access string
	switch os.Getenv(serveRole) {
	case "site":
		h, access = site(t)
	case "floor":
		h = floor(t, false)
	case "bare":
		h = floor(t, true)
	default:
		t.Skip("runs under a benchmark")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer serve.HoldHeap()() // the floor too: it is not what is compared
	fmt.Println("serving", l.Addr(), access)
	t.Fatal(http.Serve(l, h))
}

// floor answers every request as the site answers who asks for the newest page,
// without asking who is there, a database, or a log: with the same body and the
// same headers or, bare, those that a body needs.
func floor(t *testing.T, bare bool) http.Handler {
	page, err := os.ReadFile(inDir(pageFile))
	must(t, err)
	text, err := os.ReadFile(inDir(headersFile))
	must(t, err)
	headers := http.Header{}
	must(t, json.Unmarshal(text, &headers))
	type header struct {
		name  string
		value []string
	}
	var fixed []header
	for name, value := range headers {
		if !bare || name == "Content-Type" || name == "Cache-Control" || name == "Content-Length" {
			fixed = append(fixed, header{name, value})
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, f := range fixed {
			h[f.name] = f.value
		}
		_, _ = w.Write(page)
	})
}

// refuser is for sessions that are not old enough to be refreshed.
type refuser struct{}

// Refresh is session.Refresher's.
func (refuser) Refresh(context.Context, string, string) (session.Refreshed, error) {
	return session.Refreshed{}, errors.New("no refresh in a benchmark")
}

// site is the whole server on the embedded pool, with one member and a page of
// posts, of which the member likes every third. Reading and signing in are counted
// but not limited, and the log is written to nowhere.
func site(t *testing.T) (http.Handler, string) {
	ctx, dir := t.Context(), os.Getenv(serveDir)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	must(t, err)
	logger := slog.New(slog.NewJSONHandler(null, nil))
	pool, err := localpool.Open(ctx, localpool.Config{Dir: filepath.Join(dir, "pool")})
	must(t, err)
	inside := cognito.InProcess(pool)
	client, err := cognito.New(cognito.Config{Region: "us-east-1", UserPoolID: pool.ID(), ClientID: pool.ClientID(), Endpoint: endpoint, HTTPClient: inside})
	must(t, err)
	keys, err := token.NewKeyStore(token.KeysConfig{URL: token.JWKSURL(endpoint + "/" + pool.ID()), Client: inside})
	must(t, err)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "porchlight.db"))
	must(t, err)
	verifier, err := token.New(token.Config{Issuers: []string{pool.Issuer()}, ClientIDs: []string{pool.ClientID()}, Keys: keys, Denials: store.Denials()})
	must(t, err)
	ring, err := session.LoadKeyring(filepath.Join(dir, "session.key"))
	must(t, err)
	sessions, err := session.New(session.Config{Store: store.Sessions(), Keys: ring, Refresher: refuser{}})
	must(t, err)
	live, err := hub.New(hub.Config{Post: store.Feed().Post, Streams: 2 * readers, PerSession: 2 * readers, PerAddress: 2 * readers})
	must(t, err)
	go live.Run(ctx) // until the process is killed
	posts, err := feed.New(feed.Config{Store: store.Feed(), Changed: live.Changed})
	must(t, err)
	limits, err := limit.New(limit.Config{Store: store.Limits(), Key: ring.Derive("limits"), Rules: limit.Rules{
		Reads: limit.Bound{Count: 1 << 60}, Posts: limit.Bound{Count: 1 << 60}, SignInAddress: limit.Bound{Count: 1 << 60},
	}})
	must(t, err)
	pages, err := pwa.New(pwa.Config{Assets: web.FS()})
	must(t, err)
	handler, err := httpapi.New(httpapi.Config{
		Pool: client, Sessions: sessions, Tokens: verifier, Feed: posts, Live: live, Limits: limits, Pages: pages,
		Hosts: []string{"127.0.0.1"}, Logger: logger,
	})
	must(t, err)
	access := join(t, client, pool, email, "reader")
	for i := range visitors {
		join(t, client, pool, visitor(i), fmt.Sprint("visitor", i))
	}
	claims, err := verifier.Access(ctx, access)
	must(t, err)
	fill(t, posts, feed.Viewer{Sub: claims.Subject, Handle: "reader", Name: "Reader"})
	record(t, handler, access)
	return handler, access
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// join makes a member and returns an access token.
func join(t *testing.T, client *cognito.Client, pool *localpool.Pool, email, handle string) string {
	ctx := t.Context()
	_, err := client.SignUp(ctx, cognito.NewUser{Email: email, Password: password, Name: "Reader", Handle: handle})
	must(t, err)
	mails, err := pool.Inbox(ctx, 1)
	must(t, err)
	must(t, client.ConfirmSignUp(ctx, email, mails[0].Code))
	tokens, err := client.SignIn(ctx, email, password)
	must(t, err)
	return tokens.Access
}

// fill writes more posts than a page has.
func fill(t *testing.T, posts *feed.Service, v feed.Viewer) {
	ctx, now := t.Context(), time.Now()
	for i := range api.DefaultLimit * 3 {
		p, err := posts.Create(ctx, v, api.NewPost{
			ID:      feedtest.ID(now.Add(time.Duration(i)*time.Millisecond), 0).String(),
			Message: "A few words on the porch, about as many as people write when they have something to say and little time. " + url.QueryEscape(fmt.Sprint(i)),
		})
		must(t, err)
		if i%3 == 0 {
			_, err = posts.Like(ctx, v, p.ID, true)
			must(t, err)
		}
	}
}

// record writes down what the newest page is answered with.
func record(t *testing.T, handler http.Handler, access string) {
	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://127.0.0.1"+api.PathFeed, nil)
	r.Header.Set("Authorization", "Bearer "+access)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK || !bytes.Contains(w.Body.Bytes(), []byte(`"liked":true`)) {
		t.Fatalf("the newest page is answered with %d: %s", w.Code, w.Body)
	}
	must(t, os.WriteFile(inDir(pageFile), w.Body.Bytes(), 0o600))
	headers, err := json.Marshal(w.Header())
	must(t, err)
	must(t, os.WriteFile(inDir(headersFile), headers, 0o600))
}
