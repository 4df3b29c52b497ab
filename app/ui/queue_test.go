//go:build !js

package ui

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"golang.org/x/net/html"

	"porchlight/app/device"
	"porchlight/app/outbox"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// reacts makes the server store what posts are made of the first of somePosts.
func reacts(s *server, path string, change func(p *api.Post, on bool)) {
	post := somePosts(1)[0]
	for method, on := range map[string]bool{"PUT": true, "DELETE": false} {
		s.answer(method+" /api/posts/"+postID+path, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			change(&post, on)
			write(w, 200, api.TypeJSON, post)
		}))
	}
}

func like(s *server) {
	reacts(s, api.ActLike, func(p *api.Post, on bool) { p.Likes, p.Liked = map[bool]int{true: 1}[on], on })
}

// button returns the first post's button to do act.
func button(b *tab, act string) *html.Node {
	b.t.Helper()
	for _, f := range all(b.page(), "form") {
		if strings.HasSuffix(attr(f, "action"), act) {
			return all(f, "button")[0]
		}
	}
	return nil
}

func pressed(b *tab, act string) string {
	n := button(b, act)
	return attr(n, "aria-pressed") + " " + content(n)
}

func (b *tab) like(on bool) { b.press(outbox.Like, b.home.feed.Posts[0], on) }

func TestLike(t *testing.T) {
	s := member()
	like(s)
	b := openTab(t, s, memberPage(somePosts(2)...))
	b.like(true)
	if got := pressed(b, api.ActLike); got != "true 1" {
		t.Errorf("before the answer the button is %q", got)
	}
	b.settle()
	if got := pressed(b, api.ActLike); got != "true 1" || len(b.queue.items) != 0 {
		t.Errorf("after the answer the button is %q, waiting %v", got, b.queue.items)
	}
	b.like(false)
	b.settle()
	if got := pressed(b, api.ActLike); got != "false " {
		t.Errorf("taken back, the button is %q", got)
	}
	if last, err := b.Device.Last(t.Context()); err != nil || last.Feed.Posts[0].Likes != 0 {
		t.Errorf("the device keeps %v, %v", last, err)
	}
}

func TestLikeRefused(t *testing.T) {
	for _, kind := range []string{api.ProblemForbidden, api.ProblemNotFound} {
		s := member()
		status := map[string]int{api.ProblemForbidden: 403, api.ProblemNotFound: 404}[kind]
		s.answer("PUT /api/posts/"+postID+"/like", problem(kind, status))
		b := openTab(t, s, memberPage(somePosts(2)...))
		b.like(true)
		b.settle()
		if !b.says("That did not work.") || len(b.queue.items) != 0 {
			t.Errorf("%s: the page says %q", kind, content(b.page()))
		}
		if gone := len(b.home.feed.Posts) == 1; gone != (kind == api.ProblemNotFound) {
			t.Errorf("%s: %d posts", kind, len(b.home.feed.Posts))
		}
		if kind == api.ProblemForbidden && pressed(b, api.ActLike) != "false " {
			t.Errorf("the button is %q", pressed(b, api.ActLike))
		}
	}
}

func TestLikeOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := member()
		like(s)
		b := openTab(t, s, memberPage(somePosts(2)...))
		s.down = true
		for _, on := range []bool{true, false, true} {
			b.like(on)
			b.settle()
		}
		if got := pressed(b, api.ActLike); got != "true 1" || len(b.queue.items) == 0 {
			t.Errorf("offline the button is %q, waiting %v", got, b.queue.items)
		}
		s.down = false
		time.Sleep(time.Minute)
		b.settle()
		asked := slices.DeleteFunc(slices.Clone(s.asked), func(r string) bool { return !strings.HasSuffix(r, "/like") })
		if len(asked) != 1 || asked[0][:3] != "PUT" || pressed(b, api.ActLike) != "true 1" {
			t.Errorf("the server was asked %q, the button is %q", asked, pressed(b, api.ActLike))
		}
		b.timer.Stop()
	})
}

func TestGuestIsLedToSignIn(t *testing.T) {
	p := guestPage(api.PathHome)
	p.Feed = &api.Feed{Posts: somePosts(1)}
	b := openTab(t, guest(), p)
	b.like(true)
	if want := "/signin?next=%2Fp%2F" + postID; b.at() != want || len(b.queue.items) != 0 {
		t.Errorf("at %q, want %q", b.at(), want)
	}
}

