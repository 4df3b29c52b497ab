// Package bench measures the server over real HTTP, in a process of its own, by
// the CPU time that it takes. Rates of a shared machine say little; ratios of
// what ran in turn in one run say more.
package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
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

// pageFile is where the site's newest page is, for the floor to serve.
func pageFile() string { return filepath.Join(os.Getenv(serveDir), "page.json") }

// TestServer is the process that is measured. It says where it is, and an
// access token, in one line.
func TestServer(t *testing.T) {
	var h http.Handler
	var access string
	switch os.Getenv(serveRole) {
	case "site":
		h, access = site(t)
	case "floor":
		h = floor(t)
	default:
		t.Skip("runs under a benchmark")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("serving", l.Addr(), access)
	t.Fatal(http.Serve(l, h))
}

// floor answers every request with the newest page, without asking who is
// there, a database, or a log.
func floor(t *testing.T) http.Handler {
	page, err := os.ReadFile(pageFile())
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", api.TypeJSON)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
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
// posts, of which the member likes every third. Reading is counted but not
// limited, and the log is written to nowhere.
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
	limits, err := limit.New(limit.Config{Store: store.Limits(), Key: ring.Derive("limits"), Rules: limit.Rules{Reads: limit.Bound{Count: 1 << 60}, Posts: limit.Bound{Count: 1 << 60}}})
	must(t, err)
	pages, err := pwa.New(pwa.Config{Assets: web.FS()})
	must(t, err)
	handler, err := httpapi.New(httpapi.Config{
		Pool: client, Sessions: sessions, Tokens: verifier, Feed: posts, Live: live, Limits: limits, Pages: pages,
		Hosts: []string{"127.0.0.1"}, Logger: logger,
	})
	must(t, err)
	access := join(t, client, pool)
	claims, err := verifier.Access(ctx, access)
	must(t, err)
	fill(t, posts, feed.Viewer{Sub: claims.Subject, Handle: "reader", Name: "Reader"})
	return handler, access
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// join makes the member and returns an access token.
func join(t *testing.T, client *cognito.Client, pool *localpool.Pool) string {
	ctx := t.Context()
	_, err := client.SignUp(ctx, cognito.NewUser{Email: email, Password: password, Name: "Reader", Handle: "reader"})
	must(t, err)
	mails, err := pool.Inbox(ctx, 1)
	must(t, err)
	must(t, client.ConfirmSignUp(ctx, email, mails[0].Code))
	tokens, err := client.SignIn(ctx, email, password)
	must(t, err)
	return tokens.Access
}

// fill writes more posts than a page has, and the page into pageFile.
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
	page, err := posts.Newest(ctx, v)
	must(t, err)
	must(t, os.WriteFile(pageFile(), page, 0o600))
}
