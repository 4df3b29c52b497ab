package e2e

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"porchlight/shared/api"
)

// TestLead sends forms that ask for the page they lead to (Prefer, RFC 7240):
// every answer is the one that following the redirect would have brought.
func TestLead(t *testing.T) {
	s := start(t)
	ann := s.member(t, "ann")
	ann.post(t, "For members.", api.AudienceMembers)
	enter := url.Values{"email": {ann.email}, "password": {ann.password}}
	to := func(next string) url.Values {
		form := url.Values{"next": {next}}
		maps.Copy(form, enter)
		return form
	}
	wrong := url.Values{"email": {ann.email}, "password": {"not " + ann.password}}
	const page = "return=representation"
	for _, test := range []struct {
		name, path, prefer string
		form               url.Values
		status             int
		location, content  string // the header Location, Content-Location
		shows              string
	}{
		{"not asked for", api.PathSignIn, "", enter, http.StatusSeeOther, "/", "", ""},
		{"another preference", api.PathSignIn, "return=minimal, respond-async", enter, http.StatusSeeOther, "/", "", ""},
		{"the feed", api.PathSignIn, page, enter, http.StatusOK, "", "/", "For members."},
		{"among others", api.PathSignIn, `respond-async, Return=Representation; foo="bar"`, enter, http.StatusOK, "", "/", "For members."},
		{"a page of one's own", api.PathSignIn, page, to(api.PathAccount), http.StatusOK, "", api.PathAccount, "This device"},
		{"with a query", api.PathSignIn, page, to("/search?q=members"), http.StatusOK, "", "/search?q=members", "For members."},
		{"a part of a page", api.PathSignIn, page, to("/#main"), http.StatusOK, "", "/", "For members."},
		{"another site", api.PathSignIn, page, to("//evil.example/"), http.StatusOK, "", "/", "For members."},
		{"no page", api.PathSignIn, page, to("/nothing/here"), http.StatusNotFound, "", "/nothing/here", "Back to the porch"},
		{"the front door", api.PathSignIn, page, to("/signup"), http.StatusSeeOther, "/", "", ""},
		{"refused", api.PathSignIn, page, wrong, http.StatusUnauthorized, "", "", "Sign in"},
		{"to confirm", api.PathRecover, page, url.Values{"email": {ann.email}}, http.StatusOK, "", "/recover/confirm?", "code"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := http.Header{
				"Accept": {"text/html"}, "Content-Type": {api.TypeForm}, "Origin": {s.url},
				"Range": {"bytes=0-9"}, "If-None-Match": {"*"}, // of the form, not of the page
			}
			if test.prefer != "" {
				h.Set("Prefer", test.prefer)
			}
			got := s.send(t, exchange{method: http.MethodPost, path: test.path, header: h, body: test.form.Encode()})
			s.keepSetCookies(got.header)
			location, content := got.header.Get("Location"), got.header.Get("Content-Location")
			if got.status != test.status || location != test.location || !strings.HasPrefix(content, test.content) || (content == "") != (test.content == "") {
				t.Fatalf("= %d, Location %q, Content-Location %q, want %d, %q, %q", got.status, location, content, test.status, test.location, test.content)
			}
			if !strings.Contains(got.body, test.shows) {
				t.Errorf("the page does not say %q", test.shows)
			}
			if cc := got.header.Get("Cache-Control"); cc != "no-store" {
				t.Errorf("Cache-Control = %q, want no-store", cc)
			}
			if applied := got.header.Get("Preference-Applied"); (applied == page) != (test.content != "") {
				t.Errorf("Preference-Applied = %q with Content-Location %q", applied, content)
			}
		})
	}
}

// TestLeadOut signs out and is shown what a guest sees: the page that comes with
// the answer is for who holds its cookies, not for who sent the form.
func TestLeadOut(t *testing.T) {
	s := start(t)
	ann := s.member(t, "ann")
	ann.post(t, "For members.", api.AudienceMembers)
	ann.post(t, "For everyone.", api.AudienceEveryone)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+api.PathSignOut, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Accept": {"text/html"}, "Origin": {s.url}, "Prefer": {"return=representation"}}
	res, err := ann.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	body := string(text)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Location") == "" {
		t.Fatalf("= %d, Content-Location %q, want 200 and a page", res.StatusCode, res.Header.Get("Content-Location"))
	}
	if strings.Contains(body, "For members.") || strings.Contains(body, ann.name+"</") && strings.Contains(body, `href="/account"`) {
		t.Errorf("the page is a member's:\n%s", body)
	}
}