// sends makes the server store posts, and returns what it got.
func sends(s *server) *[]api.NewPost {
	var sent []api.NewPost
	s.answer("POST /api/posts", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n api.NewPost
		if json.NewDecoder(r.Body).Decode(&n) == nil {
			sent = append(sent, n)
		}
		write(w, 201, api.TypeJSON, api.Post{ID: n.ID, Parent: n.Parent, Message: n.Message, Name: "Ada", Handle: "ada", Author: ada().Subject, Created: evening()})
	}))
	return &sent
}

func TestOutboxWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := member()
		sent := sends(s)
		b := openTab(t, s, memberPage(somePosts(1)...))
		s.down = true
		f := &compose{p: b.Program}
		for _, words := range []string{"One", "Two"} {
			f.send(api.NewPost{Message: words})
			b.settle()
		}
		if !b.says("waiting for the network") || !b.says("2 posts will be sent when the network is back.") || b.draft != "" {
			t.Errorf("the page says %q", content(b.page()))
		}
		// The tab is closed; another begins with what the device has.
		next := openTabOn(t, s, b.Device, api.Page{})
		next.Outbox = b.Outbox
		s.down = false
		next.refresh()
		next.settle()
		next.readQueue()
		next.settle()
		var words []string
		for _, n := range *sent {
			words = append(words, n.Message)
		}
		if !slices.Equal(words, []string{"One", "Two"}) {
			t.Errorf("sent %q", words)
		}
		b.readQueue() // the first tab hears of it
		b.settle()
		if len(b.queue.items) != 0 || len(next.queue.items) != 0 || len(*sent) != 2 {
			t.Errorf("waiting %v and %v, sent %d", b.queue.items, next.queue.items, len(*sent))
		}
		b.flushIn(0)
		next.flushIn(0)
		b.timer.Stop()
		next.timer.Stop()
	})
}

// TestOutboxPromisesNothing: that a post waits is said of what the device has.
func TestOutboxPromisesNothing(t *testing.T) {
	s := member()
	b := openTab(t, s, memberPage(somePosts(1)...))
	s.down, b.offline = true, true
	(&compose{p: b.Program}).send(api.NewPost{Message: "Just now"})
	if b.says("waiting for the network") || !b.says("on its way") {
		t.Errorf("before it is kept the page says %q", content(b.page()))
	}
	b.settle()
	if !b.says("waiting for the network") {
		t.Errorf("when it is kept the page says %q", content(b.page()))
	}
	i := outbox.Item{ID: "x", Sub: ada().Subject, Kind: outbox.Post}
	full, cancel := context.WithCancel(t.Context())
	cancel()
	b.Outbox.Add(i)
	if err := b.Outbox.Save(full); err == nil {
		t.Fatal("a full device takes a post")
	}
	if got := b.waitingFor(i); !strings.Contains(got, "keep it open") {
		t.Errorf("of what the device can't keep the page says %q", got)
	}
}

// TestOutboxSentElsewhere checks that a post that another tab has sent is shown
// here too.
func TestOutboxSentElsewhere(t *testing.T) {
	s := member()
	b := openTab(t, s, memberPage(somePosts(1)...))
	s.answer("POST /api/posts", problem(api.ProblemUnavailable, 503))
	(&compose{p: b.Program}).send(api.NewPost{Message: "From here"})
	b.settle()
	id := b.queue.items[0].ID
	b.Outbox.Remove(id)
	stored := api.Post{ID: id, Author: ada().Subject, Message: "From there", Handle: "ada", Name: "Ada"}
	s.answer("GET /api/feed", api.Feed{Posts: append([]api.Post{stored}, somePosts(1)...)})
	b.heard(outbox.Changed)
	b.settle()
	if !b.says("From there") || b.says("From here") || b.says("new post") {
		t.Errorf("the page says %q", content(b.page()))
	}
}

func TestOutboxOfAnother(t *testing.T) {
	s := member()
	sent := sends(s)
	b := openTab(t, s, memberPage(somePosts(1)...))
	bob := claims.Display{Subject: "sub-bob", Handle: "bob", Name: "Bob"}
	s.answer("GET /api/session", bob) // in another tab; this one does not know yet
	(&compose{p: b.Program}).send(api.NewPost{Message: "Ada's"})
	b.settle()
	if len(*sent) != 0 || b.session.Subject != bob.Subject || b.says("Ada's") {
		t.Errorf("sent %v as %v; the page says %q", *sent, b.session, content(b.page()))
	}
	s.answer("GET /api/session", *ada())
	b.meet()
	b.settle()
	if len(*sent) != 1 || (*sent)[0].Message != "Ada's" {
		t.Errorf("back again, sent %v", *sent)
	}
}

