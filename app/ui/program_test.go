//go:build !js

package ui

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/app/device"
	"porchlight/shared/api"
)

func guestPage(path string) api.Page { return api.Page{Path: path, Now: evening()} }

func memberPage(posts ...api.Post) api.Page {
	return api.Page{Path: api.PathHome, Now: evening(), Session: ada(), Feed: &api.Feed{Posts: posts}, Form: map[string]string{"id": firstID}}
}

const firstID = "018f0000-0000-7000-8000-000000000001"

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

func TestPost(t *testing.T) {
	s := member()
	var sent []api.NewPost
	s.answer("POST /api/posts", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n api.NewPost
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		sent = append(sent, n)
		write(w, 201, api.TypeJSON, api.Post{ID: n.ID, Message: n.Message, Name: "Ada", Handle: "ada", Created: evening()})
	}))
	b := openTab(t, s, memberPage())
	f := &compose{p: b.Program}
	f.send(api.NewPost{ID: firstID, Message: "Hello"})
	if !b.says("Hello") || !b.says("on its way") {
		t.Error("the post does not appear at once")
	}
	b.settle()
	if !b.says("Hello") || b.says("on its way") || len(b.home.pending) != 0 {
		t.Error("the post is not there, or still on its way")
	}
	f.send(api.NewPost{ID: firstID, Message: "Hello"})
	b.settle()
	if len(sent) != 2 || sent[0].ID != firstID || sent[1].ID == firstID || len(sent[1].ID) != 36 {
		t.Errorf("sent %+v: two posts of the same words need two ids", sent)
	}
	if got := len(all(b.page(), "article")); got != 2 {
		t.Errorf("%d posts, want 2", got)
	}
	if last, err := b.Device.Last(t.Context()); err != nil || len(last.Feed.Posts) != 2 {
		t.Errorf("the device keeps %v, %v", last, err)
	}
}

func TestPostComesBack(t *testing.T) {
	s := member()
	b := openTab(t, s, memberPage())
	f := &compose{p: b.Program}
	s.down = true
	f.send(api.NewPost{ID: firstID, Message: "Hello"})
	b.draft = "and more" // typed while it was on its way
	b.settle()
	if b.draft != "Hello\n\nand more" || len(b.home.pending) != 0 || b.session == nil {
		t.Errorf("draft %q, pending %v", b.draft, b.home.pending)
	}
	s.down = false
	id := f.id(api.NewPost{ID: firstID, Message: " Hello "})
	if id != firstID {
		t.Errorf("the same words are sent again as %q, want the first id: the first try may have arrived", id)
	}
	if id := f.id(api.NewPost{ID: firstID, Message: "Hello!"}); id == firstID {
		t.Error("other words are sent with the first id")
	}
}

func TestPostWithoutSession(t *testing.T) {
	s := guest()
	p := guestPage(api.PathHome)
	p.Form, p.Problem, p.Feed = map[string]string{"message": "kept"}, problem(api.ProblemNotSignedIn, 401), &api.Feed{}
	b := openTab(t, s, p)
	if got := content(byID(b.page(), "message")); got != "kept" {
		t.Errorf("the text is %q", got)
	}
	f := &compose{p: b.Program}
	f.send(api.NewPost{Message: "kept"})
	b.settle()
	if !strings.Contains(drawn(f), "Sign in again") || slices.Contains(s.asked, "POST /api/posts") {
		t.Error("the form does not lead to sign in")
	}
}

