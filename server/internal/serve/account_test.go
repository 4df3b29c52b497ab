package serve

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"porchlight/server/internal/limit"
	"porchlight/server/internal/localpool"
	"porchlight/shared/api"
)

// The whole way of a person with plain forms.
func TestFormJourney(t *testing.T) {
	s := newTestSite(t)
	p := s.person(t)
	const email = "ann@example.com"
	step := func(name string, r reply, status int, location string) {
		t.Helper()
		if got := r.header.Get("Location"); r.status != status || got != location {
			t.Fatalf("%s = %d to %q, want %d to %q: %.500s", name, r.status, got, status, location, r.body)
		}
	}
	step("sign-up", p.form(t, "/signup", "name", "Ann", "email", " Ann@Example.com ", "handle", "@ann", "password", goodPassword), 303, "/confirm?email=ann%40example.com")
	step("wrong code", p.form(t, "/confirm", "email", email, "code", "000000"), 422, "")
	step("confirm", p.form(t, "/confirm", "email", email, "code", s.code(t, email, "confirm")), 303, "/")
	if !p.signedIn(t) {
		t.Fatal("confirming did not sign in")
	}
	step("post", p.form(t, "/", "id", "", "message", "Hello <b>porch</b>", "expires_in", "1h", "audience", "members"), 303, "/")
	if f := p.feed(t); len(f.Posts) != 1 || f.Posts[0].Handle != "ann" || f.Posts[0].Message != "Hello <b>porch</b>" {
		t.Errorf("feed of the author = %+v", f)
	}
	if home := p.get(t, "/").body; !strings.Contains(home, "Hello &lt;b&gt;porch") || strings.Contains(home, "<b>porch") {
		t.Error("the home page does not show the post as text")
	}
	if f := s.person(t).feed(t); len(f.Posts) != 0 {
		t.Errorf("feed of a guest = %+v, want none for members", f)
	}
	step("sign out", p.form(t, "/signout"), 303, "/signin?notice=signed-out")
	if p.signedIn(t) {
		t.Error("signed in after signing out")
	}
	step("recover", p.form(t, "/recover", "email", email), 303, "/recover/confirm?email=ann%40example.com&notice=code-sent")
	code := s.code(t, email, "recover")
	step("new password", p.form(t, "/recover/confirm", "email", email, "code", code, "password", "Other-light-8"), 303, "/")
	if !p.signedIn(t) {
		t.Error("recovering did not sign in")
	}
	other := s.person(t)
	step("used code", other.form(t, "/recover/confirm", "email", email, "code", code, "password", "Third-light-7"), 422, "")
	step("old password", other.form(t, "/signin", "email", email, "password", goodPassword), 401, "")
	step("next of another site", other.form(t, "/signin", "email", email, "password", "Other-light-8", "next", "//evil.example/"), 303, "/")
	step("signed in already", other.get(t, "/signin?next=%2Faccount"), 303, "/account")
}

// Whoever forgot that there is an account and signs up again gets a mail that
// leads in. The answer is that for a new address.
func TestSignUpAgainMailsTheOwner(t *testing.T) {
	s := newTestSite(t)
	s.join(t, "ann")
	again := api.SignUp{Name: "Ann", Email: "ann@example.com", Handle: "ann2", Password: "Other-light-8"}
	if r := s.person(t).json(t, api.PathSignUp, again); r.status != 200 {
		t.Fatalf("sign-up again = %d %s, want 200", r.status, r.body)
	}
	r := s.person(t).json(t, api.PathRecoverConfirm, api.RecoverConfirm{Email: "ann@example.com", Code: s.code(t, "ann@example.com", "recover"), Password: "Other-light-8"})
	if r.status != 200 {
		t.Errorf("the mailed code = %d %s, want 200", r.status, r.body)
	}
}

