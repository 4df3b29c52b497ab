//go:build !js

package ui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/shared/api"
)

func TestSignIn(t *testing.T) {
	s := guest(somePosts(1)...)
	s.answer("POST /signin", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answers["GET /api/session"] = *ada() // under the server's lock
		write(w, 200, api.TypeJSON, api.Done{Next: "/"})
	}))
	b := openTab(t, s, guestPage(api.PathSignIn))
	f := &signin{p: b.Program}
	f.send(api.SignIn{Email: " Ada@Example.com", Password: "x"})
	if !f.form.busy {
		t.Error("the form is not busy while it is on its way")
	}
	f.send(api.SignIn{Email: "ada@example.com", Password: "x"}) // an impatient second press
	b.settle()
	if n := strings.Count(strings.Join(s.asked, "\n"), "POST /signin"); n != 1 {
		t.Errorf("signed in %d times", n)
	}
	if b.at() != "/" || b.session == nil || b.session.Handle != "ada" || f.form.busy {
		t.Errorf("at %q as %v, busy %t", b.at(), b.session, f.form.busy)
	}
	if !b.says("Sign out") || !b.says("line one") {
		t.Error("the page is not a member's feed")
	}
}

func TestSignInRefused(t *testing.T) {
	wait := problem(api.ProblemTooMany, 429)
	wait.RetryAfter = 90
	confirmFirst := problem(api.ProblemNotConfirmed, 403)
	confirmFirst.Next = "/confirm?email=ada%40example.com&notice=code-sent"
	tests := []struct {
		name   string
		answer any
		down   bool
		says   string
		at     string
	}{
		{name: "wrong", answer: problem(api.ProblemNotAuthorized, 401), says: "Detail of <not-authorized>."},
		{name: "too many", answer: wait, says: "You can try again in 1:30."},
		{name: "not confirmed", answer: confirmFirst, says: "We sent a code to a***@e***.", at: confirmFirst.Next},
		{name: "offline", down: true, says: "You are offline. Nothing you typed is lost"},
		{name: "outdated", answer: problem(api.ProblemOutdated, 409), says: "This page is older than the server."},
		{name: "a proxy's page", answer: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }), says: "Service Unavailable"},
		{name: "not JSON", answer: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }), says: "could not be read"},
	}
	for _, test := range tests {
		s := guest()
		s.answer("POST /signin", test.answer)
		b := openTab(t, s, guestPage(api.PathSignIn))
		s.down = test.down
		f := &signin{p: b.Program}
		f.send(api.SignIn{Email: "ada@example.com", Password: "x"})
		b.settle()
		page := b.page()
		if test.at == "" { // the form's own words
			page = parse(t, drawn(f)+drawn(b.root))
		}
		if got := content(page); !strings.Contains(got, test.says) {
			t.Errorf("%s: the page does not say %q: %s", test.name, test.says, got)
		}
		if b.at() != test.at || f.form.busy || b.session != nil {
			t.Errorf("%s: at %q, want %q; busy %t", test.name, b.at(), test.at, f.form.busy)
		}
	}
}

func TestChecksBeforeSending(t *testing.T) {
	s := guest()
	b := openTab(t, s, guestPage(api.PathSignUp))
	asked := len(s.asked)
	f := &signup{p: b.Program}
	f.send(api.SignUp{Name: "Ada", Email: "ada", Handle: "a!", Password: "short"})
	b.settle()
	root := parse(t, drawn(f))
	for _, field := range []string{"email", "handle", "password"} {
		if content(byID(root, field+"-error")) == "" || attr(byID(root, field), "aria-invalid") != "true" {
			t.Errorf("nothing is wrong with %s", field)
		}
	}
	if content(byID(root, "name-error")) != "" {
		t.Error("something is wrong with name")
	}
	if len(s.asked) != asked {
		t.Errorf("the server was asked %v", s.asked[asked:])
	}
}

func TestSignUpLeadsToConfirm(t *testing.T) {
	s := guest()
	s.answer("POST /signup", api.Done{Next: "/confirm?email=ada%40example.com", Delivery: &api.Delivery{Destination: "a***@e***", ResendAfter: 30}})
	s.answer("POST /confirm/resend", api.Done{Next: "/confirm", Delivery: &api.Delivery{Destination: "a***@e***", ResendAfter: 60}})
	b := openTab(t, s, guestPage(api.PathSignUp))
	f := &signup{p: b.Program}
	f.send(api.SignUp{Name: "Ada", Email: "ada@example.com", Handle: "ada", Password: "Correct-horse-1"})
	b.settle()
	if !b.says("We sent a code to a***@e***.") || !b.says("Send a new code in 0:30") {
		t.Errorf("the page says %q", content(b.page()))
	}
	if got := attr(all(byID(b.page(), "confirm"), "input")[0], "value"); got != "ada@example.com" {
		t.Errorf("the code is for %q", got)
	}
	s.clock = s.clock.Add(31 * time.Second)
	if !b.says("Send a new code") || b.says("Send a new code in") {
		t.Error("the cool-down does not end")
	}
	again := b.Program.resend(api.PathConfirmResend).(*resend)
	again.send("ada@example.com")
	b.settle()
	if got := drawn(again); !strings.Contains(got, "Send a new code in 1:00") || !strings.Contains(got, "A new code is in the mail.") {
		t.Errorf("after another code: %s", got)
	}
}

func TestRecover(t *testing.T) {
	s := guest()
	s.answer("POST /recover", api.Done{Next: "/recover/confirm?email=ada%40example.com&notice=code-sent", Delivery: &api.Delivery{Destination: "a***@e***", ResendAfter: 30}})
	s.answer("POST /recover/confirm", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answers["GET /api/session"] = *ada()
		write(w, 200, api.TypeJSON, api.Done{Next: "/"})
	}))
	b := openTab(t, s, guestPage(api.PathRecover))
	(&recovery{p: b.Program}).send(api.Recover{Email: "ada@example.com"})
	b.settle()
	if got := attr(byID(b.page(), "email"), "value"); got != "ada@example.com" || !b.says("A code is in the mail.") {
		t.Errorf("email = %q on a page that says %q", got, content(b.page()))
	}
	(&renewal{p: b.Program}).send(api.RecoverConfirm{Email: "ada@example.com", Code: "123456", Password: "Correct-horse-1"})
	b.settle()
	if b.at() != "/" || b.session == nil {
		t.Errorf("at %q as %v", b.at(), b.session)
	}
}

func TestLead(t *testing.T) {
	tests := []struct {
		name   string
		member bool
		to, at string
	}{
		{"member at the door", true, "/signin?next=%2Faccount", "/account"},
		{"member at the door, elsewhere", true, "/signin?next=%2F%2Fevil.example", "/"},
		{"guest at the account", false, "/account", "/signin?next=%2Faccount"},
		{"guest at the door", false, "/signin", "/signin"},
		{"member confirming another address", true, "/confirm?email=b%40example.com", "/confirm?email=b%40example.com"},
	}
	for _, test := range tests {
		s, p := guest(), guestPage(api.PathHome)
		p.Feed = &api.Feed{}
		if test.member {
			s, p = member(), memberPage()
		}
		s.answer("GET /api/sessions", api.Sessions{})
		b := openTab(t, s, p)
		b.goTo(test.to)
		if b.at() != test.at {
			t.Errorf("%s: %s leads to %s, want %s", test.name, test.to, b.at(), test.at)
		}
	}
}
