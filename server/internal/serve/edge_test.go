package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"porchlight/server/internal/localpool"
	"porchlight/shared/api"
)

// tokens signs in at the pool itself, as an API client does.
func (s *testSite) tokens(t *testing.T, email string) (access, id string) {
	t.Helper()
	return s.tokensOf(t, s.pool.ClientID(), email)
}

func (s *testSite) tokensOf(t *testing.T, client, email string) (access, id string) {
	t.Helper()
	answer := s.ask(t, "InitiateAuth", fmt.Sprintf(`{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":%q,"AuthParameters":{"USERNAME":%q,"PASSWORD":%q}}`, client, email, goodPassword))
	var out struct {
		AuthenticationResult struct{ AccessToken, IdToken string }
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		t.Fatal(err)
	}
	return out.AuthenticationResult.AccessToken, out.AuthenticationResult.IdToken
}

// ask has the pool itself do the operation, and returns its answer.
func (s *testSite) ask(t *testing.T, operation, body string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.poolURL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%s = %d %s %v", operation, res.StatusCode, answer, err)
	}
	return answer
}

func TestBearer(t *testing.T) {
	s, stranger := newTestSite(t), newTestSite(t)
	member := s.join(t, "fay")
	stranger.join(t, "fay")
	access, id := s.tokens(t, "fay@example.com")
	foreign, _ := stranger.tokens(t, "fay@example.com")
	member.json(t, api.PathPosts, api.NewPost{Message: "for members", Audience: api.AudienceMembers})
	head, payload, sign := cut3(access)
	tests := []struct {
		name   string
		header http.Header
		status int
	}{
		{"access token", bearer(access), 200},
		{"scheme in small letters", http.Header{"Authorization": {"bearer " + access}}, 200},
		{"ID token", bearer(id), 401},
		{"access token of another pool", bearer(foreign), 401},
		{"no signature", bearer(head + "." + payload + "."), 401},
		{"other payload", bearer(head + "." + payload[:len(payload)-2] + "AA." + sign), 401},
		{"padding", bearer(access + "=="), 401},
		{"space after", bearer(access + " "), 200}, // net/http trims header values
		{"two tokens", http.Header{"Authorization": {"Bearer " + access, "Bearer " + access}}, 401},
		{"basic", http.Header{"Authorization": {"Basic Zm9vOmJhcg=="}}, 401},
		{"empty", http.Header{"Authorization": {"Bearer "}}, 401},
		{"9 kB", bearer(strings.Repeat("a", 9000)), 401},
		{"nothing", nil, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.person(t).do(t, "GET", api.PathFeed, tt.header, "")
			if r.status != tt.status {
				t.Fatalf("feed = %d, want %d: %s", r.status, tt.status, r.body)
			}
			if r.status == 401 && !strings.HasPrefix(r.header.Get("WWW-Authenticate"), `Bearer`) {
				t.Errorf("WWW-Authenticate = %q", r.header.Get("WWW-Authenticate"))
			}
			if sees := strings.Contains(r.body, "for members"); sees != (tt.status == 200 && tt.header != nil) {
				t.Errorf("sees the members' post: %v", sees)
			}
		})
	}
	if r := member.do(t, "GET", api.PathFeed, bearer(access), ""); r.status != 400 {
		t.Errorf("cookie and token in one request = %d, want 400", r.status)
	}
}

func bearer(raw string) http.Header { return http.Header{"Authorization": {"Bearer " + raw}} }

func cut3(raw string) (a, b, c string) {
	a, rest, _ := strings.Cut(raw, ".")
	b, c, _ = strings.Cut(rest, ".")
	return a, b, c
}

// A sign-out everywhere refuses bearer tokens that still verify.
func TestSignOutEverywhereEndsBearer(t *testing.T) {
	s := newTestSite(t)
	p := s.join(t, "gus")
	access, _ := s.tokens(t, "gus@example.com")
	client := s.person(t)
	if r := client.do(t, "GET", api.PathSession, bearer(access), ""); r.status != 200 {
		t.Fatalf("before = %d %s", r.status, r.body)
	}
	if r := p.do(t, "DELETE", api.PathSessions, nil, ""); r.status != 204 {
		t.Fatalf("sign out everywhere = %d", r.status)
	}
	if r := client.do(t, "GET", api.PathSession, bearer(access), ""); r.status != 401 {
		t.Errorf("after = %d, want 401", r.status)
	}
}

