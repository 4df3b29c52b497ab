package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"porchlight/shared/api"
)

// TestKeyboard signs in, posts and signs out with the keyboard alone, and makes
// every mistake on the way. After a mistake the focus is where it can be put
// right, and the mistake is told in an alert.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	p := open(t, s)
	p.needProgram()
	p.visit(api.PathSignIn)

	p.key(kb.Tab)
	p.wait("the first stop to lead past the header", `document.activeElement.getAttribute("href") === "#main"`)
	p.shoot("skip-link")
	p.tabTo("the email field", field("email"))
	p.key(kb.Enter)
	p.refused("email", "Enter an email address.")
	p.shoot("empty")

	p.keys("ann")
	p.key(kb.Enter)
	p.refused("email", "Enter an email address like name@example.com.")
	p.retype(ann.email)
	p.key(kb.Enter)
	p.refused("password", "Enter your password.")

	p.keys("Wrong-password-1")
	p.expect(http.StatusUnauthorized)
	p.key(kb.Enter)
	p.shows("[role=alert]", "Email or password is wrong.")
	p.holds("email", ann.email)
	p.wait("the focus to stay in the form", `document.activeElement.form === `+field("email")+`.form`)
	p.shoot("wrong")

	p.tabTo("the password field", field("password"))
	p.retype(ann.password)
	p.key(kb.Enter)
	p.home(ann)

	p.tabTo("the message field", field("message"))
	p.keys("By key.")
	p.tabTo("the button that posts", field("message")+`.form.querySelector("button:not([type=button])")`)
	p.key(kb.Enter)
	p.shows("article[data-post]:not(.pending)", "By key.")
	p.tabTo("the button that signs out", `document.querySelector('form[action="/signout"] button')`)
	p.key(kb.Enter)
	p.at(api.PathSignIn + "?notice=" + api.NoticeSignedOut)
}

// key presses one key.
func (p *tab) key(key string) {
	p.t.Helper()
	p.do("press a key", chromedp.KeyEvent(key))
}

// retype replaces what the focused field holds.
func (p *tab) retype(text string) {
	p.t.Helper()
	p.do("select all", chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.wait("the selection of all", `(e => e.type === "email" || e.selectionEnd - e.selectionStart === e.value.length)(document.activeElement)`)
	p.key(kb.Backspace)
	p.keys(text)
}

// tabTo presses Tab until the element has the focus. Every stop on the way has
// to be seen: it has an outline or a shadow that it lacks otherwise.
func (p *tab) tabTo(what, element string) {
	p.t.Helper()
	const most = 40
	for range most {
		if read[bool](p, `document.activeElement === `+element) {
			return
		}
		p.key(kb.Tab)
		if unseen := read[string](p, `(e => {
			const style = getComputedStyle(e);
			const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
			return e === document.body || seen ? "" : e.outerHTML.slice(0, 120);
		})(document.activeElement)`); unseen != "" {
			p.t.Errorf("the focus is not to be seen on %s", unseen)
		}
	}
	p.t.Fatalf("%d presses of Tab did not reach %s", most, what)
}

// refused waits until the field is marked, focused and described by an alert.
func (p *tab) refused(name, words string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("the focus in the wrong field %s", name), fmt.Sprintf(
		`document.activeElement === %s && document.activeElement.getAttribute("aria-invalid") === "true"`, field(name)))
	p.shows("[role=alert]", words)
	p.described(name, words)
}
