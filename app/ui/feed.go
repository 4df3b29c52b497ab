package ui

import (
	"net/url"
	"slices"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// feed is the page behind api.PathHome.
type feed struct {
	app.Compo
	Rev int

	p *Program
}

// Render draws the page.
func (s *feed) Render() app.UI {
	return el("section", at{"class", "home"},
		title(heading(s.p.page)),
		el("div", at{"class", "top"}, s.top()),
		s.list(),
	)
}

// top is what stands above the posts: who may write gets the form, a guest an
// invitation.
func (s *feed) top() app.UI {
	p := s.p
	switch {
	case p.home.before != "":
		return el("p", nil, link("button", api.PathHome, "Newest posts"))
	case p.session != nil || p.draft != "": // who was signed out while writing keeps the text
		return &compose{p: p, Rev: p.rev, form: form{id: "compose"}, initial: p.draft}
	case p.known && p.home.feed != nil:
		return invitation()
	}
	return nil
}

func invitation() app.UI {
	return el("div", at{"class", "card invite"},
		lamp(),
		el("div", nil,
			el("h2", nil, text("The light is on")),
			para("", "You see what everyone may read. Members see more, and write."),
			el("p", at{"class", "actions"},
				link("button primary", api.PathSignUp, "Join the porch"),
				link("button", api.PathSignIn, "Sign in"),
			),
		),
	)
}

func (s *feed) list() app.UI {
	p := s.p
	h := &p.home
	if h.feed == nil {
		if h.wrong == nil {
			return waiting("The feed is on its way.")
		}
		return s.unreachable()
	}
	var list []entry
	if h.before == "" {
		list = p.written("", h.feed.Posts)
		slices.Reverse(list)
	}
	list = append(list, p.entries(h.feed.Posts)...)
	if len(list) == 0 && len(h.fresh) == 0 {
		return s.nothing()
	}
	return el("div", at{"class", "feed"},
		s.stale(),
		s.news(),
		p.posts(list),
		s.more(),
	)
}

// stale says that the posts are not of now, when the line is up but the server
// could not answer.
func (s *feed) stale() app.UI {
	h := &s.p.home
	var said app.UI
	if h.wrong != nil && !s.p.offline {
		said = notice("off", "This is the feed as of "+ago(s.p.now(), h.when)+". "+h.wrong.Error(), action("Try again", s.onRetry))
	}
	return el("div", at{"role", "status"}, said)
}

func (s *feed) unreachable() app.UI {
	words := s.p.home.wrong.Error()
	if s.p.offline {
		words = "You are offline, and there is no copy of the feed on this device yet. It opens by itself when the network is back."
	}
	return unreachable("The feed", words, api.PathHome, s.onRetry, s.p.home.wrong)
}

func (s *feed) nothing() app.UI {
	words := "Nobody has written anything yet, or it has faded. Come back later."
	if s.p.session != nil {
		words = "It is quiet here. Be the first to say something."
	}
	return el("div", at{"class", "card empty"}, lamp(), el("h2", nil, text("All quiet on the porch")), para("", words))
}

// more leads to older posts: a page of its own, or with the program more of
// this one.
func (s *feed) more() app.UI {
	h := &s.p.home
	if h.feed.Next == "" {
		return para("more", "That is all there is.")
	}
	label := "Load older posts"
	if h.olderBusy {
		label = "Loading…"
	}
	var wrong app.UI
	if h.olderWrong != nil {
		wrong = el("span", at{"class", "error", "role", "alert"}, text(h.olderWrong.Error()))
	}
	older := link("button", api.PathHome+"?before="+url.QueryEscape(h.feed.Next), label)
	return el("p", at{"class", "more"}, on("click", s.onMore, older), wrong)
}

func (s *feed) onMore(_ app.Context, e app.Event) {
	e.PreventDefault()
	e.Call("stopPropagation")
	s.p.older()
}

func (s *feed) onRetry(_ app.Context, e app.Event) {
	e.PreventDefault()
	e.Call("stopPropagation")
	s.p.rev++
	s.p.refresh()
}
