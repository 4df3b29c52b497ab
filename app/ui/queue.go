package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"porchlight/app/client"
	"porchlight/app/outbox"
	"porchlight/shared/api"
)

// queue is what this person wrote or pressed and the server does not have yet.
// It is a copy of the outbox, which belongs to all tabs.
type queue struct {
	items []outbox.Item
	read  bool // they are what the device has; otherwise it was not asked yet
	busy  bool // some are being sent
	wrong bool // the last time did not work
	tries int
	timer *time.Timer

	held   int    // posts of the person whose session has ended
	heldOf string // their sub
}

// add puts something in the outbox and sends it when it can.
func (p *Program) add(i outbox.Item) {
	i.Sub, i.Made = p.session.Subject, p.now()
	if i.ID == "" {
		i.ID = newID()
	}
	p.Outbox.Add(i)
	p.queue.items = append(slices.Clip(p.queue.items), i)
	p.rev++
	p.save()
}

// take takes something out of the outbox.
func (p *Program) take(id string) {
	p.Outbox.Remove(id)
	p.queue.items = slices.DeleteFunc(slices.Clone(p.queue.items), func(i outbox.Item) bool { return i.ID == id })
	p.rev++
	p.save()
}

func (p *Program) save() {
	p.do(func(ctx context.Context) func() {
		_ = p.Outbox.Save(ctx) // what cannot be saved is held in memory
		p.Device.Tell(outbox.Changed)
		_ = p.Device.Undraw(ctx) // the page is another now, and what cannot be forgotten could not be kept
		return p.flush
	})
}

// readQueue looks for what waits, also from an earlier visit, and sends it. Only
// then it is known what the page looks like.
func (p *Program) readQueue() {
	if p.session == nil || p.Outbox == nil {
		p.keep()
		return
	}
	sub := p.session.Subject
	p.do(func(ctx context.Context) func() {
		items := p.Outbox.List(ctx, sub)
		return func() {
			if p.session == nil || p.session.Subject != sub {
				return
			}
			p.queued(items)
			p.flush()
			p.keep()
		}
	})
}

// queued takes what the outbox has by now. A post that waited and is not there
// any more was sent by another tab, and this one has yet to get it.
func (p *Program) queued(items []outbox.Item) {
	sent := slices.ContainsFunc(p.queue.items, func(i outbox.Item) bool {
		return i.Kind == outbox.Post && !queued(items, i.ID)
	})
	p.queue.items, p.queue.read = items, true
	if sent {
		p.home.eager = true
		p.refreshNow(false)
		p.resyncPlace()
	}
}

func queued(items []outbox.Item, id string) bool {
	return slices.ContainsFunc(items, func(i outbox.Item) bool { return i.ID == id })
}

// flush sends what is due. What is to be sent later has a timer.
func (p *Program) flush() {
	if p.queue.busy || p.session == nil {
		return
	}
	due, later := p.due()
	if !due {
		p.flushIn(later)
		return
	}
	p.queue.busy = true
	c := outbox.Courier{Sub: p.session.Subject, Now: p.now, Carry: p.carry, Refused: func(i outbox.Item) {
		p.dispatch(func() { p.rev++; p.refused(i) })
	}}
	p.do(func(ctx context.Context) func() {
		err := p.Outbox.Send(ctx, c)
		items := p.Outbox.List(ctx, c.Sub)
		p.Device.Tell(outbox.Changed)
		return func() {
			p.queue.busy = false
			if p.session != nil && p.session.Subject == c.Sub {
				p.queued(items)
				p.flushed(err)
			}
		}
	})
}

// due reports whether something can be sent now, and else how long until then.
func (p *Program) due() (now bool, later time.Duration) {
	for _, i := range p.queue.items {
		wait := i.After.Sub(p.now())
		switch {
		case i.Problem != nil:
		case wait <= 0:
			return true, 0
		case later == 0 || wait < later:
			later = wait
		}
	}
	return false, later
}

// flushed goes on after a round: at once when something came meanwhile, and
// after a while when the line or the server failed.
func (p *Program) flushed(err error) {
	q := &p.queue
	q.wrong = err != nil
	if err == nil {
		q.tries = 0
		p.flush()
		return
	}
	problem := p.told(err)
	if errors.Is(err, outbox.ErrOther) || problem.OfKind(api.ProblemNotSignedIn) {
		p.meet() // it may also be over by now
	}
	wait := max(min(firstRetry<<min(q.tries, 8), lastRetry), seconds(problem.RetryAfter))
	q.tries++
	p.flushIn(wait)
}

func (p *Program) flushIn(wait time.Duration) {
	if p.queue.timer != nil {
		p.queue.timer.Stop()
	}
	if wait <= 0 {
		return
	}
	p.queue.timer = time.AfterFunc(wait, func() {
		p.dispatch(func() {
			p.rev++
			p.flush()
		})
	})
}

// carry sends one item, if who made it is still who is signed in: in another
// tab somebody else may have come. The request says whose it is, in case that
// they come just now. It runs away from the goroutine that draws.
func (p *Program) carry(ctx context.Context, i outbox.Item) error {
	who, err := p.API.Session(ctx)
	if err != nil {
		return err
	}
	if who.Subject != i.Sub {
		return outbox.ErrOther
	}
	post, err := call(ctx, p.API.As(i.Sub), i)
	if problem, ok := errors.AsType[*api.Problem](err); ok && problem.OfKind(api.ProblemOtherPerson) {
		return outbox.ErrOther
	}
	if err == nil {
		p.dispatch(func() {
			p.rev++
			p.carried(i, post)
		})
	}
	return err
}

func call(ctx context.Context, c *client.Client, i outbox.Item) (post api.Post, err error) {
	switch i.Kind {
	case outbox.Post:
		return c.CreatePost(ctx, i.Post)
	case outbox.Like:
		return c.Like(ctx, i.Target, i.On)
	case outbox.Repost:
		return c.Repost(ctx, i.Target, i.On)
	case outbox.Hide:
		return c.Hide(ctx, i.Target, i.On)
	case outbox.Delete:
		return api.Post{ID: i.Target}, c.DeletePost(ctx, i.Target)
	}
	return post, client.ErrAnswer // made by another version of this program
}

// carried puts the server's word in the place of what was shown before it.
func (p *Program) carried(i outbox.Item, post api.Post) {
	if p.session == nil || p.session.Subject != i.Sub {
		return
	}
	p.reached()
	p.queue.items = slices.DeleteFunc(slices.Clone(p.queue.items), func(other outbox.Item) bool { return other.ID == i.ID })
	switch i.Kind {
	case outbox.Post:
		p.posted(post)
	case outbox.Delete:
		p.left(i.Target)
	default:
		p.altered(post)
	}
}

// refused shows why the server will not have it. A post keeps its text; the
// rest is as if it had not been pressed.
func (p *Program) refused(i outbox.Item) {
	if i.Kind == outbox.Post {
		for n, other := range p.queue.items {
			if other.ID == i.ID {
				p.queue.items = slices.Clone(p.queue.items)
				p.queue.items[n] = i
			}
		}
		return
	}
	p.queue.items = slices.DeleteFunc(slices.Clone(p.queue.items), func(other outbox.Item) bool { return other.ID == i.ID })
	if i.Problem.OfKind(api.ProblemNotFound) {
		p.left(i.Target)
	}
	problem := *i.Problem
	problem.Detail = "That did not work. " + problem.Error()
	p.flash = &problem
}

// newID makes the ID of an item, by which the server knows a repeat.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