// A bearer client that has never used the site posts under the name that the
// pool knows.
func TestBearerFirstSight(t *testing.T) {
	s := newTestSite(t)
	p := s.person(t)
	p.json(t, api.PathSignUp, api.SignUp{Name: "Hal", Email: "hal@example.com", Handle: "hal", Password: goodPassword})
	s.person(t).json(t, api.PathConfirm, api.Confirm{Email: "hal@example.com", Code: s.code(t, "hal@example.com", "confirm")})
	access, _ := s.tokens(t, "hal@example.com")
	h := bearer(access)
	h.Set("Content-Type", api.TypeJSON)
	r := s.person(t).do(t, "POST", api.PathPosts, h, `{"message":"by token"}`)
	if r.status != 201 || !strings.Contains(r.body, `"handle":"hal"`) {
		t.Errorf("post = %d %s", r.status, r.body)
	}
}

// A token still verifies after the pool has ended its sign-in. A subject that is
// new here is asked for there, and the pool's refusal is one of the token.
func TestBearerFirstSightRefused(t *testing.T) {
	s := newTestSite(t)
	s.person(t).json(t, api.PathSignUp, api.SignUp{Name: "Ida", Email: "ida@example.com", Handle: "ida", Password: goodPassword})
	s.person(t).json(t, api.PathConfirm, api.Confirm{Email: "ida@example.com", Code: s.code(t, "ida@example.com", "confirm")})
	access, _ := s.tokens(t, "ida@example.com")
	s.ask(t, "GlobalSignOut", fmt.Sprintf(`{"AccessToken":%q}`, access))
	r := s.person(t).do(t, "GET", api.PathFeed, bearer(access), "")
	if r.status != 401 || !strings.Contains(r.header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("feed = %d %s, WWW-Authenticate %q, want 401 with invalid_token", r.status, r.body, r.header.Get("WWW-Authenticate"))
	}
}

// A person who opens an address that only takes forms, such as from the history
// of the browser, gets a page; a program, and whoever calls the API, a problem.
func TestWrongMethodInTheBrowser(t *testing.T) {
	s := newTestSite(t)
	tests := []struct{ method, path, accept, kind string }{
		{"GET", api.PathSignOut, "text/html,*/*;q=0.8", "text/html; charset=utf-8"},
		{"GET", api.PathConfirmResend, "text/html", "text/html; charset=utf-8"},
		{"GET", api.PathSignOut, "*/*", api.TypeProblem},
		{"GET", api.PathPosts, "text/html", api.TypeProblem},
	}
	for _, tt := range tests {
		r := s.person(t).do(t, tt.method, tt.path, http.Header{"Accept": {tt.accept}}, "")
		if got := r.header.Get("Content-Type"); r.status != 405 || got != tt.kind || r.header.Get("Allow") == "" {
			t.Errorf("%s %s for %q = %d with %q, Allow %q, want 405 with %q", tt.method, tt.path, tt.accept, r.status, got, r.header.Get("Allow"), tt.kind)
		}
	}
}

// A client that sends all of a body before it reads gets the answer, although
// nobody wants the body; one that asks first is told before it sends.
func TestGiantBody(t *testing.T) {
	s := newTestSite(t)
	const size = 12 << 20
	tests := []struct {
		name, path, expect string
		status             int
	}{
		{"too large", api.PathSignIn, "", 413},
		{"nobody may send it", api.PathPosts, "", 401},
		{"asked for", api.PathSignIn, "Expect: 100-continue\r\n", 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n", tt.path, size, tt.expect)
			if _, err := io.WriteString(c, head); err != nil {
				t.Fatal(err)
			}
			if tt.expect == "" {
				if _, err := c.Write(make([]byte, size)); err != nil {
					t.Fatalf("send the body: %v", err)
				}
			}
			r, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			if r.StatusCode != tt.status {
				t.Errorf("status = %d, want %d", r.StatusCode, tt.status)
			}
		})
	}
}

