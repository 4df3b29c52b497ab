package pwa

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// TestStyle asks for pages as browsers and others do: who may be here for the
// first time has the style in the page, under a policy that names its hash, and
// everybody else has its address under a policy without one.
func TestStyle(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	member := func(path string) api.Page {
		return api.Page{Path: path, Session: &claims.Display{Subject: "ann"}}
	}
	filled := pageOf("/signin")
	filled.Form = map[string]string{"email": "ann@example.com"}
	for _, test := range []struct {
		name, target, dest, referer string
		page                        api.Page
		within                      bool
	}{
		{"a guest's feed", "/", "document", "", pageOf("/"), true},
		{"the front door", "/signin", "document", "", pageOf("/signin"), true},
		{"no browser", "/signin", "", "", pageOf("/signin"), false},
		{"a script", "/signin", "empty", "http://example.com/signup", pageOf("/signin"), false},
		{"what repeats the request is not compressed", "/signin?email=ann@example.com", "document", "", filled, false},
		{"the shell", PathShell, "document", "", api.Page{}, false},
		{"a member's feed", "/", "document", "", member("/"), false},
		{"a member's feed from the feed", "/", "document", "http://example.com/", member("/"), false},
		{"a member's feed from the front door", "/", "document", "http://example.com/signin?next=/", member("/"), true},
		{"a member's feed from who knows where", "/", "document", "::signin", member("/"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, test.target, nil)
			r.Header.Set("Sec-Fetch-Dest", test.dest)
			r.Header.Set("Referer", test.referer)
			got := answerPage(t, p, r, http.StatusOK, test.page)
			doc := body(t, got)
			address := p.assets["css/app.css"].path
			_, rest, within := strings.Cut(doc, `<style data-href="`+address+`">`)
			if within != test.within || strings.Contains(doc, `<link rel="stylesheet" href="`+address+`">`) == test.within {
				t.Fatalf("the style stands in the page: %v, want %v; head:\n%.800s", within, test.within, doc)
			}
			want := wantPolicy
			if within {
				text, _, _ := strings.Cut(rest, "</style>")
				sum := sha256.Sum256([]byte(text))
				want = strings.Replace(want, "style-src 'self'", "style-src 'self' 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", 1)
			}
			if policy := got.Header.Get("Content-Security-Policy"); policy != want {
				t.Errorf("policy = %q, want %q", policy, want)
			}
		})
	}
}

// TestStyleRefused has a stylesheet that cannot stand in a page.
func TestStyleRefused(t *testing.T) {
	for name, css := range map[string]string{
		"an end tag": "a::after { content: '</style><script>alert(1)</script>' }",
		"line ends":  "a { margin: 0 }\r\nb { margin: 0 }",
		"a zero":     "a { margin: 0 }\x00",
	} {
		t.Run(name, func(t *testing.T) {
			web := sources()
			web["css/app.css"] = &fstest.MapFile{Data: []byte(css)}
			p := newPWA(t, web, Config{})
			doc, err := p.document(pageOf("/"), true)
			if err != nil {
				t.Fatal(err)
			}
			if d := parse(t, doc); d.inline || d.values["stylesheet"] != p.assets["css/app.css"].path || d.scripts != 1 {
				t.Errorf("the page has the style in it:\n%s", doc)
			}
			if p.frame.styled != p.frame.policy {
				t.Errorf("policy = %q, want %q", p.frame.styled, p.frame.policy)
			}
		})
	}
}
