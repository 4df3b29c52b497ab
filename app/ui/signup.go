package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// signup is the page behind api.PathSignUp.
type signup struct {
	app.Compo
	Rev int

	p    *Program
	form form
}

// Render draws the page.
func (s *signup) Render() app.UI {
	p, problem := s.p, s.form.current(s.p)
	return p.door(
		s.form.alert(p, "name", "email", "handle", "password"),
		s.form.wait(p),
		s.form.element(p, api.PathSignUp, s.onSubmit,
			(&field{Name: "name", Label: "Name", Type: "text", Complete: "name",
				Value: p.field("name"), Error: problem.Field("name")}).render(),
			p.email(problem, "We send a code there. Nobody else sees it."),
			(&field{Name: "handle", Label: "Handle", Type: "text", Complete: "nickname",
				Hint:  "Your @name: 3 to 20 letters, digits or underscores.",
				Value: p.field("handle"), Error: problem.Field("handle")}).render(),
			s.form.secret(p, "password", "Password", true),
			s.form.button("Create account", "Creating your account…"),
		),
		aside("Already have a key? ", withNext(api.PathSignIn, p.page.Form["next"]), "Sign in"),
	)
}

func (s *signup) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	v := values(ctx.JSSrc())
	s.send(api.SignUp{Name: v("name"), Email: v("email"), Handle: v("handle"), Password: v("password")})
}

func (s *signup) send(r api.SignUp) {
	p := s.p
	var done api.Done
	s.form.submit(p, &r, errand{
		send: func(ctx context.Context) (err error) {
			done, err = p.API.SignUp(ctx, r)
			return err
		},
		done: func() { p.mailed(done) },
	})
}
