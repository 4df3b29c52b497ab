package ui

import (
	"net/url"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// search is the page behind api.PathSearch.
type search struct {
	app.Compo
	Rev int

	p *Program
}

// Render draws the page.
func (s *search) Render() app.UI {
	return el("section", at{"class", "home"},
		title(heading(s.p.page)),
		el("div", at{"class", "top"}, s.form()),
		el("div", at{"class", "feed"}, s.found()...),
	)
}

func (s *search) form() app.UI {
	p := s.p
	f := field{Name: "q", Label: "Words or a handle", Type: "search", Complete: "off", Value: p.field("q"), Error: p.page.Problem.Field("q")}
	return on("submit", s.onSubmit, el("form", at{"class", "card find", "role", "search", "action", api.PathSearch},
		f.render(),
		el("button", at{"type", "submit", "class", "button primary"}, text("Search")),
	))
}

func (s *search) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	s.p.searchFor(values(ctx.JSSrc())("q"))
}

// searchFor goes to the page of the query, which may be this one.
func (p *Program) searchFor(q string) {
	trimmed, wrong := api.CheckQuery(q)
	if wrong != "" {
		p.rev++
		p.page.Problem = &api.Problem{Type: "/problems/" + api.ProblemInvalidFields, Title: "Please check", Errors: []api.FieldError{{Pointer: "#/q", Detail: wrong}}}
		return
	}
	p.navigate(api.PathSearch+"?"+url.Values{"q": {trimmed}}.Encode(), false)
}

func (s *search) found() []app.UI {
	p := s.p
	if p.page.Form["q"] == "" || p.page.Problem != nil {
		return []app.UI{para("more", "Every word has to be in the message or in the handle of who wrote it.")}
	}
	return list{p}.unless(s.results)
}

func (s *search) results() []app.UI {
	p, found := s.p, s.p.page.Search
	var people []app.UI
	for _, who := range found.People {
		people = append(people, el("li", nil, person(who)))
	}
	entries := p.entries(found.Posts)
	if len(entries)+len(people) == 0 {
		return []app.UI{quiet("Nothing found", "Try fewer words, or other ones. What has faded is not found.")}
	}
	var who app.UI
	if len(people) > 0 {
		who = el("ul", at{"class", "card people", "aria-label", "People"}, people...)
	}
	return []app.UI{who, p.posts(entries), list{p}.more("Load older posts", "That is all there is.")}
}
