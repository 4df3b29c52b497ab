package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// field is a labelled input with its hint and what is wrong with it. The
// element's id is Name.
type field struct {
	Name     string
	Label    string
	Type     string // of the input: "email"
	Complete string // value of autocomplete
	Mode     string // value of inputmode
	Value    string // what it begins with; never a secret
	Hint     string
	Error    string
	By       string // ids of other elements that explain it
}

func (f *field) render() app.UI {
	return f.wrap(f.input(), nil)
}

// input is the bare input. It is Required and no more: what is right is said
// by Check, in better words than a browser's.
func (f *field) input() app.UI {
	capitals, spelling := "", ""
	if f.Complete != "name" {
		capitals, spelling = "none", "false"
	}
	return void("input", at{
		"id", f.Name, "name", f.Name, "type", f.Type, "value", f.Value, "required", "true",
		"autocomplete", f.Complete, "inputmode", f.Mode, "autocapitalize", capitals, "spellcheck", spelling,
		"aria-describedby", f.describedBy(), "aria-invalid", flag(f.Error != ""),
	})
}

// describedBy names the elements that explain the input.
func (f *field) describedBy() string {
	by := f.By
	if f.Hint != "" {
		by = f.Name + "-hint " + by
	}
	if f.Error != "" {
		by = f.Name + "-error " + by
	}
	return by
}

// wrap puts the label before the control and all else behind it, so that
// nothing which comes or goes moves the control.
func (f *field) wrap(control, extra app.UI) app.UI {
	var hint app.UI
	if f.Hint != "" {
		hint = el("p", at{"id", f.Name + "-hint", "class", "hint"}, text(f.Hint))
	}
	return el("div", at{"class", "field"},
		el("label", at{"for", f.Name}, text(f.Label)), control, f.error(), hint, extra)
}

// error is the place for what is wrong. It is always there, so that a screen
// reader hears what comes into it.
func (f *field) error() app.UI {
	var words app.UI
	if f.Error != "" {
		words = text(f.Error)
	}
	return el("p", at{"id", f.Name + "-error", "class", "error", "role", "alert"}, words)
}

// email is the input for an address.
func (p *Program) email(problem *api.Problem, hint string) app.UI {
	f := field{Name: "email", Label: "Email", Type: "email", Complete: "username", Mode: "email",
		Value: p.field("email"), Hint: hint, Error: problem.Field("email")}
	return f.render()
}

// choice is one entry of a select.
type choice struct{ value, label string }

// pick is a labelled select that begins with the entry that has the value.
func pick(name, label, chosen string, choices []choice) app.UI {
	options := make([]app.UI, 0, len(choices))
	for _, c := range choices {
		options = append(options, el("option", at{"value", c.value, "selected", flag(c.value == chosen)}, text(c.label)))
	}
	return el("div", at{"class", "pick"},
		el("label", at{"for", name}, text(label)),
		el("select", at{"id", name, "name", name}, options...),
	)
}

// hidden is an input that people do not see.
func hidden(name, value string) app.UI {
	return void("input", at{"type", "hidden", "name", name, "value", value})
}
