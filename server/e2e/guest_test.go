package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"porchlight/shared/api"
)

// TestGuest shows what somebody without an account sees: what everyone may
// read, an invitation, and no trace of the rest.
func TestGuest(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	ann.post(t, "Everyone may read this.", api.AudienceEveryone)
	hidden := ann.post(t, "Members may read this.", api.AudienceMembers)

	p := open(t, s)
	p.visit(api.PathHome)
	p.shows("article[data-post]", "Everyone may read this.")
	p.shoot("guest")
	for _, trace := range []string{"Members may read this.", hidden.ID} {
		if read[bool](p, `document.documentElement.outerHTML.includes(`+quote(trace)+`)`) {
			t.Errorf("the guest's page holds %q", trace)
		}
		if body := s.get(t, api.PathFeed).body; strings.Contains(body, trace) {
			t.Errorf("the guest's answer of %s holds %q", api.PathFeed, trace)
		}
	}
	if read[bool](p, `document.getElementsByName("message").length > 0`) {
		t.Error("a guest is offered the form for a post")
	}
	p.press(`main a[href^="/signup"]`)
	p.at(api.PathSignUp)
	p.shows("h1", "Join")
}

// TestUnconfirmed signs in before the address is confirmed: the person is led
// to where the code is asked for, has a fresh one, and comes in with it.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	s := start(t)
	carol := s.person(t, "carol")
	s.signUp(t, carol)
	first := s.code(t, carol.email)

	p := open(t, s)
	p.visit(api.PathSignIn + "?next=%2Faccount")
	p.fill("email", carol.email)
	p.fill("password", carol.password)
	p.expect(http.StatusForbidden)
	p.send("password")
	p.at(api.PathConfirm + "?email=" + url.QueryEscape(carol.email) + "&notice=" + api.NoticeCodeSent)
	p.shows("[role=status]", "A code is in the mail.")
	second := s.code(t, carol.email)

	p.fill("code", first)
	p.expect(http.StatusUnprocessableEntity)
	p.send("code")
	p.shows("[role=alert]", "This code is wrong, used or too old.")
	p.shoot("old-code")
	p.fill("code", second)
	p.send("code")
	p.at(api.PathAccount)
	p.wait("who is signed in", `document.querySelector("header").textContent.includes("Carol Lee")`)
}

// TestNext signs in from links with ?next=: a path of this site is followed,
// any other address leads home and is never asked for anything.
func TestNext(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	tests := []struct{ next, want string }{
		{"/account", "/account"},
		{"/?before=0192f0c1-2345-7abc-8def-0123456789ab", "/?before=0192f0c1-2345-7abc-8def-0123456789ab"},
		{"//evil.example", "/"},
		{"//evil.example/%2e%2e", "/"},
		{`/\evil.example`, "/"},
		{`\\evil.example`, "/"},
		{"https://evil.example/", "/"},
		{"https:evil.example", "/"},
		{"/\t/evil.example", "/"},
		{"\t//evil.example", "/"},
		{"javascript:alert(1)", "/"},
		{"data:text/html,x", "/"},
		{"evil.example", "/"},
		{"/" + strings.Repeat("a", 600), "/"},
		{"", "/"},
	}
	for _, tt := range tests {
		form := url.Values{"email": {ann.email}, "password": {ann.password}, "next": {tt.next}}
		got := s.send(t, exchange{
			method: http.MethodPost, path: api.PathSignIn, body: form.Encode(),
			header: http.Header{"Content-Type": {api.TypeForm}},
		})
		if at := got.header.Get("Location"); got.status != http.StatusSeeOther || at != tt.want {
			t.Errorf("sign-in with next %q leads to %q with status %d, want %q with 303", tt.next, at, got.status, tt.want)
		}
		s.keepSetCookies(got.header)
	}

	for _, tt := range []struct{ next, want string }{{"/account", "/account"}, {"//evil.example", "/"}, {"https://evil.example/", "/"}} {
		t.Run("page "+tt.next, func(t *testing.T) {
			t.Parallel()
			p := open(t, s)
			p.visit(api.PathSignIn + "?next=" + url.QueryEscape(tt.next))
			p.fill("email", ann.email)
			p.fill("password", ann.password)
			p.send("password")
			p.at(tt.want)
		})
	}
}

// keepSetCookies counts the cookies that an answer sets among the secrets.
func (s *server) keepSetCookies(h http.Header) {
	for _, c := range (&http.Response{Header: h}).Cookies() {
		s.log.secret("a cookie", c.Value)
	}
}
