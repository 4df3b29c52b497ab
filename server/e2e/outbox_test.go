package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"porchlight/shared/api"
)

// TestOutbox writes without a network, closes the browser, and starts it again
// with one: everything is sent in order, once.
func TestOutbox(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	post := bob.post(t, "Written before the tunnel.", api.AudienceEveryone)
	profile := filepath.Join(t.TempDir(), "profile")
	first := launchOn(t, profile)
	p := first.tab(t, s)
	p.needProgram()
	p.screen(375, 812, "light")
	p.enter(ann)
	p.shows("article", "Written before the tunnel.")
	p.kept(ann)

	p.network(false)
	p.shows("[role=status]", "Offline.")
	for _, words := range []string{"One.", "Two.", "Three."} {
		p.fill("message", words)
		p.send("message")
		p.shows("article.pending", words)
	}
	p.act(post.ID, api.ActLike)
	p.press(`article[data-post="` + post.ID + `"] .acts > a`)
	p.at(api.PostPath(post.ID))
	p.fill("message", "From the tunnel.")
	p.send("message")
	p.shows("article.pending", "From the tunnel.")
	p.shows("[role=status]", "4 posts will be sent when the network is back.")
	p.shoot("waiting")
	p.waiting(5)
	first.close()
	ann.finds(t, "One.", 0)

	second := launchOn(t, profile)
	defer second.close()
	p = second.tab(t, s)
	p.visit(api.PathHome)
	p.shows("article:not(.pending)", "Three.")
	p.waiting(0)
	var order []string
	f, err := ann.api.Feed(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, post := range f.Posts {
		order = append(order, post.Message)
	}
	if want := []string{"Three.", "Two.", "One.", "Written before the tunnel."}; fmt.Sprint(order) != fmt.Sprint(want) {
		t.Errorf("the feed is %q, want %q", order, want)
	}
	thread := bob.thread(t, post.ID)
	if len(thread.Replies) != 1 || thread.Replies[0].Message != "From the tunnel." || thread.Post.Likes != 1 {
		t.Errorf("the thread is %+v", thread)
	}
	p.reload()
	p.waiting(0)
	ann.finds(t, "Two.", 1)
}

// waiting waits until the outbox on the device has n items.
func (p *tab) waiting(n int) {
	p.t.Helper()
	p.wait(fmt.Sprintf("%d items in the outbox", n), fmt.Sprintf(`(async () => {
		const found = (await indexedDB.databases()).find(d => d.name === "porchlight-outbox");
		if (!found) return %d === 0;
		const db = await new Promise((done, fail) => Object.assign(indexedDB.open(found.name, found.version), { onsuccess: e => done(e.target.result), onerror: fail }));
		const all = await new Promise((done, fail) => Object.assign(db.transaction("kept").objectStore("kept").getAll(), { onsuccess: e => done(e.target.result), onerror: fail }));
		db.close();
		return all.length === %[1]d;
	})()`, n))
}

// TestOutboxTabs has two tabs open when the line returns: one sends, and both
// show it once.
func TestOutboxTabs(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	p := open(t, s)
	other := p.beside(s)
	p.needProgram()
	p.enter(ann)
	other.visit(api.PathHome)
	p.network(false)
	other.network(false)
	p.shows("[role=status]", "Offline.")
	for _, words := range []string{"Once.", "And again."} {
		p.fill("message", words)
		p.send("message")
		p.shows("article.pending", words)
	}
	other.shows("article.pending", "And again.")
	other.network(true)
	p.network(true)
	for _, tab := range []*tab{p, other} {
		tab.shows("article:not(.pending)", "And again.")
		tab.waiting(0)
	}
	ann.finds(t, "Once.", 1)
	ann.finds(t, "And again.", 1)
}

// leaveUnsent signs in, writes without a network, and has the session end
// elsewhere before that is back: the words stay on the device, and the page says
// so.
func (p *tab) leaveUnsent(who *person, words string) {
	p.t.Helper()
	p.enter(who)
	p.network(false)
	p.shows("[role=status]", "Offline.")
	p.fill("message", words)
	p.send("message")
	p.shows("article.pending", words)
	p.waiting(1)
	if err := who.api.EndSessions(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.expect(http.StatusUnauthorized, http.StatusConflict) // of the stream, whichever is first
	p.network(true)
	p.shows("[role=status]", "1 post of yours will be sent when you sign in again.")
}

// TestOutboxOther writes without a network; before it is back somebody else is
// signed in. What was written is not shown to them and not sent as theirs, and
// is sent when its author comes back.
func TestOutboxOther(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	p := open(t, s)
	p.needProgram()
	p.leaveUnsent(ann, "Ann's words.")
	p.lacks("main", "Ann's words.")
	p.enterByProgram(bob)
	p.shows("main", "It is quiet here.")
	p.lacks("main", "Ann's words.")
	p.write("Bob's own.")
	p.waiting(1)
	bob.finds(t, "Ann's words.", 0)
	p.signOut()
	p.waiting(1)
	p.signIn(ann)
	p.shows("article:not(.pending)", "Ann's words.")
	p.waiting(0)
	f, err := bob.api.Feed(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, post := range f.Posts {
		if post.Message == "Ann's words." && post.Handle != "ann" {
			t.Errorf("%q was sent as %s", post.Message, post.Handle)
		}
	}
	bob.finds(t, "Ann's words.", 1)
}

// TestOutboxRefused writes a reply without a network to a post that is gone
// when the line returns: the text is kept.
func TestOutboxRefused(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	post := bob.post(t, "Soon gone.", api.AudienceEveryone)
	p := open(t, s)
	p.needProgram()
	p.enter(ann)
	p.visit(api.PostPath(post.ID))
	p.network(false)
	p.shows("[role=status]", "Offline.")
	p.fill("message", "Words that took long.")
	p.send("message")
	p.shows("article.pending", "Words that took long.")
	if err := bob.api.DeletePost(t.Context(), post.ID); err != nil {
		t.Fatal(err)
	}
	p.expect(http.StatusNotFound)
	p.network(true)
	p.shows("article.pending", "Words that took long.")
	p.shows("[role=alert]", "Not sent: This is gone")
	p.shoot("refused")
	p.visit(api.PathHome)
	p.shows("[role=status]", "Something that you wrote was refused.")
	p.press(".notice.bad a")
	p.shows("article.pending", "Words that took long.")
	p.click("Discard", `[...document.querySelectorAll("article button")].find(b => b.innerText === "Discard")`)
	p.lacks("main", "Words that took long.")
	p.waiting(0)
}

// TestOutboxSignOut warns who signs out with something unsent, and leaves
// nothing of it on the device.
func TestOutboxSignOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	p := open(t, s)
	p.needProgram()
	p.enter(ann)
	p.network(false)
	p.shows("[role=status]", "Offline.")
	p.fill("message", "Unsent.")
	p.send("message")
	p.shows("article.pending", "Unsent.")
	p.press(`form[action="/signout"] button`)
	p.shows("[role=status]", "You have a post that was not sent.")
	p.click("Stay", `[...document.querySelectorAll("main button")].find(b => b.innerText === "Stay")`)
	p.lacks("[role=status]", "You have a post that was not sent.")
	p.network(true)
	p.shows("article:not(.pending)", "Unsent.")
}

// TestNews has two browsers: what one writes announces itself at the other
// without moving what is read there, and counters move.
func TestNews(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	var first api.Post
	for n := range 15 {
		first = bob.post(t, fmt.Sprintf("Post number %d.\n\nWith a second line.", n), api.AudienceEveryone)
	}
	p := open(t, s)
	p.needProgram()
	p.screen(375, 812, "light")
	p.enterByProgram(ann)
	p.shows("article", "Post number 14.")
	p.wait("the stream", `performance.getEntriesByType("resource").some(e => e.name.endsWith("/api/feed"))`)
	p.wait("to be scrolled", `(document.querySelectorAll("article")[6].scrollIntoView({ block: "start" }), scrollY > 500)`)
	const where = `document.querySelectorAll("article")[6].getBoundingClientRect().top`
	before := read[float64](p, where)
	for n := range 3 {
		bob.post(t, fmt.Sprintf("News %d.", n), api.AudienceEveryone)
	}
	p.shows(".news", "3 new posts")
	if got := read[float64](p, where); got != before {
		t.Errorf("what is read moved from %v to %v", before, got)
	}
	p.shoot("news")
	if _, err := bob.api.Like(t.Context(), first.ID, true); err != nil {
		t.Fatal(err)
	}
	p.counts(first.ID, api.ActLike, "false", "1")
	p.press(".news button")
	p.shows("article", "News 2.")
	p.wait("the top", `scrollY < 200 && document.activeElement.closest("article") === document.querySelector("article")`)
	if err := bob.api.DeletePost(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	p.lacks("article", "Post number 14.")
}

// TestNewsWhileLoading posts after a page was made and before its program runs:
// it is announced without the feed being asked for again.
func TestNewsWhileLoading(t *testing.T) {
	t.Parallel()
	s := start(t)
	bob := s.member(t, "bob")
	bob.post(t, "Was there.", api.AudienceEveryone)
	p := open(t, s)
	p.needProgram()
	p.slow()
	p.load(api.PathHome)
	p.shows("article", "Was there.")
	bob.post(t, "Came meanwhile.", api.AudienceEveryone)
	p.programless("anything was posted")
	p.shows(".news", "1 new post")
	if n := read[int](p, `performance.getEntriesByType("resource").filter(e => e.name.endsWith("/api/feed")).length`); n != 0 {
		t.Errorf("the feed was asked for %d times, want not at all", n)
	}
	bob.post(t, "And now.", api.AudienceEveryone)
	p.shows(".news", "2 new posts")
}

// TestOutboxSignOutForm signs out by a plain form, without the program, while
// something of somebody else waits on the device: that stays, and nothing else.
func TestOutboxSignOutForm(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	p := open(t, s)
	other := p.beside(s)
	p.needProgram()
	form := func(clear bool) {
		t.Helper()
		p.wait("the plain form to be sent", `(document.querySelector('form[action="/signout"]').submit(), true)`)
		want := api.NoticeSignedOut
		if !clear {
			want = api.NoticeSignedOutKept
		}
		p.at(api.PathSignIn + "?notice=" + want)
	}
	p.leaveUnsent(ann, "Ann's words.")

	p.enterByProgram(bob)
	p.kept(bob)
	other.visit(api.PathHome)
	other.expect(http.StatusUnauthorized, http.StatusConflict)
	form(false)
	p.shows("[role=status]", "You are signed out.") // and more, when this tab is the first to clear the device
	p.lacksKept(bob)
	other.wait("the other tab to be a guest's", `!document.querySelector('form[action="/signout"]')`)
	p.waiting(1)
	p.signIn(ann)
	p.shows("article:not(.pending)", "Ann's words.")
	p.waiting(0)
	p.wait("no word that something waits", `!document.cookie.includes("unsent")`)
	form(true)
	p.lacksKept(ann)
}
