package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// account is the page behind api.PathAccount: who one is, where one is signed
// in, and the password.
type account struct {
	app.Compo
	Rev int

	p    *Program
	self form // for name and handle
	form form // for the password
	ends form // for ending sessions
}

// newAccount returns the page. What it came with to say is about one of its
// forms: what was typed, or what is wrong, tells which.
func newAccount(p *Program) *account {
	_, self := p.page.Form["handle"]
	ended := p.page.Problem.OfKind(api.ProblemNotFound)
	return &account{
		p: p, Rev: p.rev,
		self: form{id: "self", used: !self},
		form: form{id: "change", used: self || ended},
		ends: form{id: "ends", used: self || !ended},
	}
}

// Render draws the page.
func (s *account) Render() app.UI {
	p := s.p
	return el("section", at{"class", "home"},
		title(heading(p.page)),
		el("div", at{"class", "top"}, p.whoami()),
		s.profile(),
		s.devices(),
		s.change(),
	)
}

// whoami says who is signed in.
func (p *Program) whoami() app.UI {
	if p.session == nil {
		return nil
	}
	var email app.UI
	if p.session.Email != "" {
		email = para("hint", p.session.Email)
	}
	return el("div", at{"class", "card me"},
		avatar(p.session.Subject, p.session.Name),
		el("div", nil,
			el("p", at{"class", "name", "dir", "auto"}, text(called(p.session.Name))),
			el("p", at{"class", "handle"}, link("", api.UserPath(p.session.Handle), "@"+p.session.Handle)),
			email,
		),
	)
}

func (s *account) devices() app.UI {
	p := s.p
	items := make([]app.UI, 0, len(p.sessions))
	for _, one := range p.sessions {
		items = append(items, &session{s: s, p: p, Rev: p.rev, Of: one})
	}
	list := el("ul", at{"class", "sessions"}, items...)
	if len(items) == 0 {
		list = el("p", at{"class", "hint", "role", "status"}, text("The list is on its way."))
	}
	return el("section", at{"class", "card"},
		el("h2", nil, text("Where you are signed in")),
		s.ends.alert(p),
		list,
		s.ends.element(p, api.PathEndSession, s.onEndAll,
			hidden("id", ""),
			el("button", at{"type", "submit", "class", "button danger"}, text("Sign out everywhere")),
		),
		para("hint", "Signs out every device, this one too."),
	)
}

// session is one entry of the list.
type session struct {
	app.Compo
	Rev int
	Of  api.Session

	s *account
	p *Program
}

// Render draws the entry.
func (c *session) Render() app.UI {
	now := c.p.now()
	return el("li", nil,
		el("div", nil,
			para("name", c.Of.Device),
			el("p", at{"class", "hint"},
				text("Signed in "), moment(c.Of.FirstSeen, ago(now, c.Of.FirstSeen)),
				text(", last seen "), moment(c.Of.LastSeen, ago(now, c.Of.LastSeen)),
			),
		),
		c.end(),
	)
}

func (c *session) end() app.UI {
	if c.Of.Current {
		return el("span", at{"class", "badge"}, text("This device"))
	}
	return on("submit", c.onEnd, el("form", at{"method", "post", "action", api.PathEndSession},
		hidden("id", c.Of.ID),
		el("button", at{"type", "submit", "class", "button small", "aria-label", "Sign out " + c.Of.Device}, text("Sign out")),
	))
}

func (c *session) onEnd(_ app.Context, e app.Event) {
	e.PreventDefault()
	c.s.endOne(c.Of.ID)
}

// none is a request without fields.
type none struct{}

func (none) Normalize()              {}
func (none) Check() []api.FieldError { return nil }

func (s *account) endOne(id string) {
	p := s.p
	s.ends.submit(p, none{}, errand{
		send: func(ctx context.Context) error { return p.API.EndSession(ctx, id) },
		done: p.openAccount,
	})
}

func (s *account) onEndAll(_ app.Context, e app.Event) {
	e.PreventDefault()
	s.endAll()
}

func (s *account) endAll() {
	p := s.p
	if p.leaving == nil && p.unsent() {
		p.rev++
		p.leaving = s.endAll
		return
	}
	p.leaving = nil
	var done func()
	s.ends.submit(p, none{}, errand{
		send: func(ctx context.Context) error {
			if err := p.API.EndSessions(ctx); err != nil {
				return err
			}
			done = p.gone(ctx, api.PathSignIn+"?notice="+api.NoticeSignedOut)
			return nil
		},
		done: func() { done() },
	})
}

// change is the form for another password.
func (s *account) change() app.UI {
	p := s.p
	return el("section", at{"class", "card"},
		el("h2", nil, text("Change your password")),
		s.form.alert(p, "previous", "password"),
		s.form.wait(p),
		s.form.element(p, api.PathAccount, s.onChange,
			s.form.secret(p, "previous", "Password now", false),
			s.form.secret(p, "password", "New password", true),
			s.form.button("Change password", "Changing…"),
		),
		para("hint", "Every other device is signed out."),
	)
}

func (s *account) onChange(ctx app.Context, e app.Event) {
	e.PreventDefault()
	form := ctx.JSSrc()
	v := values(form)
	s.send(api.ChangePassword{Previous: v("previous"), Password: v("password")}, func() {
		form.Call("reset")
		if e, ok := element("password"); ok { // whose rules are met no more
			e.Call("dispatchEvent", app.Window().Get("Event").New("input"))
		}
	})
}

func (s *account) send(r api.ChangePassword, reset func()) {
	p := s.p
	s.form.submit(p, &r, errand{
		send: func(ctx context.Context) error { return p.API.ChangePassword(ctx, r) },
		done: func() {
			reset()
			p.page.Notice = api.NoticePasswordChanged
			p.openAccount()
		},
	})
}

// openAccount asks for the list of sessions.
func (p *Program) openAccount() {
	reader := p.reader
	p.do(func(ctx context.Context) func() {
		list, err := p.API.Sessions(ctx)
		return func() {
			if reader != p.reader {
				return
			}
			p.flash = nil
			if err == nil {
				p.sessions = list.Sessions
				p.reached()
				return
			}
			switch problem := p.told(err); {
			case problem.OfKind(api.ProblemNotSignedIn):
				p.expired()
			case !p.offline: // that is told already
				p.flash = problem
			}
		}
	})
}

// expired follows the server's word that nobody is signed in.
func (p *Program) expired() {
	p.changed(nil, true)
	p.wipe()
	p.lead()
}
