package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"porchlight/server/internal/config"
	"porchlight/server/internal/localpool"
	"porchlight/shared/api"
)

const goodPassword = "Porch-light-9"

// A testSite is the whole server behind an httptest.Server, in cloud mode: its
// pool is an embedded one on a loopback port, so that tests can also be
// clients of the pool.
type testSite struct {
	*httptest.Server
	pool    *localpool.Pool
	poolURL string
	log     *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newTestSite(t *testing.T) *testSite {
	t.Helper()
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return newTestSiteOn(t, pool, nil)
}

// newTestSiteOn is newTestSite on a pool of the test's own, with more variables.
func newTestSiteOn(t *testing.T, pool *localpool.Pool, more map[string]string) *testSite {
	t.Helper()
	poolServer := httptest.NewServer(pool)
	t.Cleanup(poolServer.Close)
	region, _, _ := strings.Cut(pool.ID(), "_")
	env := map[string]string{
		"PORCHLIGHT_DATA_DIR": t.TempDir(), "AWS_REGION": region, "AWS_COGNITO_USER_POOL_ID": pool.ID(),
		"AWS_COGNITO_USER_POOL_CLIENT_ID": pool.ClientID(), "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": poolServer.URL,
	}
	maps.Copy(env, more)
	c, err := config.Load(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return serveSite(t, c, pool, poolServer.URL)
}

// serveSite runs the site of the configuration until the test ends.
func serveSite(t *testing.T, c config.Config, pool *localpool.Pool, poolURL string) *testSite {
	t.Helper()
	log := &lockedBuffer{}
	s, err := open(t.Context(), c, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, run := range s.background {
		wg.Go(func() { run(ctx) })
	}
	server := httptest.NewServer(s.handler)
	t.Cleanup(func() { server.Close(); cancel(); wg.Wait(); s.close() })
	return &testSite{Server: server, pool: pool, poolURL: poolURL, log: log}
}

// code returns the newest code that was mailed.
func (s *testSite) code(t *testing.T, to, kind string) string {
	t.Helper()
	mails, err := s.pool.Inbox(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if m.To == to && m.Kind == kind {
			return m.Code
		}
	}
	t.Fatalf("no %s mail for %s among %d", kind, to, len(mails))
	return ""
}

// A person is a browser without scripts: a cookie jar that does not follow
// redirects.
type person struct {
	site   *testSite
	client *http.Client
}

func (s *testSite) person(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) problem(t *testing.T) *api.Problem {
	t.Helper()
	var p api.Problem
	if r.header.Get("Content-Type") != api.TypeProblem {
		t.Fatalf("answer %d is %q, want a problem: %.300s", r.status, r.header.Get("Content-Type"), r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

func (p *person) do(t *testing.T, method, path string, header http.Header, body string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.site.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	if h := header.Get("Host"); h != "" {
		r.Host = h
	}
	res, err := p.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(got)}
}

func (p *person) get(t *testing.T, path string) reply {
	t.Helper()
	return p.do(t, "GET", path, nil, "")
}

func (p *person) json(t *testing.T, path string, v any) reply {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return p.do(t, "POST", path, http.Header{"Content-Type": {api.TypeJSON}}, string(body))
}

func (p *person) form(t *testing.T, path string, fields ...string) reply {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return p.do(t, "POST", path, http.Header{"Content-Type": {api.TypeForm}}, values.Encode())
}

// join signs up, confirms and is signed in.
func (s *testSite) join(t *testing.T, handle string) *person {
	t.Helper()
	p := s.person(t)
	email := handle + "@example.com"
	if r := p.json(t, api.PathSignUp, api.SignUp{Name: handle, Email: email, Handle: handle, Password: goodPassword}); r.status != 200 {
		t.Fatalf("sign-up = %d %s", r.status, r.body)
	}
	if r := p.json(t, api.PathConfirm, api.Confirm{Email: email, Code: s.code(t, email, "confirm")}); r.status != 200 {
		t.Fatalf("confirm = %d %s", r.status, r.body)
	}
	return p
}

func (p *person) feed(t *testing.T) api.Feed {
	t.Helper()
	r := p.get(t, api.PathFeed)
	if r.status != 200 {
		t.Fatalf("feed = %d %s", r.status, r.body)
	}
	var f api.Feed
	if err := json.Unmarshal([]byte(r.body), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func (p *person) signedIn(t *testing.T) bool {
	t.Helper()
	return p.get(t, api.PathSession).status == 200
}
