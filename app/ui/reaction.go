package ui

import (
	"slices"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/outbox"
	"porchlight/shared/api"
)

// undoFor is how long a deletion can be taken back. It is sent a moment later,
// so that who presses at the end is still in time.
const (
	undoFor  = 6 * time.Second
	sendSlow = 2 * time.Second
)

// press does something to a post or takes it back. It shows at once; p.seen
// draws it from what waits, so that a refusal needs no undoing.
func (p *Program) press(kind outbox.Kind, post api.Post, do bool) {
	if p.session == nil {
		p.navigate(withNext(api.PathSignIn, api.PostPath(post.ID)), false)
		return
	}
	p.flash = nil
	p.add(outbox.Item{Kind: kind, Target: post.ID, On: do})
}

// remove deletes a post, after a while in which that can be undone.
func (p *Program) remove(post api.Post) {
	p.still()
	p.flash = nil
	p.add(outbox.Item{Kind: outbox.Delete, Target: post.ID, On: true, After: p.now().Add(undoFor + sendSlow)})
	p.countTo(p.now().Add(undoFor))
	p.after(func() {
		if undo, ok := element("undo"); ok {
			undo.Call("focus")
		}
	})
}

// undoable returns the last deletion that can be undone.
func (p *Program) undoable() (last outbox.Item, ok bool) {
	for _, i := range p.queue.items {
		if i.Kind == outbox.Delete && i.After.Add(-sendSlow).After(p.now()) {
			last, ok = i, true
		}
	}
	return last, ok
}

func (p *Program) pressUndo(app.Context, app.Event) {
	if i, ok := p.undoable(); ok {
		p.still()
		p.take(i.ID)
		id := mark(i.Target)
		p.after(func() { focusOn("#" + id + " summary") })
	}
}

// undo offers to take a deletion back. It stands where it can be seen and
// reached wherever the page is scrolled to, and is always there, so that a
// screen reader hears what comes into it.
func (p *Program) undo() app.UI {
	var said app.UI
	if _, ok := p.undoable(); ok {
		said = el("div", at{"class", "notice"}, para("", "Deleted."),
			on("click", p.pressUndo, el("button", at{"type", "button", "id", "undo", "class", "button small"}, text("Undo"))))
	}
	return el("div", at{"class", "toast", "role", "status"}, said)
}

// seen is the post with what waits to be sent already done.
func (p *Program) seen(post api.Post) api.Post {
	for _, i := range p.queue.items {
		if i.Target != post.ID {
			if i.Kind == outbox.Post && i.Post.Parent == post.ID && i.Problem == nil {
				post.Replies++
			}
			continue
		}
		switch i.Kind {
		case outbox.Like:
			post.Likes += step(post.Liked, i.On)
			post.Liked = i.On
		case outbox.Repost:
			post.Reposts += step(post.Reposted, i.On)
			post.Reposted = i.On
		case outbox.Hide:
			post.Hidden = i.On
		}
	}
	if post.Original != nil {
		post.Original = new(p.seen(*post.Original))
	}
	return post
}

// step is by how much a count changes.
func step(before, after bool) int {
	switch {
	case before == after:
		return 0
	case after:
		return 1
	}
	return -1
}

// deleting reports whether the post waits to be deleted, or what it shows
// again, or to be taken back as a repost.
func (p *Program) deleting(post api.Post) bool {
	mine := p.session != nil && post.Author == p.session.Subject
	return slices.ContainsFunc(p.queue.items, func(i outbox.Item) bool {
		switch i.Kind {
		case outbox.Delete:
			return i.Target == post.ID || i.Target == post.RepostOf
		case outbox.Repost:
			return !i.On && mine && i.Target == post.RepostOf
		}
		return false
	})
}

// entries are the posts as this reader sees them at this moment.
func (p *Program) entries(list []api.Post) []entry {
	entries := make([]entry, 0, len(list))
	for _, post := range alive(list, p.now()) {
		if !p.deleting(post) {
			entries = append(entries, entry{Post: p.seen(post)})
		}
	}
	return entries
}

// altered puts what the server says of a post in the place of what was known:
// its text, counters, and what this reader made of it.
func (p *Program) altered(post api.Post) {
	p.revise(post.ID, func(known *api.Post) { *known = post })
	if mine := p.session != nil && !post.Reposted; mine {
		p.eachList(func(list []api.Post) []api.Post {
			return slices.DeleteFunc(slices.Clone(list), func(other api.Post) bool {
				return other.RepostOf == post.ID && other.Author == p.session.Subject
			})
		})
	}
	p.keep()
}

// left takes a post away, and what shows it again.
func (p *Program) left(id string) {
	p.still()
	without := func(list []api.Post) []api.Post {
		return slices.DeleteFunc(slices.Clone(list), func(post api.Post) bool { return post.ID == id || post.RepostOf == id })
	}
	p.home.fresh = without(p.home.fresh)
	p.eachList(without)
	if t := p.page.Thread; t != nil && (t.Post.ID == id || t.Parent != nil && t.Parent.ID == id) {
		p.page.Thread = nil
		p.page.Problem = &api.Problem{Type: "/problems/" + api.ProblemNotFound, Title: "Gone"}
	}
	p.keep()
}

// revise changes what is known of the post with the ID, wherever it is shown.
func (p *Program) revise(id string, change func(*api.Post)) {
	p.eachList(func(list []api.Post) []api.Post { return revised(list, id, change) })
	if t := p.page.Thread; t != nil {
		t.Post = revised([]api.Post{t.Post}, id, change)[0]
		if t.Parent != nil {
			t.Parent = &revised([]api.Post{*t.Parent}, id, change)[0]
		}
	}
}

// revised returns the list with the change, also where the post is shown again.
// Lists are never changed in place: go-app compares the old with the new.
func revised(list []api.Post, id string, change func(*api.Post)) []api.Post {
	revised := make([]api.Post, len(list))
	for n, post := range list {
		if post.ID == id {
			change(&post)
		}
		if post.RepostOf == id && post.Original != nil {
			original := *post.Original
			change(&original)
			post.Original = &original
		}
		revised[n] = post
	}
	return revised
}

// eachList changes every list of posts that this tab knows.
func (p *Program) eachList(change func([]api.Post) []api.Post) {
	if f := p.home.feed; f != nil {
		p.home.feed = &api.Feed{Posts: change(f.Posts), Next: f.Next}
	}
	if t := p.page.Thread; t != nil {
		t.Replies = change(t.Replies)
	}
	if u := p.page.Profile; u != nil {
		u.Posts = change(u.Posts)
	}
	if s := p.page.Search; s != nil {
		s.Posts = change(s.Posts)
	}
}
