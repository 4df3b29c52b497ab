package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"porchlight/shared/api"
)

// A view is a size of the window and a colour scheme.
type view struct {
	name          string
	width, height int64
	scheme        string
}

func views() []view {
	return []view{
		{"phone-light", 375, 812, "light"}, {"phone-dark", 375, 812, "dark"},
		{"desktop-light", 1280, 800, "light"}, {"desktop-dark", 1280, 800, "dark"},
	}
}

// TestPagesOfTheDoor opens every page that a guest meets in every state, keeps
// a picture of each in every view, and checks what holds for all: see checkPage.
// The program comes to the door when nobody has touched the page for a while,
// so all tabs rest there at once.
func TestPagesOfTheDoor(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	p.screen(375, 812, "light")
	ann, bob := s.person(t, "ann"), s.member(t, "bob")
	p.page("home-guest-empty", api.PathHome)
	s.signUp(t, ann)
	states := doorStates(ann, bob)
	tabs := make([]*tab, len(states))
	for i, state := range states {
		tabs[i] = p.beside(s)
		tabs[i].screen(375, 812, "light")
		tabs[i].load(state.path)
	}
	for i, state := range states {
		tabs[i].ready()
		tabs[i].page(state.name, "", func() { state.reach(tabs[i]) })
	}
	p.page("inbox", api.PathInbox)
	p.expect(http.StatusUnauthorized) // asks who is signed in: nobody
	p.page("not-found", "/nobody/lives/here", func() { p.shows("h1", "Nobody lives here") })
}

// A doorState is a state of a page of the front door, and how to come there.
type doorState struct {
	name, path string
	reach      func(p *tab)
}

// doorStates are those that leave nobody signed in. Ann has yet to confirm.
func doorStates(ann, bob *person) []doorState {
	asItIs := func(*tab) {}
	confirm := api.PathConfirm + "?email=" + url.QueryEscape(ann.email)
	renew := api.PathRecoverConfirm + "?email=" + url.QueryEscape(ann.email) + "&notice=" + api.NoticeCodeSent
	return []doorState{
		{"signup", api.PathSignUp, asItIs},
		{"signup-errors", api.PathSignUp, func(p *tab) {
			p.fill("name", "Ann Lee")
			p.fill("email", "ann@porch")
			p.fill("handle", "ann lee")
			p.fill("password", "lamplight")
			p.expect(http.StatusUnprocessableEntity)
			p.send("password")
			p.shows("[role=alert]", "Enter an email address like name@example.com.")
		}},
		{"confirm-unknown", api.PathConfirm, asItIs},
		{"confirm", confirm, asItIs},
		{"confirm-wrong", confirm, func(p *tab) {
			p.fill("code", "000000")
			p.expect(http.StatusUnprocessableEntity)
			p.send("code")
			p.shows("[role=alert]", "This code is wrong, used or too old.")
		}},
		{"signin", api.PathSignIn, asItIs},
		{"signin-wrong", api.PathSignIn, func(p *tab) {
			p.credentials(bob.email, "Wrong-password-1")
			p.expect(http.StatusUnauthorized)
			p.send("password")
			p.shows("[role=alert]", "Email or password is wrong.")
		}},
		{"recover", api.PathRecover, asItIs},
		{"recover-confirm", renew, asItIs},
	}
}

