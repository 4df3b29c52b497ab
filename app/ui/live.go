package ui

import (
	"context"

	"porchlight/app/client"
	"porchlight/app/live"
	"porchlight/shared/api"
)

// stream is the line on which the server tells of changes. It is there from the
// first page with posts on, once it is known who reads, while the tab can be seen:
// a browser has few connections for one site, and tabs that nobody looks at shall
// not hold them.
//
// It begins where it stood when the server made the page, so that nothing is
// missed while the program was loading.
type stream struct {
	end   context.CancelFunc // nil: not open
	of    int                // the reader that it was opened for
	since string             // where it goes on

	reads int         // questions for posts that are on their way
	heard []api.Event // what was told since the first of them
}

// watchLive opens or ends the stream, as is right now. Another reader hears
// other things, so it is another stream.
func (p *Program) watchLive() {
	s := &p.stream
	posts := p.page.Path == api.PathHome || listed(p.page.Path)
	wanted := p.live && p.Live != nil && p.known && !p.outdated && (posts || s.end != nil) &&
		document().Get("visibilityState").String() != "hidden"
	if s.end != nil && (!wanted || s.of != p.reader) {
		s.end()
		s.end = nil
	}
	if !wanted || s.end != nil {
		return
	}
	if s.of != p.reader {
		s.of, s.since = p.reader, ""
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.end = cancel
	since, reader := s.since, p.Live
	if p.session != nil {
		reader = reader.As(p.session.Subject)
	}
	p.async(func() {
		err := reader.Open(ctx, since, func(e live.Event) {
			p.dispatch(func() {
				if ctx.Err() == nil {
					p.rev++
					p.hear(e)
				}
			})
		})
		if err == client.ErrOutdated {
			p.dispatch(func() { p.rev++; p.outdated = true })
		}
	})
}

// hear takes an event of the stream.
func (p *Program) hear(e live.Event) {
	s := &p.stream
	s.since = e.Position
	if e.Kind == live.Other {
		p.meet()
		return
	}
	if s.reads > 0 {
		s.heard = append(s.heard, e.Event)
	}
	p.follow(e.Event)
}

// read is do for work that asks the server for posts. What the stream tells
// meanwhile may be newer than the answer, so it is followed once more after it.
// Should it be older, what is true now is on its way.
func (p *Program) read(work func(ctx context.Context) (then func())) {
	s := &p.stream
	s.reads++
	from := len(s.heard)
	p.do(func(ctx context.Context) func() {
		then := work(ctx)
		return func() {
			then()
			since := s.heard[from:]
			if s.reads--; s.reads == 0 {
				s.heard = nil
			}
			for _, e := range since {
				p.follow(e)
			}
		}
	})
}

// follow does what an event asks for. To do so twice is as once.
func (p *Program) follow(e api.Event) {
	switch e.Kind {
	case api.EventPost:
		p.arrived(e)
	case api.EventCounters:
		p.counted(e.ID, e.Counters)
	case api.EventGone:
		p.left(e.ID)
	case api.EventResync:
		p.resync()
	}
}

// resync asks again for what is shown, because anything may have changed.
func (p *Program) resync() {
	p.refreshNow(false)
	p.resyncPlace()
}

func (p *Program) resyncPlace() {
	if listed(p.page.Path) && !p.place.moreBusy && p.page.Problem == nil {
		p.fetchPlace()
	}
}

// counted takes what the counters of a post are now.
func (p *Program) counted(id string, c *api.Counters) {
	if c == nil {
		return
	}
	p.revise(id, func(post *api.Post) {
		post.Likes, post.Replies, post.Reposts = c.Likes, c.Replies, c.Reposts
	})
}
