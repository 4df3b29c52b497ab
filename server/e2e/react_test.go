package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/server/internal/localpool"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// TestReactions replies, likes, reposts and deletes as a person with a browser.
func TestReactions(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	p.needProgram()
	p.screen(375, 812, "light")
	react(t, p)
}

// TestReactionsPlain does the same with scripts switched off.
func TestReactionsPlain(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	p.scriptsOff()
	p.screen(375, 812, "light")
	react(t, p)
}

func react(t *testing.T, p *tab) {
	t.Helper()
	s := p.server
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	post := bob.post(t, "Who has the ladder? See https://example.com/ladder.", api.AudienceEveryone)
	p.enter(ann)

	p.act(post.ID, api.ActLike)
	p.counts(post.ID, api.ActLike, "true", "1")
	p.act(post.ID, api.ActRepost)
	p.counts(post.ID, api.ActRepost, "true", "1")
	p.act(post.ID, api.ActLike)
	p.counts(post.ID, api.ActLike, "false", "")
	bob.sees(t, post.ID, func(now api.Post) bool { return now.Likes == 0 && now.Reposts == 1 })
	p.visit(api.PathHome)
	p.shows(".reposted", ann.name+" reposted")

	p.press(`article[data-post="` + post.ID + `"] .acts > a`)
	p.at(api.PostPath(post.ID))
	p.shows("h1", "A post by "+bob.name)
	p.wait("the link", `document.querySelector(".message a").rel === "nofollow noopener ugc" && document.querySelector(".message a").href === "https://example.com/ladder"`)
	p.shoot("thread")
	p.fill("message", "It is in our shed. <b>Come by.</b>")
	p.send("message")
	p.shows("article[data-post]:not(.pending)", "<b>Come by.</b>")
	p.at(api.PostPath(post.ID))
	p.shoot("replied")
	bob.sees(t, post.ID, func(now api.Post) bool { return now.Replies == 1 })

	p.press(".by .name a")
	p.at(api.UserPath("bob"))
	p.shows("h1", bob.name)
	p.shows("article", "Who has the ladder?")

	reply := bob.thread(t, post.ID).Replies[0]
	p.visit(api.PostPath(post.ID))
	p.remove(reply.ID)
	bob.sees(t, post.ID, func(now api.Post) bool { return now.Replies == 0 })
}

// remove deletes a post of the reader's own.
func (p *tab) remove(id string) {
	p.t.Helper()
	article := `article[data-post="` + id + `"]`
	if p.plain {
		p.askToDelete(id)
		p.press("main .actions button")
	} else {
		p.press(article + " summary")
		p.press(article + ` form[action$="/delete"] button`)
	}
	p.wait("the post to be gone", fmt.Sprintf(`!document.querySelector(%s)`, quote(article)))
}

// act presses a button of a post.
func (p *tab) act(id, act string) {
	p.t.Helper()
	p.press(`form[action="` + api.PostPath(id) + act + `"] button`)
}

// counts waits until the button of a post is pressed or not, and has a number.
func (p *tab) counts(id, act, pressed, number string) {
	p.t.Helper()
	p.wait(act+" to be "+pressed+" "+number, fmt.Sprintf(`(b => b.getAttribute("aria-pressed") === %s && b.innerText.trim() === %s)(document.querySelector(%s))`,
		quote(pressed), quote(number), quote(`form[action="`+api.PostPath(id)+act+`"] button`)))
	if p.plain {
		p.wait("the page to have come", `document.readyState === "complete"`)
	}
}

