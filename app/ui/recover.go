package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// recovery is the page behind api.PathRecover: it asks for a code.
type recovery struct {
	app.Compo
	Rev int

	p    *Program
	form form
}

// Render draws the page.
func (s *recovery) Render() app.UI {
	p, problem := s.p, s.form.current(s.p)
	return p.door(
		para("lead", "It happens. Tell us your address and we mail you a code for a new one."),
		s.form.alert(p, "email"),
		s.form.wait(p),
		s.form.element(p, api.PathRecover, s.onSubmit,
			p.email(problem, ""),
			s.form.button("Send a code", "Sending…"),
		),
		aside("It came back to you? ", api.PathSignIn, "Sign in"),
	)
}

func (s *recovery) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	s.send(api.Recover{Email: values(ctx.JSSrc())("email")})
}

func (s *recovery) send(r api.Recover) {
	p := s.p
	var done api.Done
	s.form.submit(p, &r, errand{
		send: func(ctx context.Context) (err error) {
			done, err = p.API.Recover(ctx, r)
			return err
		},
		done: func() { p.mailed(done) },
	})
}

// renewal is the page behind api.PathRecoverConfirm: code and new password.
type renewal struct {
	app.Compo
	Rev int

	p    *Program
	form form
}

// Render draws the page. The address is a field that people see: a password
// manager learns from it whose password this is.
func (s *renewal) Render() app.UI {
	p, problem := s.p, s.form.current(s.p)
	return p.door(
		p.whereTo(),
		s.form.alert(p, "email", "code", "password"),
		s.form.wait(p),
		s.form.element(p, api.PathRecoverConfirm, s.onSubmit,
			p.email(problem, ""),
			codeField(problem),
			s.form.secret(p, "password", "New password", true),
			s.form.button("Change password", "Changing…"),
		),
		p.resend(api.PathRecover),
	)
}

func (s *renewal) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	v := values(ctx.JSSrc())
	s.send(api.RecoverConfirm{Email: v("email"), Code: v("code"), Password: v("password")})
}

func (s *renewal) send(r api.RecoverConfirm) {
	p := s.p
	var done api.Done
	s.form.submit(p, &r, errand{
		send: func(ctx context.Context) (err error) {
			done, err = p.API.RecoverConfirm(ctx, r)
			return err
		},
		done: func() { p.entered(done) },
	})
}
