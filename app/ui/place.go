package ui

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"porchlight/shared/api"
)

// place is the state of a page that has an address of its own: a thread, a
// person, a search. What it shows is in Program.page.
type place struct {
	busy  bool
	wrong *api.Problem // why it could not be had

	moreBusy  bool
	moreWrong *api.Problem
}

// postOf returns the ID in the address of a post, and "" for other addresses.
func postOf(path string) (id string, ok bool) { return under(api.PathPost, path) }

// removalOf is postOf for the page that asks whether to delete the post.
func removalOf(path string) (id string, ok bool) {
	post, ok := strings.CutSuffix(path, api.ActDelete)
	if !ok {
		return "", false
	}
	return postOf(post)
}

// userOf is postOf for the handle of a person.
func userOf(path string) (handle string, ok bool) { return under(api.PathUser, path) }

func under(prefix, path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, prefix)
	if !ok || rest == "" || strings.Contains(rest, "/") {
		return "", false
	}
	return rest, true
}

// listed reports whether the page has posts but is not the home page.
func listed(path string) bool {
	_, post := postOf(path)
	_, removal := removalOf(path)
	_, user := userOf(path)
	return post || removal || user || path == api.PathSearch
}

// empty reports whether a listed page shows nothing yet.
func empty(p api.Page) bool { return p.Thread == nil && p.Profile == nil && p.Search == nil }

// address is where the page is, its query included.
func (p *Program) address() string {
	q := url.Values{}
	for _, name := range []string{"q", "before", "after"} {
		if v := p.page.Form[name]; v != "" {
			q.Add(name, v)
		}
	}
	if len(q) == 0 {
		return p.page.Path
	}
	return p.page.Path + "?" + q.Encode()
}

// openPlace shows what a listed page has, first what this tab knows of it.
func (p *Program) openPlace() {
	if id, ok := postOf(p.page.Path); ok && p.page.Thread == nil {
		p.page.Thread = p.glimpse(id)
	}
	p.fetchPlace()
}

// glimpse is the thread of a post of which the home page knows the beginning.
func (p *Program) glimpse(id string) (t *api.Thread) {
	if p.home.feed == nil {
		return nil
	}
	for _, post := range p.home.feed.Posts {
		if post.Original != nil {
			post = *post.Original
		}
		if post.ID == id && post.Parent == "" {
			return &api.Thread{Post: post}
		}
	}
	return nil
}

// fetchPlace asks for what the page shows.
func (p *Program) fetchPlace() {
	if p.place.busy || p.page.Problem != nil && p.page.Path != api.PathSearch {
		return
	}
	p.place.busy = true
	path, address, query, from, reader := p.page.Path, p.address(), p.page.Form["q"], p.from(), p.reader
	p.read(func(ctx context.Context) func() {
		got, err := p.have(ctx, path, query, from)
		return func() {
			if reader != p.reader || address != p.address() {
				return
			}
			p.place.busy = false
			p.placed(got, err)
		}
	})
}

// from returns the post after which the list of the page begins.
func (p *Program) from() string {
	if _, ok := postOf(p.page.Path); ok {
		return p.page.Form["after"]
	}
	return p.page.Form["before"]
}

// have asks the server for the part of a listed page that comes after the post
// from.
func (p *Program) have(ctx context.Context, path, query, from string) (got api.Page, err error) {
	if id, ok := postOf(path); ok {
		t, err := p.API.Thread(ctx, id, from)
		return api.Page{Thread: &t}, err
	}
	if id, ok := removalOf(path); ok {
		t, err := p.API.Thread(ctx, id, "")
		return api.Page{Thread: &t}, err
	}
	if handle, ok := userOf(path); ok {
		u, err := p.API.UserPosts(ctx, handle, from)
		return api.Page{Profile: &u}, err
	}
	s, err := p.API.Search(ctx, query, from)
	return api.Page{Search: &s}, err
}

// placed shows what the server answered.
func (p *Program) placed(got api.Page, err error) {
	p.place.wrong, p.page.Problem = nil, nil
	if err != nil {
		problem := p.told(err)
		switch {
		case problem.OfKind(api.ProblemNotFound):
			p.page.Thread, p.page.Profile = nil, nil
			p.page.Problem = problem
			p.entitle()
		case problem.OfKind(api.ProblemInvalidFields):
			p.page.Problem = problem
		default:
			p.place.wrong = problem
		}
		return
	}
	p.reached()
	p.page.Thread, p.page.Profile, p.page.Search = got.Thread, got.Profile, got.Search
	if u := got.Profile; u != nil && api.UserPath(u.Person.Handle) != p.page.Path {
		p.navigate(api.UserPath(u.Person.Handle), true)
		return
	}
	p.entitle()
}

// morePlace adds the next posts of a listed page below those that are shown.
func (p *Program) morePlace() {
	next := p.nextOf()
	if p.place.moreBusy || next == "" {
		return
	}
	p.place.moreBusy, p.place.moreWrong = true, nil
	p.rev++
	path, address, query, reader := p.page.Path, p.address(), p.page.Form["q"], p.reader
	p.read(func(ctx context.Context) func() {
		got, err := p.have(ctx, path, query, next)
		return func() {
			if reader != p.reader || address != p.address() || p.nextOf() != next {
				return
			}
			p.place.moreBusy = false
			if err != nil {
				p.place.moreWrong = p.told(err)
				return
			}
			p.reached()
			p.append(got)
		}
	})
}

// nextOf returns where the list of the page goes on; "" is nowhere.
func (p *Program) nextOf() string {
	switch g := p.page; {
	case g.Thread != nil:
		return g.Thread.Next
	case g.Profile != nil:
		return g.Profile.Next
	case g.Search != nil:
		return g.Search.Next
	}
	return ""
}

// append puts a further part of the list below the one that is shown.
func (p *Program) append(got api.Page) {
	switch g := p.page; {
	case got.Thread != nil && g.Thread != nil:
		g.Thread.Replies, g.Thread.Next = slices.Concat(g.Thread.Replies, got.Thread.Replies), got.Thread.Next
	case got.Profile != nil && g.Profile != nil:
		g.Profile.Posts, g.Profile.Next = slices.Concat(g.Profile.Posts, got.Profile.Posts), got.Profile.Next
	case got.Search != nil && g.Search != nil:
		g.Search.Posts, g.Search.Next = slices.Concat(g.Search.Posts, got.Search.Posts), got.Search.Next
	}
}
