package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// removal is the page that asks whether to delete a post. The program asks
// nobody: what it deletes can be taken back. But who pressed before it had come
// is led here, and answers it here.
type removal struct {
	app.Compo
	Rev int
	// Of is the ID of the post.
	Of string

	p *Program
}

// CompoID makes go-app replace the page when it is of another post.
func (s *removal) CompoID() string { return s.Of }

// Render draws the page.
func (s *removal) Render() app.UI {
	return el("section", at{"class", "home"},
		append([]app.UI{title(heading(s.p.page))}, list{s.p}.unless(s.body)...)...)
}

func (s *removal) body() []app.UI {
	p, post := s.p, s.p.page.Thread.Post
	switch {
	case p.deleting(post):
		return []app.UI{deleted()}
	case p.session == nil && !p.known:
		return []app.UI{waiting("It is on its way.")}
	case p.session == nil || p.session.Subject != post.Author:
		return []app.UI{quiet("It is not yours", "Only who wrote a post can delete it.")}
	}
	return []app.UI{p.posts([]entry{{Post: post, Asked: true}}), s.question(post)}
}

// deleted stands where a post did that can still be had back.
func deleted() app.UI {
	return quiet("Deleted", "You can take that back for a moment. Then it is gone.")
}

// question stands below the post, and its first stop is the answer that was
// asked for.
func (s *removal) question(post api.Post) app.UI {
	next := api.SafeNext(s.p.page.Form["next"])
	words := "It will be gone for good."
	if post.Replies > 0 {
		words = "It will be gone for good, and its replies with it."
	}
	return el("div", at{"class", "card"},
		para("", words),
		on("submit", s.onDelete, el("form", at{"method", "post", "action", api.PostPath(s.Of) + api.ActDelete},
			hidden("sure", "true"), hidden("next", next),
			el("p", at{"class", "actions"},
				el("button", at{"type", "submit", "class", "button danger"}, text("Delete")),
				link("button", next, "Keep"),
			),
		)),
	)
}

func (s *removal) onDelete(_ app.Context, e app.Event) {
	e.PreventDefault()
	s.remove()
}

// remove deletes the post as the program does, and goes on to where one was.
func (s *removal) remove() {
	p := s.p
	if p.page.Thread == nil {
		return // it went after the form was drawn
	}
	next := api.Leave(p.page.Form["next"], s.Of)
	p.remove(p.page.Thread.Post)
	p.navigate(next, true)
}