// TestOutboxOvertaken: somebody else signs in between the question who is signed
// in and what is sent.
func TestOutboxOvertaken(t *testing.T) {
	s := member()
	sent := sends(s)
	b := openTab(t, s, memberPage(somePosts(1)...))
	bob := claims.Display{Subject: "sub-bob", Handle: "bob", Name: "Bob"}
	signedIn := *ada()
	s.answer("GET /api/session", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		write(w, 200, api.TypeJSON, signedIn)
		signedIn = bob
	}))
	store := s.answers["POST /api/posts"].(http.HandlerFunc)
	s.answer("POST /api/posts", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(api.HeaderSub) != signedIn.Subject {
			write(w, 409, api.TypeProblem, problem(api.ProblemOtherPerson, 409))
			return
		}
		store(w, r)
	}))
	(&compose{p: b.Program}).send(api.NewPost{Message: "Ada's"})
	b.settle()
	if len(*sent) != 0 || b.session == nil || b.session.Subject != bob.Subject || b.says("Ada's") {
		t.Errorf("sent %v as %v; the page says %q", *sent, b.session, content(b.page()))
	}
	left := b.Outbox.List(t.Context(), ada().Subject)
	if len(left) != 1 || left[0].Problem != nil {
		t.Errorf("the outbox has %+v, want ada's as it was", left)
	}
	s.answer("GET /api/session", *ada())
	signedIn = *ada()
	b.meet()
	b.settle()
	if len(*sent) != 1 || (*sent)[0].Message != "Ada's" {
		t.Errorf("back again, sent %v", *sent)
	}
}

func TestOutboxSessionEnds(t *testing.T) {
	s := member()
	b := openTab(t, s, memberPage(somePosts(1)...))
	s.answer("POST /api/posts", problem(api.ProblemNotSignedIn, 401))
	s.answer("GET /api/session", problem(api.ProblemNotSignedIn, 401))
	(&compose{p: b.Program}).send(api.NewPost{Message: "Mine"})
	b.settle()
	if b.session != nil || b.says("Mine") || !b.says("1 post of yours will be sent when you sign in again.") {
		t.Errorf("as %v the page says %q", b.session, content(b.page()))
	}
	if left := b.Outbox.List(t.Context(), ada().Subject); len(left) != 1 {
		t.Errorf("the outbox has %v", left)
	}
}

func TestOutboxRefused(t *testing.T) {
	s := member()
	s.answer("POST /api/posts", refusal("message"))
	b := openTab(t, s, memberPage(somePosts(1)...))
	(&compose{p: b.Program}).send(api.NewPost{Message: "Too bold"})
	b.settle()
	if !b.says("Too bold") || !b.says(`Not sent: Wrong message & "bad".`) || !b.says("Edit") {
		t.Fatalf("the page says %q", content(b.page()))
	}
	b.goTo("/search")
	if !b.says("Something that you wrote was refused.") {
		t.Error("another page does not say so")
	}
	b.goTo("/")
	b.draft = "since then"
	b.edit(b.queue.items[0].ID)
	b.settle()
	if b.draft != "Too bold\n\nsince then" || len(b.queue.items) != 0 {
		t.Errorf("draft %q, waiting %v", b.draft, b.queue.items)
	}
	(&compose{p: b.Program}).send(api.NewPost{Message: "Again"})
	b.settle()
	b.discard(b.queue.items[0].ID)
	b.settle()
	if left := b.Outbox.List(t.Context(), ada().Subject); len(left) != 0 || b.says("Again") {
		t.Errorf("after discarding, the outbox has %v", left)
	}
}

func TestOutboxSignOut(t *testing.T) {
	s := member()
	s.answer("POST /signout", api.Done{Next: "/signin"})
	b := openTab(t, s, memberPage())
	s.answer("POST /api/posts", problem(api.ProblemUnavailable, 503))
	(&compose{p: b.Program}).send(api.NewPost{Message: "Unsent"})
	b.settle()
	b.Outbox.Add(outbox.Item{ID: "of bob", Sub: "sub-bob", Kind: outbox.Post})
	if !b.says("waiting to be sent") {
		t.Errorf("the page says %q", content(b.page()))
	}
	b.signOut(false)
	b.settle()
	if !b.says("You have a post that was not sent.") || b.session == nil {
		t.Error("unsent posts are thrown away without a word")
	}
	s.answer("GET /api/session", problem(api.ProblemNotSignedIn, 401))
	b.leaving()
	b.settle()
	if left := b.Outbox.List(t.Context(), ada().Subject); len(left) != 0 || b.session != nil || b.queue.held != 0 {
		t.Errorf("after signing out: %v, %v", left, b.session)
	}
	if left := b.Outbox.List(t.Context(), "sub-bob"); len(left) != 1 {
		t.Error("another's posts are thrown away")
	}
}

