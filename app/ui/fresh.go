package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// What comes by itself must not move what is being read. New posts wait behind
// a button that says how many they are; what leaves takes its room with it, and
// the page is scrolled by as much.

// arrived is told of a post that somebody has written just now, or shown again.
func (p *Program) arrived(e api.Event) {
	h := &p.home
	switch {
	case e.Parent != "":
		p.answered(e)
	case h.before != "" || h.feed == nil || holds(h.feed.Posts, e.ID) || holds(h.fresh, e.ID):
	case p.session != nil && e.Author == p.session.Subject: // no news to its author
		if !queued(p.queue.items, e.ID) { // it is from another tab or device
			h.eager = true
			p.refreshNow(false)
		}
	default:
		h.fresh = append(slices.Clip(h.fresh), api.Post{ID: e.ID, RepostOf: e.RepostOf})
	}
}

// answered fetches a new reply to the post of the page. Replies are added at
// the end, so none that is being read is moved.
func (p *Program) answered(e api.Event) {
	t := p.page.Thread
	if t == nil || t.Post.ID != e.Parent || t.Next != "" || holds(t.Replies, e.ID) {
		return
	}
	after := ""
	if n := len(t.Replies); n > 0 {
		after = t.Replies[n-1].ID
	}
	reader := p.reader
	p.read(func(ctx context.Context) func() {
		got, err := p.API.Thread(ctx, e.Parent, after)
		return func() {
			if t := p.page.Thread; err == nil && reader == p.reader && t != nil && t.Post.ID == e.Parent {
				for _, reply := range got.Replies {
					addReply(t, reply)
				}
			}
		}
	})
}

// posted puts a post of this reader that the server has stored in its place.
func (p *Program) posted(post api.Post) {
	h := &p.home
	switch {
	case post.Parent != "":
		if p.stream.end == nil { // which tells the number
			p.revise(post.Parent, func(parent *api.Post) { parent.Replies++ })
		}
		if t := p.page.Thread; t != nil && t.Post.ID == post.Parent {
			addReply(t, post)
		}
	case h.feed != nil && h.before == "" && !holds(h.feed.Posts, post.ID):
		h.feed = &api.Feed{Posts: insert(h.feed.Posts, post), Next: h.feed.Next}
	}
	p.keep()
}

// addReply puts a reply at the end of those that are shown, if that is where
// the conversation ends.
func addReply(t *api.Thread, post api.Post) {
	if t.Next == "" && !holds(t.Replies, post.ID) {
		t.Replies = append(slices.Clip(t.Replies), post)
	}
}

// insert puts a post in its place: IDs begin with the time, the newest is first.
func insert(list []api.Post, post api.Post) []api.Post {
	at, _ := slices.BinarySearchFunc(list, post, func(x, y api.Post) int { return strings.Compare(y.ID, x.ID) })
	return slices.Insert(slices.Clone(list), at, post)
}

func holds(list []api.Post, id string) bool {
	return slices.ContainsFunc(list, func(post api.Post) bool { return post.ID == id })
}

// catchUp takes the newest page as the server has it now. What is shown is
// brought up to date; what is new waits to be asked for.
func (h *home) catchUp(page api.Feed) {
	shown := h.feed.Posts
	all := merge(h.feed, page)
	n := 0
	if len(shown) > 0 {
		n = slices.IndexFunc(all.Posts, func(post api.Post) bool { return post.ID <= shown[0].ID })
	}
	if n < 0 { // everything is new: what is shown stays until it is asked for
		h.fresh = slices.Concat(all.Posts, later(h.fresh, all.Posts))
		return
	}
	h.fresh = slices.Concat(all.Posts[:n], later(h.fresh, all.Posts))
	h.feed = &api.Feed{Posts: slices.Clone(all.Posts[n:]), Next: all.Next}
}

// later returns those of the new posts that came after a page was asked for: they
// are newer than all of it.
func later(fresh []api.Post, page []api.Post) []api.Post {
	return slices.DeleteFunc(slices.Clone(fresh), func(post api.Post) bool { return len(page) > 0 && post.ID <= page[0].ID })
}

// news is the button that shows new posts. Its place is always there, so that a
// screen reader hears of them.
func (s *feed) news() app.UI {
	h := &s.p.home
	var button app.UI
	if n := len(h.fresh); n > 0 {
		label := strconv.Itoa(n) + " new posts"
		if n == 1 {
			label = "1 new post"
		}
		button = on("click", s.onNews, el("button", at{"type", "button", "class", "button primary", "aria-busy", flag(h.busy && h.eager)}, text(label)))
	}
	return el("div", at{"class", "news", "role", "status"}, button)
}

func (s *feed) onNews(app.Context, app.Event) {
	s.p.rev++
	s.p.refreshNow(true)
}

// goToNews brings the reader to the top of the list, where the new posts are.
func (p *Program) goToNews() {
	p.after(func() {
		app.Window().Call("scrollTo", 0, 0)
		focusOn(".posts h2 a")
	})
}

// still keeps what is being read where it is while the next drawing adds or
// takes something above it. Who is at the top reads nothing yet.
func (p *Program) still() {
	if !p.live || !(app.Window().Get("scrollY").Float() > 0) {
		return
	}
	id, top := reading()
	if id == "" {
		return
	}
	p.after(func() {
		if e, ok := element(id); ok {
			app.Window().Call("scrollBy", 0, e.Call("getBoundingClientRect").Get("top").Float()-top)
		}
	})
}

// reading returns the first post in the window that begins in it, or else the
// one that fills it.
func reading() (id string, top float64) {
	articles := document().Call("querySelectorAll", "article[id]")
	height := app.Window().Get("innerHeight").Float()
	for i := range articles.Length() {
		e := articles.Index(i)
		box := e.Call("getBoundingClientRect")
		at, end := box.Get("top").Float(), box.Get("bottom").Float()
		if at >= height {
			break
		}
		if end > 0 {
			id, top = e.Get("id").String(), at
		}
		if at >= 0 {
			break
		}
	}
	return id, top
}

// focusOn brings the focus to the first element that the selector finds.
func focusOn(selector string) {
	if e := document().Call("querySelector", selector); e.Truthy() {
		e.Call("focus", map[string]any{"preventScroll": true})
	}
}
