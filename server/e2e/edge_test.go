package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"porchlight/shared/api"
)

// TestEdge sends what no page of the site sends. Each row names its attack or
// mistake; each is refused with a problem, and nothing is stored.
func TestEdge(t *testing.T) {
	t.Parallel()
	s := start(t)
	signIn := `{"email":"ann@example.com","password":"Lamp-light-1a"}`
	js := func(extra ...string) http.Header {
		h := http.Header{"Content-Type": {api.TypeJSON}}
		for i := 0; i < len(extra); i += 2 {
			h.Add(extra[i], extra[i+1])
		}
		return h
	}
	tests := []struct {
		name   string
		send   exchange
		status int
		kind   string
	}{
		{"foreign host", exchange{method: "GET", path: "/", host: "evil.example"}, 421, api.ProblemNotFound},
		{"rebound host with our port", exchange{method: "GET", path: "/dev/inbox", host: "evil.example:" + port(s)}, 421, api.ProblemNotFound},
		{"host with a credential", exchange{method: "GET", path: "/api/feed", host: "127.0.0.1@evil.example"}, 421, api.ProblemNotFound},
		{"forged origin", exchange{method: "POST", path: "/signin", header: js("Origin", "https://evil.example"), body: signIn}, 403, api.ProblemCrossOrigin},
		{"null origin", exchange{method: "POST", path: "/signin", header: js("Origin", "null"), body: signIn}, 403, api.ProblemCrossOrigin},
		{"cross-site form", exchange{method: "POST", path: "/signout", header: http.Header{"Content-Type": {api.TypeForm}, "Sec-Fetch-Site": {"cross-site"}}}, 403, api.ProblemCrossOrigin},
		{"same-site is not same-origin", exchange{method: "POST", path: "/api/posts", header: js("Sec-Fetch-Site", "same-site"), body: `{"message":"x"}`}, 403, api.ProblemCrossOrigin},
		{"inbox by POST", exchange{method: "POST", path: "/dev/inbox", header: js(), body: `{}`}, 405, api.ProblemMethod},
		{"wrong method", exchange{method: "DELETE", path: "/signin"}, 405, api.ProblemMethod},
		{"TRACE", exchange{method: "TRACE", path: "/"}, 405, api.ProblemMethod},
		{"unknown path of the API", exchange{method: "GET", path: "/api/nothing"}, 404, api.ProblemNotFound},
		{"malformed JSON", exchange{method: "POST", path: "/signin", header: js(), body: `{"email":`}, 400, api.ProblemMalformed},
		{"two JSON values", exchange{method: "POST", path: "/signin", header: js(), body: signIn + signIn}, 400, api.ProblemMalformed},
		{"array for an object", exchange{method: "POST", path: "/signin", header: js(), body: `[]`}, 400, api.ProblemMalformed},
		{"unknown member", exchange{method: "POST", path: "/signin", header: js(), body: `{"email":"a@b.example","password":"x","admin":true}`}, 422, api.ProblemInvalidFields},
		{"member of another case", exchange{method: "POST", path: "/signin", header: js(), body: `{"Email":"a@b.example","password":"x"}`}, 422, api.ProblemInvalidFields},
		{"wrong type", exchange{method: "POST", path: "/signin", header: js(), body: `{"email":7,"password":"x"}`}, 422, api.ProblemInvalidFields},
		{"text for JSON", exchange{method: "POST", path: "/api/posts", header: http.Header{"Content-Type": {"text/plain"}}, body: `{"message":"x"}`}, 415, api.ProblemMediaType},
		{"form for JSON only", exchange{method: "POST", path: "/api/posts", header: http.Header{"Content-Type": {api.TypeForm}}, body: `message=x`}, 415, api.ProblemMediaType},
		{"compressed body", exchange{method: "POST", path: "/signin", header: js("Content-Encoding", "gzip"), body: signIn}, 415, api.ProblemMediaType},
		{"body too large", exchange{method: "POST", path: "/signin", header: js(), body: `{"email":"` + strings.Repeat("a", 70<<10) + `"}`}, 413, api.ProblemTooLarge},
		{"post by a guest", exchange{method: "POST", path: "/api/posts", header: js(), body: `{"message":"x"}`}, 401, api.ProblemNotSignedIn},
		{"session of a guest", exchange{method: "GET", path: "/api/session"}, 401, api.ProblemNotSignedIn},
		{"cookie and token at once", exchange{method: "GET", path: "/api/feed", header: http.Header{"Cookie": {"session=" + strings.Repeat("A", 43)}, "Authorization": {"Bearer a.b.c"}}}, 400, api.ProblemMalformed},
		{"cursor that is none", exchange{method: "GET", path: "/api/feed?before=x'--"}, 422, api.ProblemInvalidFields},
		{"limit that is none", exchange{method: "GET", path: "/api/feed?limit=0"}, 422, api.ProblemInvalidFields},
		{"limit too large", exchange{method: "GET", path: "/api/feed?limit=101"}, 422, api.ProblemInvalidFields},
		{"old program", exchange{method: "GET", path: "/api/feed", header: http.Header{api.HeaderVersion: {"0"}}}, 409, api.ProblemOutdated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.send(t, tt.send)
			var p api.Problem
			if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.header.Get("Content-Type") != api.TypeProblem {
				t.Fatalf("status %d, %s, %q: not a problem (%v)", got.status, got.header.Get("Content-Type"), got.body, err)
			}
			if got.status != tt.status || p.Status != tt.status || !p.OfKind(tt.kind) {
				t.Errorf("refused with %d, %s, want %d, %s", got.status, p.Type, tt.status, tt.kind)
			}
			got.hardened(t)
		})
	}
	if mails := s.inbox(t, ""); len(mails) != 0 {
		t.Errorf("%d mails were sent", len(mails))
	}
}