func TestSignOut(t *testing.T) {
	s := member()
	s.answer("POST /signout", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answers["GET /api/session"] = problem(api.ProblemNotSignedIn, 401)
		write(w, 200, api.TypeJSON, api.Done{Next: "/signin?notice=signed-out"})
	}))
	b := openTab(t, s, memberPage(somePosts(2)...))
	if _, err := b.Device.Last(t.Context()); err != nil {
		t.Fatalf("nothing kept to begin with: %v", err)
	}
	b.draft = "unsent"
	b.signOut(false)
	b.settle()
	if !b.says("You have a post that was not sent.") || b.session == nil {
		t.Error("an unsent post is thrown away without a word")
	}
	b.signOut(true)
	b.settle()
	if _, err := b.Device.Last(t.Context()); err == nil {
		t.Error("the device still has the feed")
	}
	if b.at() != "/signin?notice=signed-out" || b.session != nil || b.home.feed != nil || b.draft != "" {
		t.Errorf("at %q, session %v, feed %v, draft %q", b.at(), b.session, b.home.feed, b.draft)
	}
	if !b.says("You are signed out.") {
		t.Error("the page does not say so")
	}
}

func TestSignOutOffline(t *testing.T) {
	s := member()
	b := openTab(t, s, memberPage(somePosts(1)...))
	s.down = true
	b.signOut(false)
	b.settle()
	if b.session == nil || !b.says("You are still signed in: signing out needs the network.") {
		t.Error("signing out offline is said to have worked")
	}
}

func TestSessionEnds(t *testing.T) {
	s := member(somePosts(1)...)
	b := openTab(t, s, memberPage(somePosts(1)...))
	b.draft, b.writer = "half a thought", ada().Subject
	s.answer("GET /api/session", problem(api.ProblemNotSignedIn, 401))
	s.clock = s.clock.Add(time.Hour)
	b.refresh()
	b.settle()
	if b.session != nil || b.draft != "half a thought" {
		t.Errorf("session %v, draft %q: want none, and the text kept", b.session, b.draft)
	}
	if last, err := b.Device.Last(t.Context()); err == nil && last.Session != nil {
		t.Error("the device keeps the member's feed")
	}
}

func TestFailuresSignNobodyOut(t *testing.T) {
	tests := []struct {
		name   string
		answer any
		down   bool
	}{
		{"offline", nil, true},
		{"unavailable", problem(api.ProblemPoolUnavailable, 503), false},
		{"broken", problem(api.ProblemInternal, 500), false},
		{"too many", problem(api.ProblemTooMany, 429), false},
	}
	for _, test := range tests {
		s := member(somePosts(1)...)
		b := openTab(t, s, memberPage(somePosts(1)...))
		s.answer("GET /api/session", test.answer)
		s.down = test.down
		s.clock = s.clock.Add(time.Hour)
		b.refresh()
		b.settle()
		if b.session == nil || b.home.feed == nil {
			t.Errorf("%s: session %v, feed %v", test.name, b.session, b.home.feed)
		}
	}
}

func TestOfflineStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := device.New()
		kept := device.Snapshot{Session: ada(), Feed: api.Feed{Posts: somePosts(2)}, When: evening().Add(-5 * time.Minute)}
		if err := d.Keep(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
		s := member(somePosts(3)...)
		s.down = true
		b := openTabOn(t, s, d, api.Page{})
		if !b.says("Offline. Showing the feed as of 5 minutes ago.") || !b.says("Sign out") {
			t.Errorf("the page says %q", content(b.page()))
		}
		if got := len(all(b.page(), "article")); got != 2 {
			t.Errorf("%d posts, want the 2 that were kept", got)
		}
		s.down = false
		time.Sleep(firstRetry + time.Second)
		b.settle()
		if got := len(all(b.page(), "article")); got != 3 || b.offline {
			t.Errorf("%d posts, offline %t: it does not catch up", got, b.offline)
		}
		b.timer.Stop()
	})
}

func TestStrangerOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := guest()
		s.down = true
		b := openTab(t, s, api.Page{})
		if !b.says("there is no copy of the feed on this device yet") {
			t.Errorf("the page says %q", content(b.page()))
		}
		b.timer.Stop()
		b.home.retry.Stop()
	})
}