// The mails of those who sign up again count as those of /recover do.
func TestSignUpAgainMailsOnlySoOften(t *testing.T) {
	s := newTestSite(t)
	s.join(t, "ann")
	for range limit.Defaults().RecoverAccount.Count {
		if r := s.person(t).json(t, api.PathRecover, api.Recover{Email: "ann@example.com"}); r.status != 200 {
			t.Fatalf("recover = %d %s", r.status, r.body)
		}
	}
	last := s.code(t, "ann@example.com", "recover")
	again := api.SignUp{Name: "Ann", Email: "ann@example.com", Handle: "ann2", Password: goodPassword}
	if r := s.person(t).json(t, api.PathSignUp, again); r.status != 200 {
		t.Errorf("sign-up again = %d %s, want 200", r.status, r.body)
	}
	if code := s.code(t, "ann@example.com", "recover"); code != last {
		t.Error("one more code was mailed")
	}
}

// A pool in which only administrators make accounts refuses every sign-up. That
// is nothing broken.
func TestSignUpClosed(t *testing.T) {
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir(), Admin: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	s := newTestSiteOn(t, pool, nil)
	s.ask(t, "UpdateUserPool", `{"UserPoolId":"`+pool.ID()+`","AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true}}`)
	r := s.person(t).json(t, api.PathSignUp, api.SignUp{Name: "Ann", Email: "ann@example.com", Handle: "ann", Password: goodPassword})
	if p := r.problem(t); r.status != 403 || p.Type != "/problems/"+api.ProblemForbidden {
		t.Errorf("sign-up = %d %s, want 403 forbidden", r.status, r.body)
	}
}

func TestFormKeepsWhatWasTyped(t *testing.T) {
	s := newTestSite(t)
	r := s.person(t).form(t, "/signup", "name", `"><script>alert(1)</script>`, "email", "ann", "handle", "ann", "password", "Secret-typed-1")
	if r.status != 422 {
		t.Fatalf("status = %d, want 422", r.status)
	}
	if !strings.Contains(r.body, `value="ann"`) {
		t.Error("what was typed is lost")
	}
	if strings.Contains(r.body, "Secret-typed-1") {
		t.Error("the page holds the password")
	}
	if strings.Contains(r.body, "<script>alert") {
		t.Error("what was typed became markup")
	}
}

func TestUnconfirmedIsLedToConfirm(t *testing.T) {
	s := newTestSite(t)
	const email = "bea@example.com"
	s.person(t).json(t, "/signup", api.SignUp{Name: "Bea", Email: email, Handle: "bea", Password: goodPassword})
	first := s.code(t, email, "confirm")
	p := s.person(t)
	r := p.form(t, "/signin", "email", email, "password", goodPassword, "next", "/account")
	if r.status != 303 || !strings.HasPrefix(r.header.Get("Location"), "/confirm?email=bea%40example.com") {
		t.Fatalf("sign-in = %d to %q", r.status, r.header.Get("Location"))
	}
	code := s.code(t, email, "confirm")
	if code == first {
		t.Error("no fresh code")
	}
	if r := p.json(t, "/confirm", api.Confirm{Email: email, Code: first}); r.status != 422 {
		t.Errorf("the old code = %d, want 422", r.status)
	}
	if r := p.form(t, "/confirm", "email", email, "code", code); r.status != 303 || r.header.Get("Location") != "/account" {
		t.Errorf("confirm = %d to %q, want the page first asked for", r.status, r.header.Get("Location"))
	}
	if r := s.person(t).json(t, "/signin", api.SignIn{Email: email, Password: "Wrong-light-1"}); r.status != 401 {
		t.Errorf("wrong password = %d, want 401", r.status)
	}
}