func (p *person) thread(t *testing.T, id string) api.Thread {
	t.Helper()
	got, err := p.api.Thread(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// sees waits until the server says of a post what it should.
func (p *person) sees(t *testing.T, id string, good func(api.Post) bool) {
	t.Helper()
	eventually(t, "the server to know", func() bool { return good(p.thread(t, id).Post) })
}

// TestUndo deletes a post and takes that back in time, and deletes another that
// goes though its tab is closed at once.
func TestUndo(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	kept, gone := ann.post(t, "Keep me.", api.AudienceEveryone), ann.post(t, "Forget me.", api.AudienceEveryone)
	p := open(t, s)
	p.needProgram()
	p.enter(ann)
	p.remove(kept.ID)
	p.wait("the focus on the way back", `document.activeElement.id === "undo"`)
	p.shoot("deleted")
	p.press("#undo")
	p.shows("article[data-post]", "Keep me.")
	p.remove(gone.ID)
	p.waiting(1)
	p.visit(api.PathInbox) // a page without the program
	p = p.beside(s)
	p.visit(api.PathHome)
	p.shows("article[data-post]", "Keep me.")
	eventually(t, "the post to be deleted", func() bool {
		_, err := ann.api.Thread(t.Context(), gone.ID, "")
		return err != nil
	})
	ann.thread(t, kept.ID)
}

// TestRollback presses what the server refuses: the number goes back, and the
// page says so.
func TestRollback(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	post := bob.post(t, "Soon gone.", api.AudienceEveryone)
	p := open(t, s)
	p.needProgram()
	p.enter(ann)
	p.shows("article", "Soon gone.")
	p.network(false)
	p.shows("[role=status]", "Offline.")
	p.act(post.ID, api.ActLike)
	p.counts(post.ID, api.ActLike, "true", "1")
	if err := bob.api.DeletePost(t.Context(), post.ID); err != nil {
		t.Fatal(err)
	}
	p.expect(http.StatusNotFound)
	p.network(true)
	p.shows("[role=status]", "That did not work.")
	p.lacks("article", "Soon gone.")
}

// TestGuestPresses shows that a guest is led to sign in, and back.
func TestGuestPresses(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	post := bob.post(t, "Anyone there?", api.AudienceEveryone)
	for _, plain := range []bool{false, true} {
		p := open(t, s)
		if plain {
			p.scriptsOff()
		}
		p.visit(api.PathHome)
		p.act(post.ID, api.ActLike)
		p.wait("the door", `location.pathname === "/signin"`)
		p.ready()
		p.fill("email", ann.email)
		p.fill("password", ann.password)
		p.send("password")
		p.at(api.PostPath(post.ID))
		p.shows("h1", "A post by")
		p.shows("label", "Your reply")
	}
}

// TestModerator hides a post: nobody else sees a trace of it.
func TestModerator(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, mod := s.member(t, "ann"), s.member(t, "mod")
	post := ann.post(t, "Rude words.", api.AudienceEveryone)
	s.moderator(t, mod)
	p, other := open(t, s), open(t, s)
	p.enter(mod)
	p.press(`article[data-post="` + post.ID + `"] summary`)
	p.act(post.ID, api.ActHidden)
	p.shows("article .badge", "Hidden by a moderator")
	eventually(t, "the post to be hidden", func() bool {
		f, err := ann.api.Feed(t.Context(), "", 0)
		return err == nil && len(f.Posts) == 0
	})
	p.reload()
	p.shows("article .badge", "Hidden by a moderator")
	p.shoot("hidden")
	other.expect(http.StatusNotFound, http.StatusUnauthorized)
	for _, path := range []string{api.PathHome, api.PostPath(post.ID), api.UserPath("ann"), api.PathSearch + "?q=rude"} {
		other.visit(path)
		other.lacks("main", "Rude words.")
	}
	p.press(`article[data-post="` + post.ID + `"] summary`)
	p.act(post.ID, api.ActHidden)
	p.lacks("article .badge", "Hidden by a moderator")
	eventually(t, "the post to be back", func() bool {
		f, err := ann.api.Feed(t.Context(), "", 0)
		return err == nil && len(f.Posts) == 1 && !f.Posts[0].Hidden
	})
}

// moderator makes the person one. The pool belongs to the program while it
// runs.
func (s *server) moderator(t *testing.T, who *person) {
	t.Helper()
	s.stop(t)
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: filepath.Join(s.dir, "pool")})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := pool.AddUserToGroup(t.Context(), who.email, claims.GroupModerators); err != nil {
		t.Fatal(err)
	}
	s.restart(t)
}

// TestSearch finds posts and people, as a form of its own address.
func TestSearch(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.member(t, "ann").post(t, "The soup is on. Bring bread.", api.AudienceEveryone)
	for _, plain := range []bool{false, true} {
		p := open(t, s)
		if plain {
			p.scriptsOff()
		}
		p.visit(api.PathHome)
		p.press(`nav a[href="/search"]`)
		p.at(api.PathSearch)
		p.fill("q", "soup bread")
		p.send("q")
		p.at(api.PathSearch + "?q=soup+bread")
		p.shows("article", "The soup is on.")
		p.fill("q", "an")
		p.send("q")
		p.at(api.PathSearch + "?q=an")
		p.shows(".people", "@ann")
		p.fill("q", "zebra")
		p.send("q")
		p.shows("main", "Nothing found")
		p.wait("the way back", `(history.back(), true)`)
		p.shows(".people", "@ann")
		if !plain && s.hasProgram(t) { // without the program a browser puts back what was typed
			p.holds("q", "an")
		}
	}
}

// TestProfile changes one's name and handle. Another's handle stays theirs.
func TestProfile(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.member(t, "bob")
	for _, plain := range []bool{false, true} {
		ann := s.member(t, fmt.Sprintf("ann_%t", plain))
		p := open(t, s)
		if plain {
			p.scriptsOff()
		}
		p.enter(ann)
		p.visit(api.PathAccount)
		p.fill("name", "Ann of "+ann.handle)
		p.fill("handle", "BOB")
		p.expect(http.StatusUnprocessableEntity)
		p.send("handle")
		p.shows("[role=alert]", "This handle is taken.")
		p.holds("name", "Ann of "+ann.handle)
		p.fill("handle", "new_"+ann.handle[:5]+strings.Repeat("x", len(ann.handle)-5))
		p.send("handle")
		p.shows("[role=status]", "Your profile is saved.")
		p.shows("main .me", "Ann of "+ann.handle)
		p.expect(http.StatusNotFound)
		p.visit(api.UserPath(ann.handle)) // the old handle leads to the new one
		p.wait("the address", `location.pathname.startsWith("/u/new_ann_")`)
		p.shows("h1", "Ann of "+ann.handle)
	}
}