func TestOtherReaderTakesOver(t *testing.T) {
	d := device.New()
	if err := d.Keep(t.Context(), device.Snapshot{Session: ada(), Feed: api.Feed{Posts: somePosts(2)}, When: evening()}); err != nil {
		t.Fatal(err)
	}
	s := guest()
	bob := *ada()
	bob.Subject, bob.Handle, bob.Name = "sub-bob", "bob", "Bob"
	s.answer("GET /api/session", bob)
	s.answer("GET /api/feed", problem(api.ProblemUnavailable, 503))
	b := openTabOn(t, s, d, api.Page{})
	if b.says("line one") {
		t.Error("bob sees ada's feed while his own can't be read")
	}
	s.answer("GET /api/feed", api.Feed{})
	b.refresh()
	b.settle()
	if b.says("line one") || !b.says("Bob") {
		t.Errorf("bob sees %q", content(b.page()))
	}
	if last, err := d.Last(t.Context()); err != nil || last.Session.Handle != "bob" || len(last.Feed.Posts) != 0 {
		t.Errorf("the device keeps %+v, %v", last, err)
	}
}

func TestTellsTabs(t *testing.T) {
	s := member(somePosts(1)...)
	b := openTab(t, s, memberPage(somePosts(1)...))
	s.answer("GET /api/session", problem(api.ProblemNotSignedIn, 401))
	s.answer("GET /api/feed", api.Feed{})
	b.heard(device.SignedOut)
	if b.says("line one") {
		t.Error("another tab's sign-out leaves the feed on the screen")
	}
	b.settle()
	if last, err := b.Device.Last(t.Context()); err == nil && last.Session != nil {
		t.Error("the device keeps the member's feed")
	}
	if b.session != nil || !b.says("Join") {
		t.Error("the tab is not a guest's")
	}
	b.heard("something else")
	b.settle()
}

func TestOlder(t *testing.T) {
	all := somePosts(5)
	s := guest()
	p := guestPage(api.PathHome)
	p.Feed = &api.Feed{Posts: all[:2], Next: all[1].ID}
	s.answer("GET /api/feed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("before") != p.Feed.Next {
			t.Errorf("asked for %s", r.URL)
		}
		write(w, 200, api.TypeJSON, api.Feed{Posts: all[2:]})
	}))
	b := openTab(t, s, p)
	b.older()
	b.older() // a second press does nothing
	b.settle()
	if got := len(b.home.feed.Posts); got != 5 || b.home.feed.Next != "" || !b.says("That is all there is.") {
		t.Errorf("%d posts, next %q", got, b.home.feed.Next)
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

func TestAccount(t *testing.T) {
	s := member()
	list := api.Sessions{Sessions: []api.Session{{ID: "one", Device: "Here", Current: true}, {ID: "two", Device: "There"}}}
	s.answer("GET /api/sessions", list)
	s.answer("DELETE /api/sessions/two", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.answers["GET /api/sessions"] = api.Sessions{Sessions: list.Sessions[:1]}
		w.WriteHeader(204)
	}))
	s.answer("POST /api/password", api.Done{Next: "/account"})
	s.answer("DELETE /api/sessions", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	b := openTab(t, s, memberPage())
	b.goTo("/account")
	if !b.says("There") || !b.says("This device") {
		t.Errorf("the page says %q", content(b.page()))
	}
	f := &account{p: b.Program}
	f.endOne("two")
	b.settle()
	if b.says("There") || !b.says("Here") {
		t.Error("the session that was ended is still listed")
	}
	reset := false
	f.send(api.ChangePassword{Previous: "x", Password: "Correct-horse-1"}, func() { reset = true })
	b.settle()
	if !reset || !b.says("Your password is changed.") {
		t.Errorf("reset %t; the page says %q", reset, content(b.page()))
	}
	f.endAll()
	b.settle()
	if b.session != nil || b.at() != "/signin?notice=signed-out" {
		t.Errorf("at %q as %v", b.at(), b.session)
	}
}

func TestTold(t *testing.T) {
	s := guest()
	b := openTab(t, s, guestPage(api.PathSignIn))
	if got := b.told(http.ErrBodyNotAllowed); got.Detail == "" || strings.Contains(got.Detail, "http") {
		t.Errorf("told(an unknown error) = %q", got.Detail)
	}
}
