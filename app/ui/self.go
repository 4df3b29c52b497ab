package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/device"
	"porchlight/shared/api"
)

// profile is the form for another name or handle. It begins with those that the
// person has.
func (s *account) profile() app.UI {
	p, problem := s.p, s.self.current(s.p)
	if p.session == nil {
		return el("section", nil) // the place of the form, so that the others stay
	}
	return el("section", at{"class", "card"},
		el("h2", nil, text("Your profile")),
		s.self.alert(p, "name", "handle"),
		s.self.wait(p),
		s.self.element(p, api.PathProfile, s.onProfile,
			(&field{Name: "name", Label: "Name", Type: "text", Complete: "name",
				Value: s.begin("name", p.session.Name), Error: problem.Field("name")}).render(),
			(&field{Name: "handle", Label: "Handle", Type: "text", Complete: "nickname",
				Hint:  "3 to 20 letters, digits or underscores. The old one stays yours.",
				Value: s.begin("handle", p.session.Handle), Error: problem.Field("handle")}).render(),
			s.self.button("Save", "Saving…"),
		),
	)
}

// begin returns what an input begins with.
func (s *account) begin(name, otherwise string) string {
	if typed := s.p.field(name); typed != "" {
		return typed
	}
	return otherwise
}

func (s *account) onProfile(ctx app.Context, e app.Event) {
	e.PreventDefault()
	v := values(ctx.JSSrc())
	s.save(api.ProfileChange{Name: v("name"), Handle: v("handle")})
}

func (s *account) save(r api.ProfileChange) {
	p := s.p
	if p.session == nil {
		return // it ended after the form was drawn
	}
	var who api.Person
	own := p.API.As(p.session.Subject)
	s.self.submit(p, &r, errand{
		send: func(ctx context.Context) (err error) {
			who, err = own.ChangeProfile(ctx, r)
			return err
		},
		done: func() { p.renamed(who) },
	})
}

// renamed shows the person under the new name, here and in the other tabs.
func (p *Program) renamed(who api.Person) {
	if p.session == nil || p.session.Subject != who.Subject {
		return
	}
	now := *p.session
	now.Name, now.Handle = who.Name, who.Handle
	p.session = &now
	p.page.Notice = api.NoticeProfileSaved
	p.Device.Tell(device.SignedIn)
}
