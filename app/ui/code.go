package ui

import (
	"context"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// codeField is the input for a code from a mail.
func codeField(problem *api.Problem) app.UI {
	return (&field{Name: "code", Label: "Code", Type: "text", Complete: "one-time-code", Mode: "numeric",
		Error: problem.Field("code")}).render()
}

// whereTo says where the code went, as far as may be told, and in local mode
// where to read it.
func (p *Program) whereTo() app.UI {
	to := ""
	if p.page.Delivery != nil {
		to = p.page.Delivery.Destination
	} else if email := p.page.Form["email"]; email != "" {
		to = api.MaskEmail(email)
	}
	words := "Enter the code that we sent you by mail."
	if to != "" {
		words = "We sent a code to " + to + ". Enter it here."
	}
	var local app.UI
	if p.page.Local {
		local = el("p", nil, text("Local mode sends no mail: "), inbox("open the inbox"))
	}
	return el("div", at{"class", "lead"}, para("", words), local)
}

// resend is the form that asks for another code, at Action. It waits for the
// cool-down that the server names, and shows it.
type resend struct {
	app.Compo
	Rev    int
	Action string // api.PathConfirmResend or api.PathRecover

	p     *Program
	form  form
	ready time.Time // when the next code may be asked for; zero: as the page says
	again bool      // a code was sent from here
}

func (p *Program) resend(action string) app.UI {
	return &resend{p: p, Rev: p.rev, Action: action, form: form{id: "resend", used: true}}
}

// Render draws the form.
func (s *resend) Render() app.UI {
	p := s.p
	left := s.left()
	cooling := left > 0 && p.live && !s.form.busy
	label := "Send a new code"
	switch {
	case s.form.busy:
		label = "Sending…"
	case cooling:
		label += " in " + clock(left)
	}
	b := el("button", at{"type", "submit", "class", "button", "aria-busy", flag(s.form.busy), "disabled", flag(cooling)}, text(label))
	return el("div", at{"class", "again"},
		s.form.element(p, s.Action, s.onSubmit, hidden("email", p.field("email")), b),
		el("p", at{"class", "hint", "role", "status"}, text(s.words(left))),
		s.form.alert(p),
	)
}

func (s *resend) words(left time.Duration) string {
	switch {
	case s.again:
		return "A new code is in the mail. Only the newest one works."
	case left > 0 && !s.p.live:
		return "No mail yet? You can ask for a new code in " + count(int(left/time.Second), "second") + "."
	}
	return "No mail yet? Look among the unwanted, or ask for a new code."
}

func (s *resend) left() time.Duration {
	ready := s.ready
	if d := s.p.page.Delivery; ready.IsZero() && d != nil {
		ready = s.p.begun.Add(seconds(d.ResendAfter))
	}
	if s.form.until.After(ready) {
		ready = s.form.until
	}
	return ready.Sub(s.p.now())
}

func (s *resend) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	email := values(ctx.JSSrc())("email")
	if typed, ok := element("email"); ok {
		email = typed.Get("value").String()
	}
	s.send(email)
}

func (s *resend) send(email string) {
	p := s.p
	var done api.Done
	r := api.Resend{Email: email}
	s.form.submit(p, &r, errand{
		send: func(ctx context.Context) (err error) {
			if s.Action == api.PathRecover {
				done, err = p.API.Recover(ctx, api.Recover(r))
				return err
			}
			done, err = p.API.Resend(ctx, r)
			return err
		},
		done: func() { s.sent(done.Delivery) },
	})
}

func (s *resend) sent(d *api.Delivery) {
	s.again = true
	s.ready = s.p.now()
	if d != nil {
		s.ready = s.ready.Add(seconds(d.ResendAfter))
	}
	s.p.countTo(s.ready)
}