// Answers must not tell which addresses have accounts.
func TestEnumeration(t *testing.T) {
	s := newTestSite(t)
	s.join(t, "known")
	tests := []struct {
		name, path string
		body       func(email string) any
	}{
		{"sign in", "/signin", func(e string) any { return api.SignIn{Email: e, Password: "Wrong-light-1"} }},
		{"sign up", "/signup", func(e string) any {
			return api.SignUp{Name: "X", Email: e, Handle: "newhandle", Password: goodPassword}
		}},
		{"recover", "/recover", func(e string) any { return api.Recover{Email: e} }},
		{"resend", "/confirm/resend", func(e string) any { return api.Resend{Email: e} }},
		{"confirm", "/confirm", func(e string) any { return api.Confirm{Email: e, Code: "123456"} }},
		{"new password", "/recover/confirm", func(e string) any { return api.RecoverConfirm{Email: e, Code: "123456", Password: goodPassword} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			known := s.person(t).json(t, tt.path, tt.body("known@example.com"))
			unknown := s.person(t).json(t, tt.path, tt.body("knowm@example.com"))
			if known.status != unknown.status || shape(known) != shape(unknown) {
				t.Errorf("known account: %d %s\nunknown account: %d %s", known.status, shape(known), unknown.status, shape(unknown))
			}
		})
	}
}

// shape is an answer without what differs between any two requests.
func shape(r reply) string {
	body := strings.ReplaceAll(r.body, "knowm", "known")
	if i := strings.Index(body, `"instance":"/requests/`); i >= 0 {
		body = body[:i] + body[i+len(`"instance":"/requests/`)+26:]
	}
	var names strings.Builder
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		names.WriteString(" " + c.Name)
	}
	return body + names.String()
}

func TestSessions(t *testing.T) {
	s := newTestSite(t)
	phone := s.join(t, "cleo")
	desk := s.person(t)
	if r := desk.json(t, "/signin", api.SignIn{Email: "cleo@example.com", Password: goodPassword}); r.status != 200 {
		t.Fatalf("sign-in = %d %s", r.status, r.body)
	}
	list := phone.get(t, api.PathSessions)
	if n := strings.Count(list.body, `"id"`); n != 2 {
		t.Fatalf("sessions = %s, want two", list.body)
	}
	stranger := s.join(t, "mallory")
	for id := range strings.SplitSeq(list.body, `"id":"`) {
		if id, _, ok := strings.Cut(id, `"`); ok && len(id) > 10 {
			if r := stranger.do(t, "DELETE", api.PathSessions+"/"+id, nil, ""); r.status != 404 {
				t.Errorf("a stranger ends session: %d, want 404", r.status)
			}
		}
	}
	if r := desk.do(t, "DELETE", api.PathSessions, nil, ""); r.status != 204 {
		t.Fatalf("sign out everywhere = %d %s", r.status, r.body)
	}
	if phone.signedIn(t) || desk.signedIn(t) {
		t.Error("a session is left after signing out everywhere")
	}
	if !stranger.signedIn(t) {
		t.Error("somebody else was signed out")
	}
}

// TestEndTwice: of all that can be repeated, to end a session is answered
// otherwise the second time, as the description of the API says.
func TestEndTwice(t *testing.T) {
	s := newTestSite(t)
	phone, desk := s.join(t, "cleo"), s.person(t)
	if r := desk.json(t, "/signin", api.SignIn{Email: "cleo@example.com", Password: goodPassword}); r.status != 200 {
		t.Fatalf("sign-in = %d %s", r.status, r.body)
	}
	path := func(current bool) string {
		for _, e := range read[api.Sessions](t, desk.get(t, api.PathSessions), 200).Sessions {
			if e.Current == current {
				return api.PathSessions + "/" + e.ID
			}
		}
		t.Fatalf("there is no session with current %t", current)
		return ""
	}
	other, own := path(false), path(true)
	for _, tt := range []struct {
		name, path string
		status     int
	}{
		{"another", other, 204}, {"another again", other, 404}, {"one's own", own, 204}, {"one's own again", own, 401},
	} {
		if r := desk.call(t, "DELETE", tt.path); r.status != tt.status {
			t.Errorf("end %s = %d %s, want %d", tt.name, r.status, r.body, tt.status)
		}
	}
	if phone.signedIn(t) || desk.signedIn(t) {
		t.Error("a session is left")
	}
}

