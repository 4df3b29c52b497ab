// App is Porchlight's program for the browser. It takes over the page that the
// server rendered, and shows the other pages itself. On the machine it does
// nothing.
package main

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/client"
	"porchlight/app/device"
	"porchlight/app/live"
	"porchlight/app/outbox"
	"porchlight/app/ui"
)

func main() {
	ui.Await()
	page, typed := ui.ReadPage()
	kept := ui.ReadKept()
	program := ui.New(ui.Config{
		Page: page, Kept: kept, Standing: page.Path != "" || kept != nil, Typed: typed,
		API: client.New(""), Device: device.New(), Outbox: outbox.New(), Live: live.New(""),
	})
	// The address of this document has a page whatever it is: an error too.
	for _, path := range append(ui.Paths(), app.Window().URL().Path) {
		app.Route(path, program.Root(path))
	}
	app.RunWhenOnBrowser()
}
