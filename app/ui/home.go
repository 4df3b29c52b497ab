package ui

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/device"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// home is the feed as this tab knows it. It outlives its screen, so that
// coming back to it shows it at once.
type home struct {
	before string // the page begins after this post; "" is the newest
	feed   *api.Feed
	when   time.Time // when the server said so
	busy   bool
	tries  int          // failed ones in a row
	retry  *time.Timer  // runs while a try is planned
	wrong  *api.Problem // why the last try failed

	fresh []api.Post // new ones that wait to be asked for; of some only ID and RepostOf are known
	eager bool       // the answer that is on its way is to be shown whole
	asked bool       // by a press: bring the reader to what is new

	olderBusy  bool
	olderWrong *api.Problem
}

const (
	freshFor   = 10 * time.Second // a feed this young is not asked for again
	firstRetry = 5 * time.Second
	lastRetry  = time.Minute
)

// wakeFeed goes on from what the server's page holds. The shell holds nothing:
// there, the device's copy comes first.
func (p *Program) wakeFeed() {
	p.ask(app.Window().URL())
	shown := p.home.feed != nil && p.known
	if !shown && (p.page.Path == api.PathHome || !p.known) {
		if p.home.feed == nil {
			p.remember()
		}
		p.refresh()
	}
	if listed(p.page.Path) && empty(p.page) {
		p.openPlace()
	}
	if p.known && p.session == nil {
		p.bereave()
	} else {
		p.readQueue()
	}
	if p.page.Path == api.PathAccount && len(p.sessions) == 0 {
		p.openAccount()
	}
	p.learn()
}

// ask takes from the query of the first address what the server's page does
// not repeat.
func (p *Program) ask(u *url.URL) {
	if before := u.Query().Get("before"); before != "" && p.page.Path == api.PathHome {
		p.home.before = before
	}
	if p.Page.Path == "" {
		p.query(u)
	}
}

// openFeed shows the page of the feed that begins after the post before. Who
// comes to it reads nothing yet, so that new posts may stand there at once.
func (p *Program) openFeed(before string) {
	if before != p.home.before {
		p.home = home{before: before}
	}
	if len(p.home.fresh) > 0 {
		p.home.when = time.Time{}
	}
	p.home.eager = true
	p.refresh()
	p.keep()
}

// refreshNow asks for the newest page, however young the one that is shown is.
// With asked somebody wants to see what is new.
func (p *Program) refreshNow(asked bool) {
	h := &p.home
	h.eager, h.asked, h.when = h.eager || asked, asked, time.Time{}
	p.refresh()
}

// remember shows what the device kept, until the server has answered.
func (p *Program) remember() {
	reader := p.reader
	p.do(func(ctx context.Context) func() {
		s, err := p.Device.Last(ctx)
		if err != nil {
			return nil
		}
		return func() {
			if reader == p.reader && !p.known && p.home.feed == nil && p.home.before == "" {
				p.session, p.home.feed, p.home.when = s.Session, &s.Feed, s.When
				p.readQueue()
				if id, ok := postOf(p.page.Path); ok && empty(p.page) {
					p.page.Thread = p.glimpse(id)
				}
			}
		}
	})
}

// keep leaves a copy of the newest page on the device, and a drawing of it when
// the page shows that and nothing else.
func (p *Program) keep() {
	if p.home.before != "" || p.home.feed == nil || !p.known {
		return
	}
	s := device.Snapshot{Session: p.session, Feed: *p.home.feed, When: p.home.when}
	if len(s.Feed.Posts) > api.MaxLimit {
		s.Feed.Posts = s.Feed.Posts[:api.MaxLimit]
		s.Feed.Next = s.Feed.Posts[api.MaxLimit-1].ID
	}
	reader := p.reader
	p.after(func() {
		if reader != p.reader || p.home.feed == nil {
			return
		}
		drawing := ""
		if p.plain() && len(p.home.feed.Posts) == len(s.Feed.Posts) {
			drawing = p.draw()
		}
		p.do(func(ctx context.Context) func() {
			_ = p.Device.Keep(ctx, s, drawing) // a device that keeps nothing is no worse than none
			return nil
		})
	})
}

