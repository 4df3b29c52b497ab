package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// profile is the page of a person and what they posted.
type profile struct {
	app.Compo
	Rev int

	p *Program
}

// Render draws the page.
func (s *profile) Render() app.UI {
	return el("section", at{"class", "home"},
		append([]app.UI{title(heading(s.p.page))}, list{s.p}.unless(s.body)...)...)
}

func (s *profile) body() []app.UI {
	p, u := s.p, s.p.page.Profile
	var edit app.UI
	if p.session != nil && p.session.Subject == u.Person.Subject {
		edit = link("button small", api.PathAccount, "Edit")
	}
	entries := p.entries(u.Posts)
	head := el("div", at{"class", "top"}, el("div", at{"class", "card me"},
		avatar(u.Person.Subject, u.Person.Name),
		el("div", nil,
			para("name", "@"+u.Person.Handle),
			el("p", at{"class", "hint"}, text("Here since "), moment(u.Person.Joined, u.Person.Joined.UTC().Format("2 January 2006"))),
		),
		edit,
	))
	if len(entries) == 0 && u.Next == "" {
		return []app.UI{head, quiet("Nothing on the porch", "Whatever was here has faded.")}
	}
	return []app.UI{head, el("div", at{"class", "feed"}, p.posts(entries), list{p}.more("Load older posts", "That is all there is."))}
}
