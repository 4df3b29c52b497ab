package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// thread is the page of a post: the post, its replies as one reads a
// conversation, and the form for another.
type thread struct {
	app.Compo
	Rev int
	// Of is the ID of the post. Another post is another page: nothing typed for
	// the one may stand under the other.
	Of string

	p *Program
}

// CompoID makes go-app replace the page when it is of another post.
func (s *thread) CompoID() string { return s.Of }

// Render draws the page.
func (s *thread) Render() app.UI {
	return el("section", at{"class", "home"},
		append([]app.UI{title(heading(s.p.page))}, list{s.p}.unless(s.body)...)...)
}

func (s *thread) body() []app.UI {
	p, t := s.p, s.p.page.Thread
	if p.deleting(t.Post) {
		return []app.UI{deleted()}
	}
	return []app.UI{
		p.posts(p.conversation(t)),
		el("div", at{"class", "top"}, s.form(t)),
		s.replies(t),
	}
}

// conversation is the post of the page, below the one that it answers.
func (p *Program) conversation(t *api.Thread) []entry {
	list := []api.Post{t.Post}
	if t.Parent != nil {
		list = []api.Post{*t.Parent, t.Post}
	}
	return p.entries(list)
}

// replies stand below the form: they come and go, and would move it.
func (s *thread) replies(t *api.Thread) app.UI {
	p := s.p
	if t.Post.Parent != "" {
		return nil
	}
	entries := append(p.entries(t.Replies), p.written(s.Of, t.Replies)...)
	if len(entries) == 0 && t.Next == "" {
		return para("more", "No replies yet.")
	}
	return el("div", at{"class", "feed"},
		el("h2", at{"class", "vh"}, text("Replies")),
		p.posts(entries),
		list{p}.more("More replies", "That is the whole conversation."),
	)
}

func (s *thread) form(t *api.Thread) app.UI {
	p := s.p
	switch {
	case t.Post.Parent != "":
		return el("p", nil, link("button", api.PostPath(t.Post.Parent), "The whole conversation"))
	case p.session != nil || p.draftOf(s.Of) != "":
		return &compose{p: p, Rev: p.rev, Parent: s.Of, form: form{id: "reply"}, initial: p.draftOf(s.Of)}
	case p.known:
		return el("p", nil, link("button", withNext(api.PathSignIn, p.page.Path), "Sign in to reply"))
	}
	return nil
}

// leftovers are the texts for a page that is not there any more: a plain form's,
// and what the outbox could not send.
func (p *Program) leftovers() app.UI {
	id, ok := postOf(p.page.Path)
	if !ok {
		return nil
	}
	var body []app.UI
	if words := p.page.Form["message"]; words != "" {
		body = append(body, el("div", at{"class", "card"}, el("h2", nil, text("Your reply was not sent")), message(words)))
	}
	if refused := p.written(id, nil); len(refused) > 0 {
		body = append(body, p.posts(refused))
	}
	return el("div", at{"class", "feed"}, body...)
}
