//go:build !js

package ui

import (
	"net/http"
	"strings"
	"testing"

	"porchlight/app/device"
	"porchlight/shared/api"
)

func TestThreadOpens(t *testing.T) {
	s := member()
	b := openTab(t, s, memberPage(somePosts(2)...))
	s.answer("GET /api/posts/"+postID, *aThread(2))
	b.travel(api.PostPath(postID), false)
	if len(all(b.page(), "article")) != 1 || !b.says("Your reply") {
		t.Errorf("before the answer the page says %q", content(b.page()))
	}
	b.settle()
	if got := len(all(b.page(), "article")); got != 3 || !b.says("A post by N") {
		t.Errorf("%d posts; the page says %q", got, content(b.page()))
	}
}

func TestReply(t *testing.T) {
	s := member()
	sent := sends(s)
	b := openTab(t, s, threadPage(ada(), 1))
	f := &compose{p: b.Program, Parent: postID}
	f.write("half a")
	b.goTo("/")
	if b.draft != "" || b.draftOf(postID) != "half a" {
		t.Errorf("the drafts are %q and %q", b.draft, b.draftOf(postID))
	}
	s.answer("GET /api/posts/"+postID, *aThread(1))
	b.goTo(api.PostPath(postID))
	if got := content(byID(b.page(), "message")); got != "half a" {
		t.Errorf("the form begins with %q", got)
	}
	f.send(api.NewPost{Message: "A reply", ExpiresIn: "", Audience: ""})
	if !b.says("on its way") || b.draftOf(postID) != "" {
		t.Error("the reply does not appear at once")
	}
	b.settle()
	if len(*sent) != 1 || (*sent)[0].Parent != postID || (*sent)[0].ExpiresIn != "" {
		t.Errorf("sent %+v", *sent)
	}
	if n := len(b.Program.page.Thread.Replies); n != 2 || b.Program.page.Thread.Post.Replies != 2 || b.says("on its way") {
		t.Errorf("%d replies, counted %d", n, b.Program.page.Thread.Post.Replies)
	}
}

func TestPlaces(t *testing.T) {
	who := api.Person{Subject: "sub-bob", Handle: "bob", Name: "Bob", Joined: evening()}
	s := member()
	s.answer("GET /api/users/bob/posts", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := api.UserPosts{Person: who, Feed: api.Feed{Posts: somePosts(3)[:2], Next: "n"}}
		if r.URL.Query().Get("before") == "n" {
			u.Posts, u.Next = somePosts(3)[2:], ""
		}
		write(w, 200, api.TypeJSON, u)
	}))
	s.answer("GET /api/users/old/posts", api.UserPosts{Person: who})
	s.answer("GET /api/search", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query().Get("q")
		write(w, 200, api.TypeJSON, api.Search{Query: q, People: []api.Person{who}})
	}))
	b := openTab(t, s, memberPage(somePosts(1)...))
	b.goTo("/u/bob")
	b.morePlace()
	b.morePlace() // a second press does nothing
	b.settle()
	if got := len(all(b.page(), "article")); got != 3 || !b.says("Here since 4 May 2026") {
		t.Errorf("%d posts; the page says %q", got, content(b.page()))
	}
	b.goTo("/u/old")
	if b.at() != "/u/bob" {
		t.Errorf("a handle of before leads to %q", b.at())
	}
	b.goTo("/u/nobody")
	if !b.says("Nobody lives here") {
		t.Errorf("the page says %q", content(b.page()))
	}
	b.goTo("/search")
	b.searchFor(" bo b ")
	b.settle()
	if b.at() != "/search?q=bo+b" || !b.says("Bob @bob") || attr(byID(b.page(), "q"), "value") != "bo b" {
		t.Errorf("at %q the page says %q", b.at(), content(b.page()))
	}
	b.searchFor(strings.Repeat("x", 200))
	if !b.says("Use at most 128 characters.") {
		t.Error("a query that is too long is not refused")
	}
}

func TestPlaceOffline(t *testing.T) {
	d := device.New()
	if err := d.Keep(t.Context(), device.Snapshot{Session: ada(), Feed: api.Feed{Posts: somePosts(2)}, When: evening()}, ""); err != nil {
		t.Fatal(err)
	}
	s := member()
	s.down = true
	b := openTabOn(t, s, d, api.Page{})
	b.goTo("/u/ada")
	if !b.says("there is no copy of this page on this device") {
		t.Errorf("the page says %q", content(b.page()))
	}
	b.goTo(api.PostPath(postID)) // of which the device knows the beginning
	if len(all(b.page(), "article")) != 1 || !b.says("Your reply") {
		t.Errorf("the page says %q", content(b.page()))
	}
	b.home.retry.Stop()
}

func TestRename(t *testing.T) {
	s := member()
	s.answer("GET /api/sessions", api.Sessions{})
	s.answer("PATCH /api/profile", problem(api.ProblemUnavailable, 503))
	b := openTab(t, s, memberPage())
	b.goTo("/account")
	f := newAccount(b.Program)
	f.save(api.ProfileChange{Name: "", Handle: "x"})
	if f.self.problem.Field("name") == "" || f.self.problem.Field("handle") == "" {
		t.Errorf("wrong with it is %v", f.self.problem)
	}
	f.save(api.ProfileChange{Name: "Ada", Handle: "countess"})
	b.settle()
	if b.session.Handle != "ada" {
		t.Error("the handle has changed though the server could not")
	}
	s.answer("PATCH /api/profile", api.Person{Subject: ada().Subject, Name: "Ada", Handle: "countess"})
	f.save(api.ProfileChange{Name: "Ada", Handle: "countess"})
	b.settle()
	if b.session.Handle != "countess" || !b.says("Your profile is saved.") || !b.says("@countess") {
		t.Errorf("as %+v the page says %q", b.session, content(b.page()))
	}
}

func TestShows(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/search": true, "/p/x": true, "/u/x": true, "/p/x/delete": true,
		"/p/": false, "/p": false, "/p/x/like": false, "/p//delete": false, "/p/x/y/delete": false, "/u/": false, "/dev/inbox": false, "/profile": false,
	} {
		if got := shows(path); got != want {
			t.Errorf("shows(%s) = %t, want %t", path, got, want)
		}
	}
}
