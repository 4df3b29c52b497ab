package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"porchlight/shared/api"
)

// TestPlainFormsTwice sends the form of a post twice: with a double press in a
// browser without scripts, and with the same body again. Either makes one post.
func TestPlainFormsTwice(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")

	t.Run("same body", func(t *testing.T) {
		id, err := uuid.NewV7()
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"id": {id.String()}, "message": {"Once is enough."}}
		for range 2 {
			answer, err := ann.http.PostForm(s.url+api.PathHome, form)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != api.PathHome {
				t.Errorf("the form led to %s with status %d, want the feed", answer.Request.URL, answer.StatusCode)
			}
		}
		ann.finds(t, "Once is enough.", 1)
	})

	t.Run("double press", func(t *testing.T) {
		p := open(t, s)
		p.scriptsOff()
		p.enter(ann)
		p.fill("message", "Pressed twice.")
		at := p.spot("the button", field("message")+`?.form.querySelector("button:not([type=button])")`)
		p.do("press twice", chromedp.MouseClickXY(at[0], at[1]), chromedp.MouseClickXY(at[0], at[1]))
		p.shows("article[data-post]", "Pressed twice.")
		ann.finds(t, "Pressed twice.", 1)
	})
}

// finds checks how many posts of the person's feed have the message.
func (p *person) finds(t *testing.T, message string, want int) {
	t.Helper()
	f, err := p.api.Feed(t.Context(), "", api.MaxLimit)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, post := range f.Posts {
		if post.Message == message {
			n++
		}
	}
	if n != want {
		t.Errorf("the feed has %q %d times, want %d", message, n, want)
	}
}

// TestPlainRefusals shows that each form, sent wrong and without scripts, comes
// back with what is wrong beside the field, and with what was typed but for
// secrets.
func TestPlainRefusals(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	bob := s.person(t, "bob")
	tests := []struct {
		name    string
		path    string
		typed   map[string]string
		send    string // a field of the form
		status  int
		alert   string // somewhere in an alert
		invalid string // the field that is marked
		kept    map[string]string
	}{
		{
			name: "wrong password", path: api.PathSignIn, send: "password", status: http.StatusUnauthorized,
			typed: map[string]string{"email": ann.email, "password": "Wrong-password-1"},
			alert: "Email or password is wrong.", kept: map[string]string{"email": ann.email, "password": ""},
		},
		{
			name: "unknown account", path: api.PathSignIn, send: "password", status: http.StatusUnauthorized,
			typed: map[string]string{"email": bob.email, "password": bob.password},
			alert: "Email or password is wrong.", kept: map[string]string{"email": bob.email, "password": ""},
		},
		{
			name: "weak password", path: api.PathSignUp, send: "password", status: http.StatusUnprocessableEntity,
			typed: map[string]string{"name": bob.name, "email": bob.email, "handle": bob.handle, "password": "lamplight"},
			alert: "The password still needs", invalid: "password",
			kept: map[string]string{"name": bob.name, "email": bob.email, "handle": bob.handle, "password": ""},
		},
		{
			name: "taken handle", path: api.PathSignUp, send: "password", status: http.StatusUnprocessableEntity,
			typed: map[string]string{"name": bob.name, "email": bob.email, "handle": "ANN", "password": bob.password},
			alert: "This handle is taken.", invalid: "handle",
			kept: map[string]string{"name": bob.name, "email": bob.email, "handle": "ANN", "password": ""},
		},
		{
			name: "markup in a name", path: api.PathSignUp, send: "password", status: http.StatusUnprocessableEntity,
			typed: map[string]string{"name": `"><img src=x onerror=alert(1)>`, "email": bob.email, "handle": "b", "password": bob.password},
			alert: "Use 3 to 20 characters.", invalid: "handle",
			kept: map[string]string{"name": `"><img src=x onerror=alert(1)>`, "handle": "b", "password": ""},
		},
		{
			name: "wrong code", path: api.PathConfirm + "?email=" + url.QueryEscape(bob.email), send: "code", status: http.StatusUnprocessableEntity,
			typed: map[string]string{"code": "000000"},
			alert: "This code is wrong, used or too old.", invalid: "code", kept: map[string]string{"code": ""},
		},
		{
			name: "wrong recovery code", path: api.PathRecoverConfirm + "?email=" + url.QueryEscape(ann.email), send: "code", status: http.StatusUnprocessableEntity,
			typed: map[string]string{"code": "000000", "password": bob.password},
			alert: "This code is wrong, used or too old.", invalid: "code", kept: map[string]string{"email": ann.email, "code": "", "password": ""},
		},
	}
	p := open(t, s)
	p.scriptsOff()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := p.in(t)
			p.visit(tt.path)
			for name, value := range tt.typed {
				p.fill(name, value)
			}
			p.expect(tt.status)
			p.send(tt.send)
			p.shows("[role=alert]", tt.alert)
			for name, want := range tt.kept {
				p.holds(name, want)
			}
			if got := read[string](p, `[...document.querySelectorAll("[aria-invalid=true]")].map(e => e.name).join(" ")`); got != tt.invalid {
				t.Errorf("marked as invalid: %q, want %q", got, tt.invalid)
			}
			if tt.invalid != "" {
				p.described(tt.invalid, tt.alert)
			}
			p.shoot(strings.ReplaceAll(tt.name, " ", "-"))
		})
	}
}

