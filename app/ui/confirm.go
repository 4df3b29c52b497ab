package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// confirm is the page behind api.PathConfirm.
type confirm struct {
	app.Compo
	Rev int

	p    *Program
	form form
}

// Render draws the page.
func (s *confirm) Render() app.UI {
	p, problem := s.p, s.form.current(s.p)
	return p.door(
		p.whereTo(),
		s.form.alert(p, "email", "code"),
		s.form.wait(p),
		s.form.element(p, api.PathConfirm, s.onSubmit,
			p.whose(problem),
			codeField(problem),
			s.form.button("Confirm", "Confirming…"),
		),
		p.resend(api.PathConfirmResend),
		aside("Wrong address? ", api.PathSignUp, "Start again"),
	)
}

// whose is the address that a code is for: a visible field only when nobody
// has said it yet, or it is wrong.
func (p *Program) whose(problem *api.Problem) app.UI {
	bad := problem.Field("email")
	if p.page.Form["email"] != "" && bad == "" {
		return el("div", at{"hidden", "true"}, hidden("email", p.page.Form["email"]))
	}
	return p.email(problem, "")
}

func (s *confirm) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	v := values(ctx.JSSrc())
	s.send(api.Confirm{Email: v("email"), Code: v("code")})
}

func (s *confirm) send(r api.Confirm) {
	p := s.p
	var done api.Done
	s.form.submit(p, &r, errand{
		send: func(ctx context.Context) (err error) {
			done, err = p.API.Confirm(ctx, r)
			return err
		},
		done: func() { p.entered(done) },
	})
}
