package ui

import (
	"slices"
	"strings"

	"porchlight/app/outbox"
	"porchlight/shared/api"
)

// written returns the posts that wait: replies to the one with the ID parent,
// or with "" those that are no replies, the one written first first. What the
// server has delivered to the page meanwhile is not among them.
func (p *Program) written(parent string, there []api.Post) (list []entry) {
	for _, i := range p.queue.items {
		if i.Kind != outbox.Post || i.Post.Parent != parent || p.session == nil ||
			slices.ContainsFunc(there, func(post api.Post) bool { return post.ID == i.ID }) {
			continue
		}
		list = append(list, entry{Post: p.preview(i), Waiting: p.waitingFor(i), Problem: i.Problem})
	}
	return list
}

// waitingFor says what a post waits for. Until the device has it nothing is said
// that would let anyone close the tab.
func (p *Program) waitingFor(i outbox.Item) string {
	kept := p.Outbox.Kept(i.ID)
	switch {
	case !kept && p.Outbox.Fails():
		return "in this tab only: keep it open until this is sent"
	case !kept:
		return "on its way…"
	case p.offline:
		return "waiting for the network"
	case p.queue.wrong:
		return "waiting to be sent"
	}
	return "on its way…"
}

// preview is the post as it will be.
func (p *Program) preview(i outbox.Item) api.Post {
	post := api.Post{
		ID: i.ID, Author: p.session.Subject, Handle: p.session.Handle, Name: p.session.Name,
		Message: i.Post.Message, Audience: i.Post.Audience, Created: i.Made, Parent: i.Post.Parent,
	}
	if lifetime, _ := api.ParseExpiry(i.Post.ExpiresIn); lifetime > 0 {
		post.Expires = new(p.now().Add(lifetime))
	}
	return post
}

// edit takes a refused text back into the form. A form that is not there has it
// when it comes.
func (p *Program) edit(id string) {
	for _, i := range p.queue.items {
		if i.ID == id {
			p.take(id)
			p.putDraft(i.Post.Parent, rejoin(i.Post.Message, p.draftOf(i.Post.Parent)))
			return
		}
	}
}

// discard forgets a refused text.
func (p *Program) discard(id string) { p.take(id) }

// rejoin puts a text that came back before what was written since.
func rejoin(back, since string) string {
	if strings.TrimSpace(since) == "" {
		return back
	}
	return back + "\n\n" + since
}

// waiting counts the posts and replies that the server does not have.
func (q *queue) waiting() (n int) {
	for _, i := range q.items {
		if i.Kind == outbox.Post {
			n++
		}
	}
	return n
}

// elsewhere returns the page of a refused text that is not on this page, or "".
func (p *Program) elsewhere() string {
	for _, i := range p.queue.items {
		path := api.PathHome
		if i.Post.Parent != "" {
			path = api.PostPath(i.Post.Parent)
		}
		if i.Problem != nil && path != p.page.Path {
			return path
		}
	}
	return ""
}
