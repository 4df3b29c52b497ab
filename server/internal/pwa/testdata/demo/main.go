// Command demo is a small browser program for the tests of package pwa: a form
// of every kind of control, drawn as the pages in browser_test.go are.
package main

import "github.com/maxence-charriere/go-app/v10/pkg/app"

type page struct {
	app.Compo
	path  string
	typed string
}

func (p *page) OnMount(app.Context) { app.Window().Set("demoMounted", p.path) }

func (p *page) Render() app.UI {
	return app.Div().ID("root").Body(
		app.H1().Text("Page "+p.path),
		app.P().Body(app.Text("one "), app.B().Text("two"), app.Text(" three"), app.Text(" four")),
		app.Form().Method("post").Action(p.path).Body(
			app.If(p.path == "/differs", func() app.UI { return app.Div().Body(app.Input().Name("extra").Type("text")) }),
			app.Div().Body(app.Input().ID("email").Name("email").Type("email").Value("a@example.com").OnInput(p.input)),
			app.Div().Body(app.Input().Name("password").Type("password")),
			app.Div().Body(app.Textarea().Name("message").Rows(3)),
			app.Div().Body(app.Input().Name("agree").Type("checkbox")),
			app.Div().Body(app.Select().Name("expires_in").Body(
				app.Option().Value("1h").Text("1 hour"),
				app.Option().Value("7d").Selected(true).Text("7 days"),
			)),
			app.Button().Type("submit").Text("Send"),
		),
		app.P().ID("echo").Text("typed: "+p.typed),
		app.A().ID("link").Href("/other").Text("other"),
	)
}

func (p *page) input(ctx app.Context, _ app.Event) { p.typed = ctx.JSSrc().Get("value").String() }

// await lets the page go on until the boot script hands it over.
func await() {
	ready := make(chan struct{})
	app.Window().Set("beginProgram", app.FuncOf(func(app.Value, []app.Value) any {
		close(ready)
		return nil
	}))
	<-ready
}

func main() {
	await()
	for _, path := range []string{"/", "/signin", "/other", "/differs"} {
		app.Route(path, func() app.Composer { return &page{path: path} })
	}
	app.RunWhenOnBrowser()
}