// TestSignedOutByForm opens the page after a sign-out by a plain form, at which no
// program was there: what the device kept of who signed out goes, but what they
// have not sent, of which they are told.
func TestSignedOutByForm(t *testing.T) {
	landing := func(t *testing.T, items ...outbox.Item) *tab {
		t.Helper()
		d := device.New()
		if err := d.Keep(t.Context(), device.Snapshot{Session: ada(), Feed: api.Feed{Posts: somePosts(2)}, When: evening()}, ""); err != nil {
			t.Fatal(err)
		}
		page := guestPage(api.PathSignIn)
		page.Notice = api.NoticeSignedOutKept
		b := newTab(t, guest(), Config{Page: page, Device: d})
		for _, i := range items {
			b.Outbox.Add(i)
		}
		b.begin()
		if last, err := b.Device.Last(t.Context()); err == nil {
			t.Errorf("the device keeps %+v", last)
		}
		return b
	}
	mine := outbox.Item{ID: "mine", Sub: ada().Subject, Kind: outbox.Post}
	bobs := outbox.Item{ID: "bob's", Sub: "sub-bob", Kind: outbox.Post}

	b := landing(t, mine, bobs)
	if !b.says("1 post of yours will be sent when you sign in again.") || b.says("still on this device") {
		t.Errorf("the page says %q", content(b.page()))
	}
	b.pressDiscard(app.Context{}, app.Event{})
	b.settle()
	if b.says("post of yours") || len(b.Outbox.List(t.Context(), ada().Subject)) != 0 || len(b.Outbox.List(t.Context(), "sub-bob")) != 1 {
		t.Errorf("after discarding the page says %q", content(b.page()))
	}

	b = landing(t, bobs)
	if !b.says("Nothing of yours is left on this device.") || len(b.Outbox.List(t.Context(), "sub-bob")) != 1 {
		t.Errorf("to whom has sent everything the page says %q", content(b.page()))
	}
}

func TestDelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := member()
		deleted := 0
		s.answer("DELETE /api/posts/"+postID, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			deleted++
			w.WriteHeader(204)
		}))
		posts := somePosts(2)
		posts[0].Author = ada().Subject
		b := openTab(t, s, memberPage(posts...))
		pass := func(d time.Duration) { // for the program and for its timers
			s.clock = s.clock.Add(d)
			time.Sleep(d)
			b.settle()
		}
		b.remove(posts[0])
		b.settle()
		if got := len(all(b.page(), "article")); got != 1 || !b.says("Undo") {
			t.Errorf("%d posts; the page says %q", got, content(b.page()))
		}
		pass(undoFor - time.Second)
		b.pressUndo(app.Context{}, app.Event{})
		pass(time.Minute)
		if got := len(all(b.page(), "article")); got != 2 || deleted != 0 || b.says("Undo") {
			t.Errorf("taken back: %d posts, deleted %d times", got, deleted)
		}
		b.remove(posts[0])
		pass(undoFor + time.Millisecond)
		if b.says("Undo") || deleted != 0 {
			t.Errorf("too late to undo, and deleted %d times", deleted)
		}
		pass(sendSlow)
		if deleted != 1 || len(b.home.feed.Posts) != 1 || len(b.queue.items) != 0 {
			t.Errorf("deleted %d times, %d posts, waiting %v", deleted, len(b.home.feed.Posts), b.queue.items)
		}
		b.timer.Stop()
	})
}

func TestUnrepost(t *testing.T) {
	s := member()
	original := somePosts(1)[0]
	original.Reposted, original.Reposts = true, 1
	again := api.Post{ID: firstID, RepostOf: original.ID, Original: &original, Author: ada().Subject, Handle: "ada", Name: "Ada"}
	reacts(s, api.ActRepost, func(p *api.Post, on bool) { p.Reposted = on })
	b := openTab(t, s, memberPage(again, original))
	b.press(outbox.Repost, original, false)
	if got := len(all(b.page(), "article")); got != 1 {
		t.Errorf("%d posts while the repost is taken back, want the original alone", got)
	}
	b.settle()
	if got := len(b.home.feed.Posts); got != 1 || pressed(b, api.ActRepost) != "false " {
		t.Errorf("%d posts, the button is %q", got, pressed(b, api.ActRepost))
	}
}
