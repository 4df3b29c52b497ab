package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// guard keeps go-app's router away from clicks that are not for it. It takes
// every link for one of its own, and would show "not found" for an address
// that the server answers, open other sites in a window of its own, and take
// Shift and Alt for nothing. guard listens on the document, so it runs before
// go-app does on the window, and stops what the browser does better.
func (p *Program) guard() {
	document().Call("addEventListener", "click", app.FuncOf(func(_ app.Value, args []app.Value) any {
		e := args[0]
		link := e.Get("target").Call("closest", "a")
		if link.Truthy() && !ours(e, link) {
			e.Call("stopPropagation")
		} else if link.Truthy() {
			p.enroute(link.Get("pathname").String())
			app.Window().Call("scrollTo", 0, 0)
		}
		return nil
	}))
	// The back button may lead to a page that another run of the program showed.
	// This has to run before go-app hears of it.
	app.Window().Call("addEventListener", "popstate", app.FuncOf(func(app.Value, []app.Value) any {
		p.enroute(app.Window().URL().Path)
		return nil
	}), true)
}

// enroute tells go-app of an address before it is opened. Its routes are a map;
// a pattern for posts and people would need regular expressions, which are a
// tenth of the program.
func (p *Program) enroute(path string) {
	if listed(path) {
		app.Route(path, p.Root(path))
	}
}

// ours reports whether a click on the link opens a page of this program.
func ours(e, link app.Value) bool {
	for _, held := range []string{"shiftKey", "altKey", "ctrlKey", "metaKey", "defaultPrevented"} {
		if e.Get(held).Bool() {
			return false
		}
	}
	location := app.Window().Get("location")
	return e.Get("button").Int() == 0 &&
		link.Get("target").String() == "" &&
		link.Get("hash").String() == "" &&
		link.Get("origin").String() == location.Get("origin").String() &&
		shows(link.Get("pathname").String())
}

// travel opens a page of this site. With back, it takes the place of the page
// that is shown, so that the browser's back button does not return there.
func (p *Program) travel(ctx app.Context, destination string, back bool) {
	destination = api.SafeNext(destination)
	path, _, _ := strings.Cut(destination, "?")
	p.enroute(path)
	location := app.Window().Get("location")
	switch {
	case !shows(path) && back:
		location.Call("replace", destination)
	case !shows(path):
		location.Call("assign", destination)
	case back:
		app.Window().Get("history").Call("replaceState", nil, "", destination)
		app.Window().Call("dispatchEvent", app.Window().Get("PopStateEvent").New("popstate"))
	default:
		ctx.Navigate(destination)
	}
	app.Window().Call("scrollTo", 0, 0)
}