// TestInboxStaysHere asks for the inbox through something that forwards: as far
// as others can tell it does not exist.
func TestInboxStaysHere(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.person(t, "ann")
	s.signUp(t, ann)
	code := s.code(t, ann.email)
	for _, accept := range []string{api.TypeJSON, "text/html"} {
		if got := s.send(t, exchange{method: "GET", path: api.PathInbox, header: http.Header{"Accept": {accept}}}); !strings.Contains(got.body, code) {
			t.Fatalf("the inbox as %s, asked for directly, does not hold the code: status %d", accept, got.status)
		}
		for name, value := range map[string]string{
			"X-Forwarded-For": "203.0.113.9", "x-forwarded-for": "127.0.0.1", "X-Forwarded-Host": "feed.example.org",
			"X-Forwarded-Proto": "https", "Forwarded": "for=203.0.113.9", "X-Real-Ip": "203.0.113.9", "Via": "1.1 proxy",
		} {
			h := http.Header{"Accept": {accept}}
			h.Set(name, value)
			got := s.send(t, exchange{method: "GET", path: api.PathInbox, header: h})
			if got.status != http.StatusNotFound || strings.Contains(got.body, code) || strings.Contains(got.body, ann.email) {
				t.Errorf("the inbox with %s: %s has status %d, want 404 and no mail", name, value, got.status)
			}
		}
	}
}

// hardened checks the headers that every answer carries.
func (a answer) hardened(t *testing.T) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control":                "no-store",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "strict-origin-when-cross-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if a.header.Get("Access-Control-Allow-Origin") != "" || len(a.header.Values("Set-Cookie")) != 0 {
		t.Errorf("a refusal allows or sets something: %v", a.header)
	}
}

// policy is the Content-Security-Policy of pages on plain http.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types porchlight"

// TestHeaders looks at what answers carry, and who may keep them.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := start(t)
	const never, revalidate, forever = "no-store", "no-cache", "public, max-age=31536000, immutable"
	tests := []struct {
		path   string
		status int
		cache  string
		policy string
	}{
		{"/", 200, revalidate, policy},
		{"/signin", 200, never, policy},
		{"/signup", 200, never, policy},
		{"/confirm?email=ann%40example.com", 200, never, policy},
		{"/recover", 200, never, policy},
		{"/dev/inbox", 200, never, policy},
		{"/nobody/lives/here", 404, never, policy},
		{"/manifest.webmanifest", 200, revalidate, "default-src 'none'; frame-ancestors 'none'"},
		{"/robots.txt", 200, revalidate, "default-src 'none'; frame-ancestors 'none'"},
		{s.stylesheet(t), 200, forever, "default-src 'none'; frame-ancestors 'none'"},
		{"/api/feed", 200, never, "default-src 'none'; frame-ancestors 'none'"},
	}
	for _, tt := range tests {
		got := s.get(t, tt.path)
		if got.status != tt.status {
			t.Errorf("GET %s: status %d, want %d", tt.path, got.status, tt.status)
		}
		for name, want := range map[string]string{
			"Cache-Control": tt.cache, "Content-Security-Policy": tt.policy, "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "strict-origin-when-cross-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Access-Control-Allow-Origin": "", "Server": "", "X-Powered-By": "", "Strict-Transport-Security": "", "Set-Cookie": "",
		} {
			if have := got.header.Get(name); have != want {
				t.Errorf("GET %s: %s = %q, want %q", tt.path, name, have, want)
			}
		}
		if tt.policy == policy && (got.header.Get("Cross-Origin-Opener-Policy") != "same-origin" || !strings.Contains(got.header.Get("Permissions-Policy"), "camera=()")) {
			t.Errorf("GET %s: opener and permissions are not restricted: %v", tt.path, got.header)
		}
	}
	if got := s.get(t, "/"); got.header.Get("Vary") == "" {
		t.Errorf("the home page does not say that it varies with the cookie")
	}
}

// stylesheet returns the path of the one that pages load.
func (s *server) stylesheet(t *testing.T) string {
	t.Helper()
	_, rest, _ := strings.Cut(s.get(t, "/").body, `<link rel="stylesheet" href="`)
	path, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatal("the page has no stylesheet")
	}
	return path
}

func port(s *server) string {
	_, p, _ := strings.Cut(s.host(), ":")
	return p
}

// TestFilesAreExact asks for files in ways that reach something else on other
// servers. Only what is listed exists.
func TestFilesAreExact(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, path := range []string{
		"/web/", "/web", "/web/../porchlight.db", "/web/%2e%2e/porchlight.db", "/web/..%2fporchlight.db", "/web//", "/web/css/",
		"/web/css/app.css", "/data/porchlight.db", "/.git/config", "/sitemap.xml", "/ads.txt", "/app.js", "/worker.js/", "/shell/x", "/index.html",
	} {
		got := s.get(t, path)
		if got.status != http.StatusNotFound && !(got.status >= 300 && got.status < 400 && strings.HasPrefix(got.header.Get("Location"), "/")) {
			t.Errorf("GET %s: status %d, want 404", path, got.status)
		}
		if strings.Contains(got.body, "SQLite format") {
			t.Errorf("GET %s shows the database", path)
		}
	}
}