// TestPages opens the pages of members, as TestPagesOfTheDoor does with the
// others.
func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	p.screen(375, 812, "light")
	bob := s.member(t, "bob")

	p.enter(bob)
	p.page("home-empty", api.PathHome)
	writeSamples(t, s, bob)
	p.page("home", api.PathHome)
	p.page("home-guest-posts", "", func() {
		p.signOut()
		p.visit(api.PathHome)
	})
	p.enter(bob)
	p.page("home-older", api.PathHome+"?before=ffffffff-ffff-7fff-bfff-ffffffffffff")
	p.page("account", api.PathAccount)
	p.page("account-wrong", api.PathAccount, func() {
		p.fill("previous", "Wrong-password-1")
		p.fill("password", newPassword())
		p.expect(http.StatusUnprocessableEntity)
		p.send("password")
		p.shows("[role=alert]", "This is not your password.")
	})
	p.page("delete", api.PostPath(bob.post(t, "Soon gone.", api.AudienceEveryone).ID)+api.ActDelete, func() {
		p.shows("main .actions", "Keep")
	})
	p.page("home-refused", api.PathHome, func() {
		p.fill("message", " ")
		p.send("message")
		p.shows("[role=alert]", "Write something first.")
	})
	if !s.hasProgram(t) {
		return
	}
	p.kept(bob)
	s.stop(t)
	p.network(false)
	p.page("offline", api.PathHome, func() { p.shows("[role=status]", "Offline. Showing the feed as of") })
	p.page("offline-form", "", func() {
		p.fill("message", "Kept for later.")
		p.send("message")
		p.shows("article.pending", "waiting for the network")
	})
}

// writeSamples fills the feed with what posts are like: short, long, of many
// lines, unbroken, right to left, markup.
func writeSamples(t *testing.T, s *server, bob *person) {
	t.Helper()
	dora := s.member(t, "dora_of_the_porch")
	for _, sample := range []api.NewPost{
		{Message: "Good night, all.", ExpiresIn: "never"},
		{Message: "A line.\n\nAnother one, after a gap.", Audience: api.AudienceMembers, ExpiresIn: "1h"},
		{Message: `<b>Not bold</b> & <img src=x onerror="alert(1)">`, ExpiresIn: "3h"},
		{Message: "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsfeierlichkeitensaal" + "https://example.com/" + fmt.Sprintf("%0150d", 0), ExpiresIn: "1d"},
		{Message: "שלום לכולם, הדלת פתוחה.", ExpiresIn: "12h"},
		{Message: "Who left the light on? 🕯️👩‍👩‍👧‍👦 It can be seen from the corner of the street, and it looks as if somebody were home. I like that. Leave it on, please, and I will bring the soup at seven, the one with too much pepper.", ExpiresIn: "30d"},
	} {
		if _, err := dora.api.CreatePost(t.Context(), sample); err != nil {
			t.Fatalf("CreatePost: %v", err)
		}
	}
	bob.post(t, "Coming home. Keep the light on.", api.AudienceEveryone)
}

// page opens a path, brings the page into a state, checks it and keeps its
// pictures.
func (p *tab) page(name, path string, steps ...func()) {
	p.t.Helper()
	p.expect(http.StatusNotFound)
	if path != "" {
		p.visit(path)
	}
	for _, step := range steps {
		step()
	}
	for _, v := range views() {
		p.screen(v.width, v.height, v.scheme)
		p.shootWhole(name + "-" + v.name)
	}
	p.screen(320, 640, "light")
	p.checkPage(name)
	p.screen(375, 812, "light")
}

// checkPage checks what holds for every page, in a window 320 px wide. It
// collects everything that is wrong rather than stop at the first.
func (p *tab) checkPage(name string) {
	p.t.Helper()
	for _, wrong := range read[[]string](p, pageRules) {
		p.t.Errorf("page %s: %s", name, wrong)
	}
}

