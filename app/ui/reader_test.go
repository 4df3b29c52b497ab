//go:build !js

package ui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/app/device"
	"porchlight/shared/api"
)

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

func TestOtherReaderTakesOver(t *testing.T) {
	d := device.New()
	if err := d.Keep(t.Context(), device.Snapshot{Session: ada(), Feed: api.Feed{Posts: somePosts(2)}, When: evening()}, ""); err != nil {
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
