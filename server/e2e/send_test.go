package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"porchlight/shared/api"
)

// TestSend signs in before the program has come: the feed is shown in the same
// document, the back button knows where it was, and the program takes over what
// stands there.
func TestSend(t *testing.T) {
	s := start(t)
	ann := s.member(t, "ann")
	ann.post(t, "Light's on.", api.AudienceMembers)
	p := open(t, s)
	p.needProgram()
	p.withoutProgram()
	p.look(api.PathSignIn)
	p.wait("the style to be in the page", `document.styleSheets.length === 1 && document.styleSheets[0].href === null`)
	p.wait("a step within the page", `(location.hash = "#main", true)`)
	p.credentials(ann.email, ann.password)
	before := read[int](p, `history.length`)
	p.send("password")
	p.still(api.PathHome)
	p.shows("article[data-post]", "Light's on.")
	p.shows("header", ann.name)
	p.wait("title and heading to be the feed's", `document.title === "Porchlight" && document.activeElement.id === "title" && scrollY === 0`)
	if got := read[int](p, `history.length`); got != before+1 {
		t.Errorf("the history has %d entries, want %d", got, before+1)
	}
	p.shoot("home")

	p.withProgram()
	p.ready()
	p.still(api.PathHome)
	if created := read[int](p, `window.__takeover.created`); created != 0 {
		t.Errorf("the program made %d nodes of its own, want 0", created)
	}
	p.write("Sent by the program.")
	p.drawn(true)
	if n := read[int](p, `performance.getEntriesByType("resource").filter(e => /\/prepare\.\w+\.js$|\.wasm$/.test(e.name)).length`); n != 1 {
		t.Errorf("the program was fetched %d times, want once", n)
	}
}

// TestSendBack goes back from the feed to the form that was sent, before the
// program has come: the server is asked, and leads who is signed in on.
func TestSendBack(t *testing.T) {
	s := start(t)
	ann := s.member(t, "ann")
	p := open(t, s)
	p.needProgram()
	p.withoutProgram()
	p.look(api.PathSignUp)
	p.do("go on", chromedp.Navigate(s.url+api.PathSignIn))
	p.mark()
	p.credentials(ann.email, ann.password)
	p.send("password")
	p.still(api.PathHome)
	p.wait("the way back", `(history.back(), true)`)
	p.wait("the feed in a document of its own", `window.mine === undefined && location.pathname === "/" && document.title === "Porchlight"`)
	p.shows("header", ann.name)
	p.wait("the way back", `(history.back(), true)`)
	p.wait("the feed again", `location.pathname === "/"`)
}

// TestSendRefused is refused before the program has come: what was typed stays,
// the mistake is told, the focus is where it can be put right, and the page still
// knows where its reader wanted to go.
func TestSendRefused(t *testing.T) {
	s := start(t)
	ann := s.member(t, "ann")
	p := open(t, s)
	p.needProgram()
	p.withoutProgram()
	p.look(api.PathSignIn + "?next=%2Faccount")
	p.credentials(ann.email, "Wrong-password-1")
	p.expect(http.StatusUnauthorized)
	p.send("password")
	p.shows("[role=alert]", "Email or password is wrong.")
	p.holds("email", ann.email)
	p.holds("password", "")
	p.wait("the focus to stay in the form", `document.activeElement.type === "submit" && !document.activeElement.ariaBusy`)
	p.still(api.PathSignIn + "?next=%2Faccount")
	p.shoot("refused")
	p.fill("password", ann.password)
	p.send("password")
	p.still(api.PathAccount)

	bob := s.person(t, "bob")
	p = open(t, s)
	p.withoutProgram()
	p.look(api.PathSignUp)
	p.fill("name", bob.name)
	p.fill("email", bob.email)
	p.fill("handle", "ann")
	p.fill("password", bob.password)
	p.expect(http.StatusUnprocessableEntity)
	p.send("password")
	p.refused("handle", "This handle is taken.")
	p.holds("name", bob.name)
	p.still(api.PathSignUp)
	p.withProgram()
	p.ready()
	p.refused("handle", "This handle is taken.")
	p.still(api.PathSignUp)
}

// TestSendSignUp goes from the sign-up to the feed without a new document.
func TestSendSignUp(t *testing.T) {
	s := start(t)
	bob := s.person(t, "bob")
	p := open(t, s)
	p.needProgram()
	p.withoutProgram()
	p.look(api.PathSignUp)
	p.fill("name", bob.name)
	p.fill("email", bob.email)
	p.fill("handle", bob.handle)
	p.fill("password", bob.password)
	p.send("password")
	p.still(api.PathConfirm + "?email=" + url.QueryEscape(bob.email))
	p.shows("main", api.MaskEmail(bob.email))
	p.wait("the title", `document.title.endsWith(" · Porchlight")`)
	p.fill("code", s.code(t, bob.email))
	p.send("code")
	p.still(api.PathHome)
	p.shows("header", bob.name)
	p.withProgram()
	p.ready()
	p.still(api.PathHome)
	p.write("First words.")
}