// TestPageRules proves that the rules find what they look for, and nothing in a
// page that is right.
func TestPageRules(t *testing.T) {
	t.Parallel()
	p := open(t, start(t))
	p.screen(320, 640, "light")
	const right = `<!doctype html><html lang="en"><title>Porchlight</title><meta name="viewport" content="width=device-width"><main><h1>Title</h1>`
	tests := []struct {
		name, html, want string
	}{
		{"right", right + `<p>Some <a href="/">text</a></p><label for="a">A</label><input id="a" autocomplete="off" style="height:44px;font-size:16px">`, ""},
		{"no title", strings.Replace(right, "Porchlight", "", 1), "the title is"},
		{"no language", strings.Replace(right, ` lang="en"`, "", 1), "the language is not said"},
		{"two headings", right + `<h1>Again</h1>`, "there are 2 headings"},
		{"too wide", right + `<div style="width:400px">x</div>`, "in a window of 320"},
		{"same id", right + `<p id="x"></p><p id="x"></p>`, "the id is taken"},
		{"no label", right + `<textarea style="height:44px;font-size:16px"></textarea>`, "it has no label"},
		{"no description", right + `<p aria-describedby="nothing"></p>`, "nothing has the id nothing"},
		{"low button", right + `<button style="height:43px">x</button>`, "it is 43 px high"},
		{"low line", right + `<header class="by"><a href="/">x</a></header>`, "px high"},
		{"nameless button", right + `<button style="height:44px"></button>`, "it has no name"},
		{"small text", right + `<label for="a">A</label><input id="a" autocomplete="off" style="height:44px;font-size:15px">`, "a phone zooms in"},
		{"no autocomplete", right + `<label for="a">A</label><input id="a" style="height:44px;font-size:16px">`, "it has no autocomplete"},
		{"no alt", right + `<img src="data:,">`, "it has no alt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := p.in(t)
			p.do("write the page", chromedp.Navigate("data:text/html;charset=utf-8,"+url.PathEscape(tt.html)))
			wrong := read[[]string](p, pageRules)
			if found := slices.ContainsFunc(wrong, func(w string) bool { return strings.Contains(w, tt.want) }); found != (tt.want != "") || tt.want == "" && len(wrong) > 0 {
				t.Errorf("the rules find %q, want %q", wrong, tt.want)
			}
		})
	}
}

// pageRules finds what is wrong with the page. Targets are 44 px high (WCAG
// 2.2, 2.5.5), but for links within text, and those in the line above a post,
// which are 24 (2.5.8).
const pageRules = `(() => {
	const wrong = [];
	const say = (what, e) => wrong.push(what + ": " + e.outerHTML.replace(/\s+/g, " ").slice(0, 140));
	const all = selector => [...document.querySelectorAll(selector)].filter(e => e.checkVisibility());

	if (!/Porchlight/.test(document.title)) wrong.push("the title is " + JSON.stringify(document.title));
	if (!document.documentElement.lang) wrong.push("the language is not said");
	if (all("h1").length !== 1) wrong.push("there are " + all("h1").length + " headings of the first level");
	if (all("main").length !== 1) wrong.push("there are " + all("main").length + " mains");

	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > width) {
		wrong.push("it is " + document.documentElement.scrollWidth + " px wide in a window of " + width);
		for (const e of all("body *")) if (e.getBoundingClientRect().right > width + 1) say("it reaches out of the window", e);
	}

	const seen = new Set();
	for (const e of document.querySelectorAll("[id]")) seen.has(e.id) ? say("the id is taken", e) : seen.add(e.id);

	for (const e of all("input, textarea, select")) {
		if (e.type === "hidden") continue;
		const named = e.ariaLabel || e.getAttribute("aria-labelledby") || [...e.labels].some(l => l.innerText.trim());
		if (!named) say("it has no label", e);
		if (e.getAttribute("autocomplete") === null && e.tagName === "INPUT") say("it has no autocomplete", e);
	}
	for (const e of document.querySelectorAll("[aria-describedby]")) {
		for (const id of e.getAttribute("aria-describedby").split(/\s+/)) if (!document.getElementById(id)) say("nothing has the id " + id + " of its description", e);
	}
	for (const e of all("img")) if (!e.hasAttribute("alt")) say("it has no alt", e);
	for (const e of all("a, button")) if (!(e.ariaLabel || e.innerText.trim() || e.textContent.trim())) say("it has no name", e);

	for (const e of all("a, button, input, textarea, select, summary")) {
		const line = e.closest(".by, .reposted");
		if (e.type === "hidden" || !line && getComputedStyle(e).display === "inline") continue;
		const box = e.getBoundingClientRect();
		if (box.bottom <= 0 || box.right <= 0 || e.matches(".skip")) continue; // waits off the page
		if (box.height < (line ? 24 : 44)) say("it is " + Math.round(box.height * 10) / 10 + " px high", e);
	}
	for (const e of all("input, textarea, select")) {
		if (parseFloat(getComputedStyle(e).fontSize) < 16) say("a phone zooms in on its " + getComputedStyle(e).fontSize + " text", e);
	}
	return wrong;
})()`