// plain reports whether the page is a member's newest feed as the server has
// it: nothing waits, and nothing is being written. What guests are shown hangs
// on whether the server was asked, so theirs is not drawn.
func (p *Program) plain() bool {
	return p.session != nil && p.page.Path == api.PathHome && p.draft == "" && p.queue.read && len(p.queue.items) == 0
}

// refresh asks for the feed, and who reads it, unless that was just done.
func (p *Program) refresh() {
	h := &p.home
	if p.page.Path != api.PathHome || h.busy || h.wrong == nil && p.known && p.now().Sub(h.when) < freshFor {
		return
	}
	h.busy = true
	before, reader := h.before, p.reader
	p.read(func(ctx context.Context) func() {
		var a answer
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			a.who, a.whoErr = p.API.Session(ctx)
		}()
		a.feed, a.err = p.API.Feed(ctx, before, 0)
		<-asked
		return func() {
			if reader == p.reader && before == p.home.before {
				p.refreshed(a)
			}
		}
	})
}

// answer is what the server says of the feed and its reader.
type answer struct {
	who    claims.Display
	whoErr error
	feed   api.Feed
	err    error
}

func (p *Program) refreshed(a answer) {
	p.home.busy = false
	p.met(a.who, a.whoErr)
	h := &p.home
	if a.err != nil {
		h.wrong = p.told(a.err)
		p.retryLater()
		return
	}
	p.reached()
	p.still()
	// A copy of an earlier time makes room at once; what is being read does not.
	if h.feed == nil || h.eager || h.wrong != nil {
		h.feed, h.fresh = merge(h.feed, a.feed), later(h.fresh, a.feed.Posts)
	} else {
		h.catchUp(a.feed)
	}
	if h.asked {
		p.goToNews()
	}
	h.when, h.wrong, h.tries, h.eager, h.asked = p.now(), nil, 0, false, false
	p.keep()
}

// retryLater plans another try, each time after twice as long.
func (p *Program) retryLater() {
	h := &p.home
	if h.retry != nil {
		h.retry.Stop()
	}
	wait := min(firstRetry<<min(h.tries, 8), lastRetry)
	h.tries++
	h.retry = time.AfterFunc(wait, func() {
		p.dispatch(func() {
			p.rev++
			p.refresh()
		})
	})
}

// merge puts a fresh newest page before the older posts that are shown
// already. Where the two do not meet, the fresh one stands alone.
func merge(old *api.Feed, fresh api.Feed) *api.Feed {
	if old == nil || fresh.Next == "" || len(fresh.Posts) == 0 {
		return &fresh
	}
	last := fresh.Posts[len(fresh.Posts)-1].ID
	i := slices.IndexFunc(old.Posts, func(post api.Post) bool { return post.ID == last })
	if i < 0 || i == len(old.Posts)-1 {
		return &fresh
	}
	return &api.Feed{Posts: slices.Concat(fresh.Posts, old.Posts[i+1:]), Next: old.Next}
}

// older adds the next page below the ones that are shown.
func (p *Program) older() {
	h := &p.home
	if h.olderBusy || h.feed == nil || h.feed.Next == "" {
		return
	}
	h.olderBusy, h.olderWrong = true, nil
	p.rev++
	next, reader := h.feed.Next, p.reader
	p.read(func(ctx context.Context) func() {
		page, err := p.API.Feed(ctx, next, 0)
		return func() {
			h := &p.home
			if reader != p.reader || h.feed == nil || h.feed.Next != next {
				return
			}
			h.olderBusy = false
			if err != nil {
				h.olderWrong = p.told(err)
				return
			}
			p.reached()
			h.feed = &api.Feed{Posts: slices.Concat(h.feed.Posts, page.Posts), Next: page.Next}
		}
	})
}

// alive returns the posts whose time is not over.
func alive(posts []api.Post, now time.Time) []api.Post {
	over := func(post api.Post) bool { return post.Expires != nil && !post.Expires.After(now) }
	if !slices.ContainsFunc(posts, over) {
		return posts
	}
	return slices.DeleteFunc(slices.Clone(posts), over)
}
