package hub

import (
	"context"
	"errors"
	"sync"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// A Class is readers who see the same posts. Each sees all that the ones before
// see.
type Class uint8

// The classes.
const (
	Guests Class = iota
	Members
	Moderators

	classes = 3
	nobody  = Class(classes)
)

// ClassOf returns the class of a reader.
func ClassOf(v feed.Viewer) Class {
	switch {
	case !v.Member():
		return Guests
	case v.Moderator:
		return Moderators
	}
	return Members
}

func (c Class) letter() byte { return "gmo"[c] }

// A mark says what may be told of a post. Marks of one post add up, in any
// order.
type mark struct {
	id      uuid.UUID
	fresh   bool  // it is new
	counted Class // the first class for which its counters changed
	floor   Class // the first class to be told if it may see it
	gone    Class // the first class to be told if it cannot see it any more
}

// and adds what another mark of the same post says.
func (m mark) and(o mark) mark {
	m.fresh, m.counted = m.fresh || o.fresh, min(m.counted, o.counted)
	m.floor, m.gone = min(m.floor, o.floor), min(m.gone, o.gone)
	return m
}

// marksOf returns what is to be said after a change.
func marksOf(c feed.Change) []mark {
	p := c.Post
	floor := Guests
	if p.Audience != api.AudienceEveryone {
		floor = Members
	}
	own := mark{id: p.ID, counted: nobody, floor: floor, gone: nobody}
	// Who may not see a reply is not told of a counter either: theirs is as before.
	above := mark{id: p.Parent, counted: floor, floor: floor, gone: nobody}
	if p.IsRepost() {
		above.id = p.RepostOf
	}
	switch c.Kind {
	case feed.Posted:
		own.fresh = true
	case feed.Counted, feed.Changed:
		own.counted = floor
		return []mark{own}
	case feed.Swept:
		return []mark{above} // who shows the reply knows when it expires
	case feed.Hid:
		own.counted, own.gone = floor, floor
	case feed.Removed:
		own.gone = floor
		if p.Hidden {
			// The others heard when it was hidden, and when their counters changed.
			own.gone, above.counted = Moderators, Moderators
		}
	default:
		return nil
	}
	if above.id == uuid.Nil {
		return []mark{own}
	}
	return []mark{own, above}
}

// pending gathers marks until they are taken.
type pending struct {
	ready chan struct{} // holds one token while there is something to take

	mu    sync.Mutex
	marks []mark
	at    map[uuid.UUID]int // where in marks
	all   bool              // marks were lost
	due   bool              // nobody has taken since something was added
}

func newPending() *pending {
	return &pending{ready: make(chan struct{}, 1), at: map[uuid.UUID]int{}}
}

func (p *pending) add(marks []mark) {
	p.mu.Lock()
	for _, m := range marks {
		p.addOne(m)
	}
	p.due = true
	p.mu.Unlock()
	p.wake()
}

func (p *pending) addOne(m mark) {
	if i, ok := p.at[m.id]; ok {
		p.marks[i] = p.marks[i].and(m)
		return
	}
	if p.all || len(p.marks) == maxPending {
		p.lose()
		return
	}
	p.at[m.id] = len(p.marks)
	p.marks = append(p.marks, m)
}

func (p *pending) lose() {
	p.all, p.marks = true, nil
	clear(p.at)
}

// overflow replaces all marks by the word that there were some.
func (p *pending) overflow() {
	p.mu.Lock()
	p.lose()
	p.due = true
	p.mu.Unlock()
	p.wake()
}

// poke makes what there is due, though it be nothing.
func (p *pending) poke() { p.add(nil) }

// wake makes wait return.
func (p *pending) wake() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

// wait returns when there is something to take; false is the end of ctx.
func (p *pending) wait(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-p.ready:
		return ctx.Err() == nil
	}
}

// take returns the marks in the order in which their posts were first marked, or
// that some were lost. due is false when somebody else has taken them.
func (p *pending) take() (marks []mark, all, due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	marks, all, due = p.marks, p.all, p.due
	p.marks, p.all, p.due = nil, false, false
	clear(p.at)
	return marks, all, due
}

// tellOf publishes what the marks came to. With an error it returns the marks
// that are left.
func (h *Hub) tellOf(ctx context.Context, marks []mark) (left []mark, err error) {
	for i, m := range marks {
		p, sees, err := h.read(ctx, m)
		if err != nil {
			return marks[i:], err
		}
		if m.gone < sees {
			h.publishTo(api.Event{Kind: api.EventGone, ID: m.id.String()}, m.gone, sees)
		}
		if sees == nobody {
			continue
		}
		if m.fresh {
			h.publish(postEvent(p), sees)
		}
		if m.counted < nobody {
			h.publishCounters(p, max(sees, m.counted))
		}
	}
	return nil, nil
}

// read returns the marked post as it is now, and the first class that sees it.
func (h *Hub) read(ctx context.Context, m mark) (feed.Post, Class, error) {
	for _, c := range []Class{m.floor, Moderators} {
		v := feed.View{Members: c >= Members, Moderator: c == Moderators, Now: h.c.Now().UTC()}
		p, err := h.c.Post(ctx, v, m.id)
		if err == nil {
			return p, c, nil
		}
		if !errors.Is(err, feed.ErrNotFound) {
			return feed.Post{}, nobody, err
		}
	}
	return feed.Post{}, nobody, nil
}

func postEvent(p feed.Post) api.Event {
	e := api.Event{Kind: api.EventPost, ID: p.ID.String(), Author: p.Author, Audience: p.Audience, Hidden: p.Hidden}
	if p.IsReply() {
		e.Parent = p.Parent.String()
	}
	if p.IsRepost() {
		e.RepostOf = p.RepostOf.String()
	}
	return e
}

// publishCounters tells the counters of a post to the class and those that see
// more. Guests have others than members when some replies are for members.
func (h *Hub) publishCounters(p feed.Post, from Class) {
	if from == Guests && p.MemberReplies > 0 {
		h.publishTo(countersEvent(p, false), Guests, Members)
		from = Members
	}
	h.publish(countersEvent(p, true), from)
}

func countersEvent(p feed.Post, members bool) api.Event {
	c := api.Counters{Likes: p.Likes, Replies: p.RepliesFor(members), Reposts: p.Reposts}
	return api.Event{Kind: api.EventCounters, ID: p.ID.String(), Hidden: p.Hidden, Counters: &c}
}