func TestEdge(t *testing.T) {
	s := newTestSite(t)
	form := http.Header{"Content-Type": {api.TypeForm}}
	with := func(h http.Header, name, value string) http.Header {
		h = h.Clone()
		if h == nil {
			h = http.Header{}
		}
		h.Set(name, value)
		return h
	}
	tests := []struct {
		name, method, path string
		header             http.Header
		body               string
		status             int
	}{
		{"foreign host", "GET", "/", http.Header{"Host": {"evil.example"}}, "", 421},
		{"host that begins well", "GET", "/", http.Header{"Host": {"127.0.0.1.evil.example"}}, "", 421},
		{"localhost", "GET", "/", http.Header{"Host": {"localhost:1"}}, "", 200},
		{"cross-site form", "POST", "/signin", with(form, "Sec-Fetch-Site", "cross-site"), "email=a", 403},
		{"same-site form", "POST", "/signin", with(form, "Sec-Fetch-Site", "same-site"), "email=a", 403},
		{"foreign origin", "POST", "/signin", with(form, "Origin", "https://evil.example"), "email=a", 403},
		{"null origin", "POST", "/signout", with(form, "Origin", "null"), "", 403},
		{"cross-site post", "POST", "/api/posts", with(http.Header{"Content-Type": {api.TypeJSON}}, "Sec-Fetch-Site", "cross-site"), "{}", 403},
		{"wrong method on a page", "PUT", "/signin", nil, "", 405},
		{"TRACE", "TRACE", "/", nil, "", 405},
		{"wrong method on the API", "PUT", "/api/feed", nil, "", 405},
		{"sign out by GET", "GET", "/signout", nil, "", 405},
		{"sign out without a body", "POST", "/signout", nil, "", 303},
		{"sign out with a body of no type", "POST", "/signout", nil, "x", 415},
		{"sign out by an empty JSON", "POST", "/signout", http.Header{"Content-Type": {api.TypeJSON}}, "", 400},
		{"unknown page", "GET", "/nope", nil, "", 404},
		{"unknown API", "GET", "/api/nope", nil, "", 404},
		{"traversal", "GET", "/web/..%2f..%2fgo.mod", nil, "", 404},
		{"no inbox in cloud mode", "GET", "/dev/inbox", nil, "", 404},
		{"text body", "POST", "/signin", http.Header{"Content-Type": {"text/plain"}}, "x", 415},
		{"form to the API", "POST", "/api/posts", form, "message=x", 415},
		{"malformed", "POST", "/signin", http.Header{"Content-Type": {api.TypeJSON}}, "{", 400},
		{"too large", "POST", "/signin", http.Header{"Content-Type": {api.TypeJSON}}, `{"email":"` + strings.Repeat("x", 70000) + `"}`, 413},
		{"too large a form", "POST", "/signin", form, "email=" + strings.Repeat("x", 20000), 413},
		{"unknown field", "POST", "/signin", http.Header{"Content-Type": {api.TypeJSON}}, `{"admin":true}`, 422},
		{"guest posts", "POST", "/api/posts", http.Header{"Content-Type": {api.TypeJSON}}, `{"message":"x"}`, 401},
		{"limit too large", "GET", "/api/feed?limit=1000", nil, "", 422},
		{"limit not a number", "GET", "/api/feed?limit=x", nil, "", 422},
		{"cursor", "GET", "/api/feed?before=x", nil, "", 422},
		{"old program", "GET", "/api/feed", http.Header{api.HeaderVersion: {"0"}}, "", 409},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.person(t).do(t, tt.method, tt.path, tt.header, tt.body)
			if r.status != tt.status {
				t.Fatalf("%s %s = %d, want %d: %.300s", tt.method, tt.path, r.status, tt.status, r.body)
			}
			if r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Content-Security-Policy") == "" {
				t.Errorf("security headers are missing: %v", r.header)
			}
			if r.status == 405 && r.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
			if r.header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("a CORS header")
			}
			if r.status >= 400 && !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
				if p := r.problem(t); p.Status != tt.status || p.Instance == "" {
					t.Errorf("problem = %+v", p)
				}
			}
		})
	}
}

func TestLogHoldsNoSecret(t *testing.T) {
	s := newTestSite(t)
	p := s.join(t, "ida")
	code := s.code(t, "ida@example.com", "confirm")
	access, _ := s.tokens(t, "ida@example.com")
	s.person(t).do(t, "GET", api.PathFeed, bearer(access), "")
	s.person(t).json(t, "/signin", api.SignIn{Email: "ida@example.com", Password: "Wrong-light-1"})
	s.person(t).form(t, "/confirm", "email", "ida@example.com", "code", code)
	p.get(t, "/confirm?email=ida@example.com")
	log := s.log.String()
	if !strings.Contains(log, `"msg":"sign-in refused"`) || !strings.Contains(log, `"route":"GET /api/feed"`) {
		t.Fatalf("the log misses what it is for: %s", log)
	}
	for _, secret := range []string{"ida@example", goodPassword, "Wrong-light", `"` + code, access[:40], access[len(access)-40:]} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %.12q…", secret)
		}
	}
}

// The API takes tokens of every configured app client, and of no other.
func TestSeveralClients(t *testing.T) {
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var ids []string
	for _, name := range []string{"phone", "stranger"} {
		id, _, err := pool.CreateClient(t.Context(), localpool.ClientConfig{Name: name, Flows: []string{localpool.FlowPassword}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	s := newTestSiteOn(t, pool, map[string]string{"PORCHLIGHT_API_CLIENT_IDS": ids[0]})
	s.join(t, "ida")
	for i, want := range []int{200, 401} {
		access, _ := s.tokensOf(t, ids[i], "ida@example.com")
		if r := s.person(t).do(t, "GET", api.PathSession, bearer(access), ""); r.status != want {
			t.Errorf("token of client %d = %d, want %d", i+1, r.status, want)
		}
	}
}
