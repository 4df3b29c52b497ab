package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"porchlight/shared/api"
)

// TestJourney walks through the whole front door as a person with a browser.
func TestJourney(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	p.needProgram()
	p.screen(375, 812, "light")
	walk(t, p, s.person(t, "ann"))
}

// TestJourneyPlain walks the same way with scripts switched off.
func TestJourneyPlain(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	p.scriptsOff()
	p.screen(375, 812, "light")
	walk(t, p, s.person(t, "ann"))
}

const (
	greeting = "Light's on, come by tonight. 🕯️"
	whisper  = "The key is under the mat."
)

// walk goes from signing up to signing in with a recovered password.
func walk(t *testing.T, p *tab, ann *person) {
	t.Helper()
	p.signUp(ann)
	p.confirm(ann)
	p.write(greeting)
	p.shoot("posted")
	p.reload()
	p.shows("article[data-post]", greeting)
	p.shows("article[data-post]", "@ann")
	p.choose("audience", api.AudienceMembers)
	p.choose("expires_in", "1h")
	p.write(whisper)
	p.shows("article[data-post]", "Members only")
	p.signOut()
	p.shoot("signed-out")
	p.visit(api.PathHome)
	p.shows("article[data-post]", greeting)
	p.lacks("body", whisper)

	old := ann.password
	p.recover(ann)
	p.shows("article[data-post]", whisper)
	p.signOut()

	p.credentials(ann.email, old)
	p.expect(http.StatusUnauthorized)
	p.send("password")
	p.shows("[role=alert]", "Email or password is wrong.")
	p.holds("email", ann.email)
	p.shoot("refused")
	p.signIn(ann)
	p.shows("article[data-post]", greeting)
	if n := read[int](p, `[...document.querySelectorAll("article[data-post]")].length`); n != 2 {
		t.Errorf("the feed has %d posts at the end, want 2", n)
	}
	p.shoot("home")
}

// signUp asks for an account and comes to where its code is asked for.
func (p *tab) signUp(who *person) {
	p.t.Helper()
	p.visit(api.PathSignUp)
	p.shoot("signup")
	p.fill("name", who.name)
	p.fill("email", who.email)
	p.fill("handle", who.handle)
	if p.plain {
		p.fill("password", who.password)
	} else {
		p.tickOff(who.password)
	}
	p.shoot("signup-filled")
	p.send("password")
	p.at(api.PathConfirm + "?email=" + url.QueryEscape(who.email))
}

// tickOff types a new password, and watches the rules: after every key the page
// shows those as met that the shared code says are met.
func (p *tab) tickOff(password string) {
	p.t.Helper()
	p.fill("password", "")
	for i := range password {
		p.keys(password[i : i+1])
		var met []string
		for _, r := range api.PasswordRules() {
			if r.Holds(password[:i+1]) {
				met = append(met, r.ID)
			}
		}
		p.wait(fmt.Sprintf("the rules %v to be ticked off", met), fmt.Sprintf(
			`[...document.querySelectorAll("[data-rule].held")].map(e => e.dataset.rule).join(" ") === %s`, quote(strings.Join(met, " "))))
	}
}

// confirm types the code from the inbox, which signs in.
func (p *tab) confirm(who *person) {
	p.t.Helper()
	p.shows("main", api.MaskEmail(who.email))
	p.fill("code", p.server.code(p.t, who.email))
	p.shoot("confirm")
	p.send("code")
	p.home(who)
}

// home waits for the feed of who is signed in.
func (p *tab) home(who *person) {
	p.t.Helper()
	p.at(api.PathHome)
	p.wait("the name of who is signed in", fmt.Sprintf(`document.querySelector("header").textContent.includes(%s)`, quote(who.name)))
	for _, c := range p.cookies() {
		if c.Name == "session" {
			if !c.HTTPOnly || c.Path != "/" || c.SameSite != "Lax" {
				p.t.Errorf("the session's cookie is %+v, want HttpOnly, Path=/ and SameSite=Lax", c)
			}
			p.server.log.secret("a session cookie", c.Value)
			return
		}
	}
	p.t.Error("signed in without a session cookie")
}

// write posts a message from the form of the feed.
func (p *tab) write(message string) {
	p.t.Helper()
	p.fill("message", message)
	p.send("message")
	p.shows("article[data-post]:not(.pending)", message)
	p.wait("the form to be empty again", field("message")+`.value === ""`)
}

// signOut presses the one button that does.
func (p *tab) signOut() {
	p.t.Helper()
	p.press(`form[action="/signout"] button`)
	p.at(api.PathSignIn + "?notice=" + api.NoticeSignedOut)
	p.wait("nobody to be signed in", `!document.querySelector('form[action="/signout"]')`)
}

// recover sets a new password with a code from the inbox, which signs in.
func (p *tab) recover(who *person) {
	p.t.Helper()
	p.visit(api.PathRecover)
	p.fill("email", who.email)
	p.shoot("recover")
	p.send("email")
	p.at(api.PathRecoverConfirm + "?email=" + url.QueryEscape(who.email) + "&notice=" + api.NoticeCodeSent)
	p.fill("code", p.server.code(p.t, who.email))
	p.fill("password", p.server.newPassword(who))
	p.shoot("recover-confirm")
	p.send("code")
	p.home(who)
}

// credentials fills in the form that signs in, and does not send it.
func (p *tab) credentials(email, password string) {
	p.t.Helper()
	p.fill("email", email)
	p.fill("password", password)
}

// signIn fills the sign-in form of the page that is open.
func (p *tab) signIn(who *person) {
	p.t.Helper()
	p.credentials(who.email, who.password)
	p.send("password")
	p.home(who)
}

// enter goes to the door and signs in at once, as most people do: by the plain
// form, before the program has come. It ends when the worker is there, if there
// is one: it takes pages that have come and that come later, but now and then
// not one that is just coming.
func (p *tab) enter(who *person) {
	p.t.Helper()
	p.load(api.PathSignIn)
	p.signIn(who)
	if !p.plain && read[bool](p, `document.documentElement.dataset.program === "running"`) {
		p.controlled()
	}
}

// enterByProgram goes to the door, waits until the program runs there, and signs
// in. It comes to the feed in the same document.
func (p *tab) enterByProgram(who *person) {
	p.t.Helper()
	p.visit(api.PathSignIn)
	p.signIn(who)
}

// needProgram is for tests of what only the browser program does.
func (p *tab) needProgram() {
	p.t.Helper()
	if !p.server.hasProgram(p.t) {
		missing(p.t, "the binary has no browser program: run `make program` first")
	}
}
