package ui

import (
	"context"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// form is the state of a form that talks to the server. Its zero value shows
// the problem that the page came with, if any.
type form struct {
	id      string // of the element
	used    bool   // submitted in this browser, so that the page's problem is over
	busy    bool
	tries   int // how often it was sent
	problem *api.Problem
	until   time.Time // before then a try is of no use
}

// request is what the pointer to each of api's requests can do.
type request interface {
	Normalize()
	Check() []api.FieldError
}

// errand is what a form is submitted for. send runs away from the goroutine
// that draws, the others on it. failed may be nil.
type errand struct {
	send   func(ctx context.Context) error
	done   func()
	failed func()
}

// submit checks r and runs the errand. It reports whether it did: not while
// another is under way, and not when something is wrong with r.
func (f *form) submit(p *Program, r request, e errand) bool {
	if f.busy {
		return false
	}
	r.Normalize()
	if errs := r.Check(); len(errs) > 0 {
		f.refuse(p, &api.Problem{Type: "/problems/" + api.ProblemInvalidFields, Title: "Please check", Errors: errs})
		return false
	}
	f.busy, f.used = true, true
	f.tries++
	reader := p.reader
	p.do(func(ctx context.Context) func() {
		err := e.send(ctx)
		return func() {
			f.busy = false
			switch {
			case err == nil:
				f.problem = nil
				p.reached()
				e.done()
			case reader == p.reader:
				if e.failed != nil {
					e.failed()
				}
				f.refuse(p, p.told(err))
			}
		}
	})
	return true
}

// refuse shows a problem and brings the person to the first field that is
// wrong, or to the page that leads on.
func (f *form) refuse(p *Program, problem *api.Problem) {
	f.used, f.problem = true, problem
	if problem.Next != "" {
		p.navigate(problem.Next, false)
		return
	}
	if problem.RetryAfter > 0 {
		f.until = p.now().Add(seconds(problem.RetryAfter))
		p.countTo(f.until)
	}
	p.after(f.focusBad)
}

func (f *form) focusBad() {
	e, ok := element(f.id)
	if !ok {
		return
	}
	if bad := e.Call("querySelector", "[aria-invalid=true]"); bad.Truthy() {
		bad.Call("focus")
	}
}

// current returns the problem to show: of the last try here, or the page's.
func (f *form) current(p *Program) *api.Problem {
	if f.used {
		return f.problem
	}
	return p.page.Problem
}

// alert is the place for what is wrong with the form as a whole. fields are
// the names of those that say for themselves what is wrong with them.
func (f *form) alert(p *Program, fields ...string) app.UI {
	var said []app.UI
	if problem := f.current(p); problem != nil {
		words := problem.Error()
		if len(problem.Errors) > 0 {
			words = others(problem, fields)
		}
		if words != "" {
			said = []app.UI{para("", words), p.remedy(problem)}
		}
	}
	return el("div", at{"class", "problem", "role", "alert"}, said...)
}

// others says what is wrong with fields that the form does not show.
func others(problem *api.Problem, shown []string) (words string) {
	known := map[string]bool{}
	for _, name := range shown {
		known["#/"+name] = true
	}
	for _, e := range problem.Errors {
		if !known[e.Pointer] {
			words = e.Detail
		}
	}
	return words
}

// remedy is the link that leads out of a problem, when one does.
func (p *Program) remedy(problem *api.Problem) app.UI {
	way := func(path, label string) app.UI { return el("p", nil, link("", path, label)) }
	switch {
	case problem.OfKind(api.ProblemNotSignedIn), problem.OfKind(api.ProblemReauthenticate):
		return way(withNext(api.PathSignIn, p.page.Path), "Sign in again")
	case problem.OfKind(api.ProblemPasswordReset):
		return way(api.PathRecover, "Choose a new password")
	}
	return nil
}

// wait says when trying again is of use. It stands outside the alert, so that
// a countdown is not read out each second.
func (f *form) wait(p *Program) app.UI {
	problem := f.current(p)
	if problem == nil || problem.RetryAfter == 0 {
		return el("p", at{"class", "wait"})
	}
	until := f.until
	if until.IsZero() {
		until = p.begun.Add(seconds(problem.RetryAfter))
	}
	left := until.Sub(p.now())
	if left <= 0 {
		return para("wait", "You can try again now.")
	}
	return para("wait", "You can try again in "+clock(left)+".")
}

// button submits the form.
func (f *form) button(label, busy string) app.UI {
	if f.busy {
		label = busy
	}
	return el("button", at{"type", "submit", "class", "button primary", "aria-busy", flag(f.busy)}, text(label))
}

// element is the form as HTML. The browser's own checks are for when the
// program has not come: its bubbles say less than our words.
func (f *form) element(p *Program, action string, submit app.EventHandler, body ...app.UI) app.UI {
	return on("submit", submit,
		el("form", at{"id", f.id, "method", "post", "action", action, "novalidate", flag(p.live)}, body...))
}

// values returns what stands in the inputs of the form in which e happened.
func values(form app.Value) func(name string) string {
	elements := form.Get("elements")
	return func(name string) string {
		input := elements.Call("namedItem", name)
		if !input.Truthy() {
			return ""
		}
		return input.Get("value").String()
	}
}
