package ui

import (
	"context"

	"porchlight/app/device"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// changed replaces who is signed in. What the one before was shown goes.
func (p *Program) changed(who *claims.Display, known bool) {
	p.reader++
	if p.session != nil && known && who == nil {
		p.queue.held, p.queue.heldOf = p.queue.waiting(), p.session.Subject
	}
	p.session, p.known = who, known
	p.home = home{before: p.home.before}
	p.queue = queue{held: p.queue.held, heldOf: p.queue.heldOf, timer: p.queue.timer}
	p.sessions = nil
	if who != nil {
		p.queue.held = 0
		if p.writer != "" && p.writer != who.Subject {
			p.draft = ""
			clear(p.replies)
		}
	}
	if listed(p.page.Path) && p.live {
		p.page.Thread, p.page.Profile, p.page.Search, p.place = nil, nil, nil, place{}
		p.fetchPlace()
	}
	p.watchLive()
}

// forget leaves nothing of who was signed in.
func (p *Program) forget() {
	p.changed(nil, true)
	p.draft, p.Typed, p.queue.held = "", nil, 0
	clear(p.replies)
}

// met takes what the server says of who is signed in. An error that is not the
// server's own refusal changes nothing: a bad line signs nobody out.
func (p *Program) met(who claims.Display, err error) {
	switch {
	case err == nil:
		if p.session == nil || p.session.Subject != who.Subject {
			p.changed(&who, true)
			p.session = &who
			p.readQueue()
		}
		p.session, p.known = &who, true
	case p.told(err).OfKind(api.ProblemNotSignedIn):
		if p.session != nil {
			p.changed(nil, true)
			p.wipe()
		}
		p.known = true
	}
	p.watchLive()
}

// learn asks who is signed in, where nothing else does.
func (p *Program) learn() {
	if !p.known && p.page.Path != api.PathHome {
		p.meet()
	}
}

// meet asks who is signed in.
func (p *Program) meet() {
	reader := p.reader
	p.do(func(ctx context.Context) func() {
		who, err := p.API.Session(ctx)
		return func() {
			if reader != p.reader {
				return
			}
			p.met(who, err)
			p.lead()
		}
	})
}

// entered follows a sign-in: who it was, the next page finds out.
func (p *Program) entered(done api.Done) {
	p.changed(nil, false)
	p.Device.Tell(device.SignedIn)
	p.navigate(done.Next, true)
}

// mailed leads on to where a code is asked for.
func (p *Program) mailed(done api.Done) {
	p.delivery = done.Delivery
	p.navigate(done.Next, false)
}

// wipe forgets what the device keeps.
func (p *Program) wipe() {
	p.do(func(ctx context.Context) func() {
		_ = p.Device.Wipe(ctx) // what cannot be wiped could not be kept either
		return nil
	})
}

// bereave takes the rest of a session away that ended while no program ran, by a
// plain form perhaps: what the device keeps of that person, and what other tabs
// show of them. What they have not sent waits for them, and they are told. Then
// the device keeps what a guest is shown.
func (p *Program) bereave() {
	p.do(func(ctx context.Context) func() {
		last, err := p.Device.Last(ctx)
		if err != nil || last.Session == nil {
			return p.keep
		}
		_ = p.Device.Wipe(ctx) // what cannot be wiped could not be kept either
		sub := last.Session.Subject
		unsent := queue{items: p.Outbox.List(ctx, sub)}
		p.Device.Tell(device.SignedOut)
		return func() {
			if p.session == nil {
				p.queue.held, p.queue.heldOf = unsent.waiting(), sub
			}
			if p.page.Notice == api.NoticeSignedOutKept {
				p.page.Notice = api.NoticeSignedOut // and nothing of theirs is left
			}
			p.keep()
		}
	})
}
