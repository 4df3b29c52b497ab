package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/outbox"
	"porchlight/shared/api"
)

// notices is the place for what concerns the whole page. It is always there,
// so that a screen reader hears what comes into it.
func (p *Program) notices() app.UI {
	var said []app.UI
	if p.outdated {
		said = append(said, notice("new", "This page is older than the server.", action("Reload", p.pressReload)))
	}
	if p.leaving != nil {
		said = append(said, notice("ask", "You have a post that was not sent.",
			action("Sign out and discard it", p.pressLeave), action("Stay", p.pressStay)))
	}
	if p.flash != nil {
		said = append(said, notice("bad", p.flash.Error()))
	}
	if p.offline {
		said = append(said, notice("off", p.offlineWords()))
	}
	if path := p.elsewhere(); path != "" {
		said = append(said, el("div", at{"class", "notice bad"}, para("", "Something that you wrote was refused."), el("p", nil, link("", path, "Look at it"))))
	}
	if n := p.queue.held; n > 0 {
		said = append(said, notice("ask", "You are signed out. "+count(n, "post")+" of yours will be sent when you sign in again.",
			action("Discard", p.pressDiscard)))
	} else if words := noticeWords(p.page.Notice); words != "" {
		said = append(said, notice("good", words))
	}
	return el("div", at{"class", "notices", "role", "status"}, said...)
}

func notice(kind, words string, actions ...app.UI) app.UI {
	body := []app.UI{para("", words)}
	if len(actions) > 0 {
		body = append(body, el("p", at{"class", "actions"}, actions...))
	}
	return el("div", at{"class", "notice " + kind}, body...)
}

// action is a button of a notice. Notices exist in the browser only, where a
// press can be heard.
func action(label string, press app.EventHandler) app.UI {
	return on("click", press, el("button", at{"type", "button", "class", "button small"}, text(label)), app.EventScope(label))
}

func (p *Program) pressReload(app.Context, app.Event) { p.reload() }
func (p *Program) pressLeave(app.Context, app.Event)  { p.leaving() }
func (p *Program) pressStay(app.Context, app.Event)   { p.leaving = nil }

// pressDiscard forgets what the person has not sent whose session has ended.
func (p *Program) pressDiscard(app.Context, app.Event) {
	sub := p.queue.heldOf
	p.queue.held, p.queue.heldOf = 0, ""
	p.do(func(ctx context.Context) func() {
		_ = p.Outbox.Clear(ctx, sub) // what cannot be cleared could not be kept either
		p.Device.Tell(outbox.Changed)
		return nil
	})
}

func (p *Program) offlineWords() string {
	if p.page.Path == api.PathHome && p.home.feed != nil {
		return "Offline. Showing the feed as of " + ago(p.now(), p.home.when) + "." + p.waitingWords()
	}
	if words := p.waitingWords(); words != "" {
		return "Offline." + words
	}
	return "Offline. What you type stays here until the network is back."
}

func (p *Program) waitingWords() string {
	if n := p.queue.waiting(); n > 0 {
		return " " + count(n, "post") + " will be sent when the network is back."
	}
	return ""
}

func noticeWords(notice string) string {
	switch notice {
	case api.NoticeConfirmed:
		return "Your address is confirmed. Sign in to come home."
	case api.NoticeCodeSent:
		return "A code is in the mail."
	case api.NoticeSignedOut:
		return "You are signed out. Nothing of yours is left on this device."
	case api.NoticeSignedOutKept:
		return "You are signed out. What was written here and not sent is still on this device."
	case api.NoticeProfileSaved:
		return "Your profile is saved."
	case api.NoticeDeleted:
		return "It is deleted."
	case api.NoticePasswordChanged:
		return "Your password is changed. Every other device has been signed out."
	}
	return ""
}

// failure is the whole page when there is nothing else to show.
func (p *Program) failure() app.UI {
	words := "There is nothing at this address. It may have faded, as things do here."
	if problem := p.page.Problem; problem != nil && !missing(p.page) {
		words = problem.Error()
	}
	return el("section", at{"class", "card empty"},
		lamp(),
		title(heading(p.page)),
		para("", words),
		reference(p.page.Problem),
		el("p", nil, link("button primary", api.PathHome, "Back to the porch")),
		p.leftovers(),
	)
}

// reference names the request, for who reads the server's log.
func reference(problem *api.Problem) app.UI {
	if problem == nil || problem.Instance == "" || problem.Status < 500 {
		return nil
	}
	return para("hint", "Reference: "+problem.Instance)
}

// title is the page's heading, which takes the focus when the page opens.
func title(words string) app.UI {
	return el("h1", at{"id", "title", "tabindex", "-1", "dir", "auto"}, text(words))
}

// door is a page that is a form.
func (p *Program) door(body ...app.UI) app.UI {
	return el("section", at{"class", "card door"}, append([]app.UI{lamp(), title(heading(p.page))}, body...)...)
}

// aside leads from a form to where one would rather be.
func aside(words, path, label string) app.UI {
	var before app.UI
	if words != "" {
		before = text(words)
	}
	return el("p", at{"class", "aside"}, before, link("", path, label))
}

// waiting holds the place of posts that are on their way.
func waiting(words string) app.UI {
	ghost := func() app.UI {
		span := func(class string) app.UI { return el("span", at{"class", class}) }
		return el("div", at{"class", "card ghost", "aria-hidden", "true"}, span("disc"), span("line"), span("line long"), span("line"))
	}
	return el("div", at{"class", "feed"},
		el("p", at{"class", "vh", "role", "status"}, text(words)),
		ghost(), ghost(), ghost(),
	)
}
