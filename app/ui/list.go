package ui

import (
	"net/url"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// list is a page of posts other than the home page: what its screens share.
type list struct{ p *Program }

// unless draws the body when there is something to show, and else what stands
// in its place.
func (l list) unless(body func() []app.UI) []app.UI {
	p := l.p
	switch {
	case !empty(p.page):
		return body()
	case p.place.wrong != nil:
		return []app.UI{l.unreachable()}
	}
	return []app.UI{waiting("It is on its way.")}
}

func (l list) unreachable() app.UI {
	words := l.p.place.wrong.Error()
	if l.p.offline {
		words = "You are offline, and there is no copy of this page on this device."
	}
	return unreachable("This page", words, l.p.address(), l.onRetry, l.p.place.wrong)
}

// unreachable stands where what could not be got would be. The link is the page
// itself, for whoever has no program.
func unreachable(what, words, href string, retry app.EventHandler, wrong *api.Problem) app.UI {
	return el("div", at{"class", "card empty", "role", "alert"},
		el("h2", nil, text(what+" can't be reached")),
		para("", words),
		el("p", nil, on("click", retry, link("button", href, "Try again"))),
		reference(wrong),
	)
}

func (l list) onRetry(_ app.Context, e app.Event) {
	e.PreventDefault()
	e.Call("stopPropagation")
	l.p.rev++
	l.p.fetchPlace()
}

// more leads to the rest of the list: a page of its own, or with the program
// more of this one. At the end it says end.
func (l list) more(label, end string) app.UI {
	p := l.p
	next := p.nextOf()
	if next == "" {
		return para("more", end)
	}
	if p.place.moreBusy {
		label = "Loading…"
	}
	var wrong app.UI
	if p.place.moreWrong != nil {
		wrong = el("span", at{"class", "error", "role", "alert"}, text(p.place.moreWrong.Error()))
	}
	return el("p", at{"class", "more"}, on("click", l.onMore, link("button", l.rest(next), label)), wrong)
}

// rest is the address of what comes after the post with the ID.
func (l list) rest(next string) string {
	from := "before"
	if _, ok := postOf(l.p.page.Path); ok {
		from = "after"
	}
	q := url.Values{from: {next}}
	if words := l.p.page.Form["q"]; words != "" {
		q.Set("q", words)
	}
	return l.p.page.Path + "?" + q.Encode()
}

func (l list) onMore(_ app.Context, e app.Event) {
	e.PreventDefault()
	e.Call("stopPropagation")
	l.p.morePlace()
}

// quiet says that there is nothing in a list.
func quiet(title, words string) app.UI {
	return el("div", at{"class", "card empty"}, lamp(), el("h2", nil, text(title)), para("", words))
}

// entitle gives the document the title of what the page shows by now.
func (p *Program) entitle() {
	title := Title(p.page)
	p.after(func() { document().Set("title", title) })
}

// person is a line that leads to somebody's page.
func person(who api.Person) app.UI {
	return el("a", at{"class", "person", "href", api.UserPath(who.Handle)},
		avatar(who.Subject, who.Name),
		el("span", nil, el("span", at{"class", "name", "dir", "auto"}, text(called(who.Name))), el("span", at{"class", "handle"}, text(" @"+who.Handle))),
	)
}