func TestChangePassword(t *testing.T) {
	s := newTestSite(t)
	p := s.join(t, "dora")
	other := s.person(t)
	other.json(t, "/signin", api.SignIn{Email: "dora@example.com", Password: goodPassword})
	if r := p.json(t, api.PathPassword, api.ChangePassword{Previous: "Wrong-light-1", Password: "Other-light-8"}); r.status != 422 || r.problem(t).Field("previous") == "" {
		t.Errorf("wrong old password = %d %s", r.status, r.body)
	}
	if r := p.json(t, api.PathPassword, api.ChangePassword{Previous: goodPassword, Password: "Other-light-8"}); r.status != 200 {
		t.Fatalf("change = %d %s", r.status, r.body)
	}
	if !p.signedIn(t) || other.signedIn(t) {
		t.Errorf("after the change: own session %v, other session %v; want true, false", p.signedIn(t), other.signedIn(t))
	}
	if r := s.person(t).json(t, "/signin", api.SignIn{Email: "dora@example.com", Password: "Other-light-8"}); r.status != 200 {
		t.Errorf("new password = %d", r.status)
	}
}

func TestGuessesAreLimited(t *testing.T) {
	s := newTestSite(t)
	s.join(t, "eve")
	var last reply
	for range 11 {
		last = s.person(t).json(t, "/signin", api.SignIn{Email: "eve@example.com", Password: "Wrong-light-1"})
	}
	if last.status != 429 || last.header.Get("Retry-After") == "" {
		t.Errorf("the 11th guess = %d, Retry-After %q", last.status, last.header.Get("Retry-After"))
	}
}

// TestSignOutClears: a sign-out has the browser clear what the site keeps there,
// unless the program does so itself, or something waits there to be sent.
func TestSignOutClears(t *testing.T) {
	s := newTestSite(t)
	form, inJSON := http.Header{"Content-Type": {api.TypeForm}}, http.Header{"Content-Type": {api.TypeJSON}}
	program := http.Header{"Content-Type": {api.TypeJSON}, api.HeaderVersion: {strconv.Itoa(api.Version)}}
	ways := []struct {
		name, method, path, body string
		header                   http.Header
		next                     bool
	}{
		{"form", "POST", api.PathSignOut, "", form, true},
		{"JSON", "POST", api.PathSignOut, "{}", inJSON, true},
		{"program", "POST", api.PathSignOut, "{}", program, true},
		{"form, everywhere", "POST", api.PathEndSession, "id=", form, true},
		{"everywhere", "DELETE", api.PathSessions, "", nil, false},
		{"program, everywhere", "DELETE", api.PathSessions, "", program, false},
	}
	s.join(t, "ann")
	for _, way := range ways {
		for _, unsent := range []bool{false, true} {
			p := s.person(t)
			if r := p.json(t, api.PathSignIn, api.SignIn{Email: "ann@example.com", Password: goodPassword}); r.status != 200 {
				t.Fatalf("sign-in = %d %s", r.status, r.body)
			}
			if unsent {
				u, err := url.Parse(s.URL)
				if err != nil {
					t.Fatal(err)
				}
				p.client.Jar.SetCookies(u, []*http.Cookie{{Name: api.CookieUnsent, Value: "x", Path: "/"}})
			}
			got := p.do(t, way.method, way.path, way.header, way.body)
			byProgram := way.header.Get(api.HeaderVersion) != ""
			clear, notice := `"storage"`, api.NoticeSignedOut
			if unsent || byProgram {
				clear = ""
			}
			if unsent && !byProgram {
				notice = api.NoticeSignedOutKept
			}
			if got.status >= 400 || got.header.Get("Clear-Site-Data") != clear {
				t.Errorf("%s, unsent %t: %d, Clear-Site-Data %q, want %q", way.name, unsent, got.status, got.header.Get("Clear-Site-Data"), clear)
			}
			if next := got.header.Get("Location") + got.body; way.next && !strings.HasSuffix(strings.Trim(next, "\"}\n"), "?notice="+notice) {
				t.Errorf("%s, unsent %t: leads to %q, want the notice %s", way.name, unsent, next, notice)
			}
		}
	}
}
