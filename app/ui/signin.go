package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// signin is the page behind api.PathSignIn.
type signin struct {
	app.Compo
	Rev int

	p    *Program
	form form
}

// Render draws the page.
func (s *signin) Render() app.UI {
	p, problem := s.p, s.form.current(s.p)
	return p.door(
		s.form.alert(p, "email", "password"),
		s.form.wait(p),
		s.form.element(p, api.PathSignIn, s.onSubmit,
			p.email(problem, ""),
			s.form.secret(p, "password", "Password", false),
			hidden("next", p.field("next")),
			s.form.button("Sign in", "Signing in…"),
		),
		aside("", api.PathRecover, "Forgot your password?"),
		aside("New here? ", withNext(api.PathSignUp, p.page.Form["next"]), "Join the porch"),
	)
}

func (s *signin) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	v := values(ctx.JSSrc())
	s.send(api.SignIn{Email: v("email"), Password: v("password"), Next: v("next")})
}

func (s *signin) send(r api.SignIn) {
	p := s.p
	var done api.Done
	s.form.submit(p, &r, errand{
		send: func(ctx context.Context) (err error) {
			done, err = p.API.SignIn(ctx, r)
			return err
		},
		done: func() { p.entered(done) },
	})
}