// TestSendOffline loses the network before the form is sent: nothing typed is
// lost, the page says why, before and after the program has come, and the form can
// be sent again.
func TestSendOffline(t *testing.T) {
	s := start(t)
	ann := s.member(t, "ann")
	const words = "You are offline. Nothing you typed is lost"
	p := open(t, s)
	p.needProgram()
	for _, program := range []bool{false, true} {
		p.withoutProgram()
		p.look(api.PathSignIn)
		p.credentials(ann.email, ann.password)
		p.offlineFor(api.PathSignIn)
		for range 2 { // it is said again
			p.send("password")
			p.shows(".problem[role=alert]", words)
		}
		p.holds("email", ann.email)
		p.holds("password", ann.password)
		p.wait("the button to rest", `!document.querySelector("main [aria-busy]")`)
		p.still(api.PathSignIn)
		p.shoot("offline")
		p.withProgram()
		if program {
			p.ready()
			p.shows(".problem[role=alert]", words)
			p.holds("password", ann.password)
		}
		p.send("password")
		p.still(api.PathHome)
		p.shows("header", ann.name)
		p.do("forget who it was", call(network.ClearBrowserCookies, cdp.Empty{}))
	}
}

// TestSendOnce presses twice on a slow line. The button shows that something is
// under way, and the form is sent once.
func TestSendOnce(t *testing.T) {
	s := start(t)
	ann := s.member(t, "ann")
	p := open(t, s)
	p.needProgram()
	p.look(api.PathSignIn)
	p.conditions(&network.Conditions{Latency: 1500, DownloadThroughput: -1, UploadThroughput: -1})
	p.credentials(ann.email, ann.password)
	p.programless("anything was sent")
	at := p.spot("the button", field("password")+`.form.querySelector("button")`)
	p.do("press twice", chromedp.MouseClickXY(at[0], at[1]), chromedp.MouseClickXY(at[0], at[1]))
	p.wait("the button to say so", `document.querySelector("main button[type=submit]").getAttribute("aria-busy") === "true"`)
	p.shoot("busy")
	p.still(api.PathHome)
	if n := strings.Count(s.log.String(), `"route":"POST /signin"`); n != 1 {
		t.Errorf("the form was sent %d times, want once", n)
	}
	if n := len(p.sessions(ann)); n != 2 { // one of the browser, one of the test
		t.Errorf("there are %d sessions, want 2", n)
	}
}

// TestSendElsewhere gets answers that this document cannot become, and lacks the
// script that would ask for them: the browser does what it does without scripts.
func TestSendElsewhere(t *testing.T) {
	s := start(t)
	ann := s.member(t, "ann")
	const newer = `document.querySelector("script[data-program]").dataset.policy = "another"`
	for _, tt := range []struct {
		name, change, password string
		arrives                string // an expression
		status                 int
	}{
		{"another release", newer, ann.password, `location.pathname === "/" && window.mine === undefined`, 0},
		{"another release, refused", newer, "Wrong-password-1", `document.querySelector(".problem").innerText.includes("wrong") && window.mine === undefined`, 401},
		{"no page", `document.getElementById("signin").action = "/api/session"`, ann.password,
			`document.querySelector(".problem").innerText.includes("could not be read") && window.mine === true`, 405},
		{"no script", "1", ann.password, `location.pathname === "/" && window.mine === undefined`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t, s)
			p.needProgram()
			p.expect(tt.status)
			p.withoutProgram()
			if tt.change == "1" {
				p.offlineFor("/web/boot.*")
			}
			p.look(api.PathSignIn)
			p.wait("the change", `(`+tt.change+`, true)`)
			p.credentials(ann.email, tt.password)
			p.send("password")
			p.wait("the answer", tt.arrives)
		})
	}
}

// look opens a page and does not wait for the program. A new document would not
// know that it is the same.
func (p *tab) look(path string) {
	p.t.Helper()
	p.do("look at "+path, chromedp.Navigate(p.server.url+path))
	p.mark()
}

func (p *tab) mark() {
	p.t.Helper()
	p.wait("a mark on the document", `window.mine = true`)
}

// still waits until the address is the path, in the document that was there.
func (p *tab) still(path string) {
	p.t.Helper()
	p.wait("the address to become "+path, fmt.Sprintf(`location.pathname + location.search === %s && window.mine === true`, quote(path)))
}

// withoutProgram lets the program take longer than any test, withProgram no more.
func (p *tab) withoutProgram() {
	p.t.Helper()
	p.conditions(noProgram())
}

func (p *tab) withProgram() {
	p.t.Helper()
	p.conditions()
}

// noProgram holds back a script that the program needs. The program itself is
// fetched by another thread, for which a page's conditions don't count.
func noProgram() *network.Conditions {
	return &network.Conditions{URLPattern: "*://*:*/web/takeover.*.js", Latency: 3_600_000, DownloadThroughput: -1, UploadThroughput: -1}
}

// offlineFor takes the network away for a path, and the program.
func (p *tab) offlineFor(path string) {
	p.t.Helper()
	p.watch.cut(true)
	p.conditions(noProgram(), &network.Conditions{URLPattern: "*://*:*" + path, Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
}

// conditions sets what the network is like; the first rule that matches counts.
func (p *tab) conditions(rules ...*network.Conditions) {
	p.t.Helper()
	p.do("change the network", call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules}))
}
