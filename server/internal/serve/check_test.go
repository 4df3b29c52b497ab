package serve

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/localpool"
)

// A checkable is a pool to check and the server that stands for AWS.
type checkable struct {
	pool *localpool.Pool
	url  string
}

func newCheckable(t *testing.T) checkable {
	t.Helper()
	p, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(func() { server.Close(); p.Close() })
	return checkable{p, server.URL}
}

func (c checkable) client(t *testing.T, config localpool.ClientConfig) (id, secret string) {
	t.Helper()
	id, secret, err := c.pool.CreateClient(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return id, secret
}

// look checks the pool as a server with this client would.
func (c checkable) look(t *testing.T, id, secret string, change func(*pool)) ([]finding, error) {
	t.Helper()
	p := pool{
		client:  cognito.Config{Region: "us-east-1", UserPoolID: c.pool.ID(), ClientID: id, ClientSecret: secret, Endpoint: c.url},
		jwksURL: c.url + "/" + c.pool.ID() + pathKeys,
		issuers: []string{c.pool.Issuer()},
	}
	if change != nil {
		change(&p)
	}
	client, err := cognito.New(p.client)
	if err != nil {
		t.Fatal(err)
	}
	return poolCheck{pool: p, client: client, logger: slog.New(slog.DiscardHandler)}.look(t.Context())
}

func TestLook(t *testing.T) {
	c := newCheckable(t)
	good := c.pool.ClientID()
	withSecret, secret := c.client(t, localpool.ClientConfig{Secret: true})
	noFlow, _ := c.client(t, localpool.ClientConfig{Flows: []string{localpool.FlowRefresh}})
	telling, _ := c.client(t, localpool.ClientConfig{LegacyErrors: true})
	for _, tt := range []struct {
		name, id, secret string
		change           func(*pool)
		want             string // in the one finding; "" is none
	}{
		{"right", good, "", nil, ""},
		{"right with a secret", withSecret, secret, nil, ""},
		{"no such client", "nosuchclient", "", nil, "does not exist"},
		{"wrong secret", withSecret, strings.Repeat("x", 52), nil, "the secret is not that of"},
		{"no secret", withSecret, "", nil, "has a secret and none is set"},
		{"a secret too many", good, strings.Repeat("x", 52), nil, "the secret is not that of"},
		{"flow not allowed", noFlow, "", nil, "does not allow sign-in with a password"},
		{"telling", telling, "", nil, "tells who has an account"},
		{"no such pool", good, "", func(p *pool) { p.jwksURL = c.url + "/us-east-1_nobody" + pathKeys }, "no such user pool"},
		{"not a set of keys", good, "", func(p *pool) { p.jwksURL = c.url + "/" + c.pool.ID() + pathOpenID }, "is no set of RSA keys"},
		{"issuer not accepted", good, "", func(p *pool) { p.issuers = []string{"https://elsewhere.example"} }, "is not accepted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := c.look(t, tt.id, tt.secret, tt.change)
			if err != nil {
				t.Fatalf("look = %v", err)
			}
			if tt.want == "" && len(found) == 0 {
				return
			}
			if len(found) != 1 || tt.want == "" || !strings.Contains(found[0].problem, tt.want) || found[0].advice == "" {
				t.Errorf("look = %q, want one finding with %q", found, tt.want)
			}
		})
	}
	if mails, err := c.pool.Inbox(t.Context(), 0); err != nil || len(mails) > 0 {
		t.Errorf("the check sent %d mails, %v", len(mails), err)
	}
	for name, f := range outages() {
		if name == "client not found" {
			continue
		}
		broken := httptest.NewServer(&faultyPool{pool: c.pool})
		broken.Config.Handler.(*faultyPool).breakBy(f)
		_, err := c.look(t, good, "", func(p *pool) { p.client.Endpoint = broken.URL })
		broken.Close()
		if err == nil {
			t.Errorf("look at a pool with %s = no error, want one, so that it is asked again", name)
		}
	}
}

// downTransport fails a number of times, and then answers that there is nothing.
type downTransport struct{ left atomic.Int32 }

func (d *downTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.left.Add(-1) >= 0 {
		return nil, context.DeadlineExceeded
	}
	w := httptest.NewRecorder()
	w.WriteHeader(http.StatusNotFound)
	return w.Result(), nil
}

// TestCheckAgain: a pool that is down at start is said once, and checked when it
// is up; the check ends then, or with its context.
func TestCheckAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := &downTransport{}
		down.left.Store(3)
		log := &lockedBuffer{}
		client, err := cognito.New(cognito.Config{Region: "us-east-1", UserPoolID: "us-east-1_a", ClientID: "c", Endpoint: "http://pool.invalid",
			HTTPClient: cognito.InProcess(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				answering(400, `{"__type":"ResourceNotFoundException"}`)(w, nil, nil)
			}))})
		if err != nil {
			t.Fatal(err)
		}
		c := poolCheck{pool: pool{jwksURL: "http://pool.invalid/us-east-1_a" + pathKeys, keysClient: &http.Client{Transport: down}},
			client: client, logger: slog.New(slog.NewTextHandler(log, nil))}
		start := time.Now()
		c.run(t.Context())
		if got := time.Since(start); got != 3*checkAgain {
			t.Errorf("run took %v, want %v", got, 3*checkAgain)
		}
		text := log.String()
		if strings.Count(text, "user pool not reached") != 1 || strings.Count(text, "user pool not as needed") != 2 {
			t.Errorf("log:\n%s", text)
		}
		down.left.Store(1 << 30)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		c.run(ctx)
	})
}
