package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// password is an input for a secret. The browser program adds a button that
// shows it, and for a new one ticks off the rules as they are met. The secret
// itself stays in the input: what is kept of it is which rules it meets.
type password struct {
	app.Compo
	Field field
	New   bool // a new password: show the rules
	Live  bool // the program runs
	Sent  int  // counts submissions; each hides the password again

	shown bool
	held  []bool
	sent  int
}

// secret is the form's input for a password; fresh is for a new one.
func (f *form) secret(p *Program, name, label string, fresh bool) app.UI {
	return &password{New: fresh, Live: p.live, Sent: f.tries,
		Field: field{Name: name, Label: label, Error: f.current(p).Field(name)}}
}

// OnMount looks at what was typed before the program woke.
func (c *password) OnMount(app.Context) { c.measure() }

// OnUpdate hides the password when the form is submitted, so that a browser
// knows it for a password and offers to keep it.
func (c *password) OnUpdate(app.Context) {
	if c.sent != c.Sent {
		c.sent, c.shown = c.Sent, false
	}
}

// Render draws the input and what belongs to it.
func (c *password) Render() app.UI {
	f := c.Field
	f.Type, f.Complete = "password", "current-password"
	if c.New {
		f.Complete, f.By = "new-password", f.Name+"-rules"
	}
	if c.shown {
		f.Type = "text"
	}
	i := f.input()
	if c.New {
		i = on("input", c.onInput, i)
	}
	return f.wrap(el("div", at{"class", "secret"}, i, c.peek()), c.rules())
}

// peek is the button that shows the password. Without the program it could do
// nothing, so there is none.
func (c *password) peek() app.UI {
	if !c.Live {
		return nil
	}
	word := "Show"
	if c.shown {
		word = "Hide"
	}
	return on("click", c.onPeek,
		el("button", at{"type", "button", "class", "peek", "aria-controls", c.Field.Name, "aria-label", word + " password"}, text(word)))
}

func (c *password) onPeek(app.Context, app.Event) { c.shown = !c.shown }

func (c *password) onInput(app.Context, app.Event) { c.measure() }

func (c *password) measure() {
	e, ok := element(c.Field.Name)
	if !ok || !c.New {
		return
	}
	c.held = c.held[:0]
	secret := e.Get("value").String()
	for _, r := range api.PasswordRules() {
		c.held = append(c.held, r.Holds(secret))
	}
}

func (c *password) rules() app.UI {
	if !c.New {
		return nil
	}
	all := true
	items := make([]app.UI, 0, 5)
	for i, r := range api.PasswordRules() {
		holds := i < len(c.held) && c.held[i]
		all = all && holds
		items = append(items, rule(r, holds))
	}
	var met app.UI
	if all {
		met = text("The password meets every rule.")
	}
	return el("div", at{"class", "rules", "id", c.Field.Name + "-rules"},
		para("", "A password needs"),
		el("ul", nil, items...),
		el("p", at{"class", "vh", "role", "status"}, met),
	)
}

func rule(r api.PasswordRule, holds bool) app.UI {
	if !holds {
		return el("li", at{"data-rule", r.ID}, text(r.Label))
	}
	return el("li", at{"data-rule", r.ID, "class", "held"}, text(r.Label), el("span", at{"class", "vh"}, text(": met")))
}
