package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/device"
	"porchlight/shared/api"
)

// header is the brand, and the way in or out.
func (p *Program) header() app.UI {
	return el("header", at{"class", "bar"},
		el("a", at{"class", "brand", "href", api.PathHome}, lamp(), el("span", nil, text(name))),
		el("nav", at{"aria-label", "Main"}, p.ways()...),
	)
}

func (p *Program) ways() []app.UI {
	find := el("a", at{"class", "way", "href", api.PathSearch, "aria-label", "Search"}, glass())
	switch {
	case p.session != nil:
		return []app.UI{
			find,
			el("a", at{"class", "way who", "href", api.PathAccount},
				avatar(p.session.Subject, p.session.Name),
				el("span", at{"class", "hide-small", "dir", "auto"}, text(called(p.session.Name))),
				el("span", at{"class", "vh"}, text(", your account")),
			),
			on("submit", p.pressSignOut, el("form", at{"method", "post", "action", api.PathSignOut},
				el("button", at{"type", "submit", "class", "way quiet"}, text("Sign out")),
			)),
		}
	case p.known:
		return []app.UI{
			find,
			link("way", api.PathSignIn, "Sign in"),
			link("way join", api.PathSignUp, "Join"),
		}
	}
	return []app.UI{find}
}

func (p *Program) footer() app.UI {
	if p.page.Local {
		return el("footer", at{"class", "foot"},
			para("", "Local mode: nothing leaves this machine."),
			el("p", nil, inbox("Development inbox")),
		)
	}
	return el("footer", at{"class", "foot"}, para("", "Porchlight. Posts fade when their time is over."))
}

// inbox links to the development inbox, in a tab of its own so that the page
// that asks for the code stays.
func inbox(label string) app.UI {
	return el("a", at{"href", api.PathInbox, "target", "_blank", "rel", "noopener"}, text(label))
}

func (p *Program) pressSignOut(_ app.Context, e app.Event) {
	e.PreventDefault()
	p.signOut(false)
}

// signOut ends the session. What was written and not sent would be lost with
// it, so unless it is sure, that is asked first.
func (p *Program) signOut(sure bool) {
	p.rev++
	if !sure && p.unsent() {
		p.leaving = func() { p.signOut(true) }
		return
	}
	p.leaving, p.flash = nil, nil
	p.do(func(ctx context.Context) func() {
		done, err := p.API.SignOut(ctx)
		if err != nil {
			return func() { p.flash = p.stillIn(err) }
		}
		return p.gone(ctx, done.Next)
	})
}

// stillIn says why signing out did not work, and that nothing has changed.
func (p *Program) stillIn(err error) *api.Problem {
	problem := *p.told(err)
	problem.Detail = "You are still signed in. " + problem.Detail
	if p.offline {
		problem.Detail = "You are still signed in: signing out needs the network. Try again when it is back."
	}
	return &problem
}

// gone wipes the device after the session has ended, tells the other tabs, and
// returns what remains to be done on the page. It runs away from the goroutine
// that draws.
func (p *Program) gone(ctx context.Context, next string) func() {
	_ = p.Device.Wipe(ctx) // what cannot be wiped could not be kept either
	if who := p.session; who != nil {
		_ = p.Outbox.Clear(ctx, who.Subject) // as above
	}
	p.Device.Tell(device.SignedOut)
	return func() {
		p.forget()
		p.navigate(next, false)
	}
}

// unsent reports whether something was written that the server does not have.
func (p *Program) unsent() bool {
	return p.draft != "" || len(p.replies) > 0 || p.queue.waiting() > 0
}