// TestDeleteAsks deletes a post without scripts, and on a line so slow that the
// program has not come: it is asked first, and one can keep the post.
func TestDeleteAsks(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	t.Run("scripts off", func(t *testing.T) {
		post := ann.post(t, "Wanted after all.", api.AudienceEveryone)
		p := open(t, s)
		p.scriptsOff()
		p.enter(ann)
		p.visit(api.UserPath("ann"))
		p.askToDelete(post.ID)
		p.shows("article", "Wanted after all.")
		p.shoot("question")
		p.press("main .actions a")
		p.at(api.UserPath("ann"))
		ann.thread(t, post.ID)
		p.askToDelete(post.ID)
		p.reload()
		p.press("main .actions button")
		p.at(api.UserPath("ann"))
		p.lacks("article", "Wanted after all.")
		ann.finds(t, "Wanted after all.", 0)
	})
	t.Run("before the program", func(t *testing.T) {
		post := ann.post(t, "Pressed too early.", api.AudienceEveryone)
		p := open(t, s)
		p.needProgram()
		p.scriptsOff() // so that the browser does not have the program yet
		p.enter(ann)
		p.scriptsOn()
		p.slow()
		p.load(api.PathHome)
		p.programless("anything was pressed")
		p.askToDelete(post.ID)
		ann.thread(t, post.ID)
		p.ready()
		p.press("main .actions button")
		p.shows("[role=status]", "Undo")
		p.lacks("article", "Pressed too early.")
		p.press("#undo")
		p.shows("article", "Pressed too early.")
		ann.thread(t, post.ID)
	})
}

// askToDelete presses the button of a post, without the program.
func (p *tab) askToDelete(id string) {
	p.t.Helper()
	p.press(`article[data-post="` + id + `"] summary`)
	p.press(`article[data-post="` + id + `"] form[action$="/delete"] button`)
	p.shows("h1", "Delete this post?")
}

// described checks that the control's description, as a screen reader reads it,
// has the text.
func (p *tab) described(name, text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("%s to be described by %q", name, text), fmt.Sprintf(
		`(%s.getAttribute("aria-describedby") ?? "").split(" ").some(id => document.getElementById(id)?.innerText.includes(%s))`, field(name), quote(text)))
}

// in returns the tab for a part of its test.
func (p *tab) in(t *testing.T) *tab {
	part := *p
	part.t = t
	return &part
}
