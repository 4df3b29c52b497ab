package ui

import (
	"encoding/json"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/device"
	"porchlight/shared/api"
)

// Await returns when the boot script lets the program have the page. What the
// runtime needs to start is a task of its own by that, and the browser has its
// turn before the next.
func Await() {
	if app.IsServer {
		return
	}
	ready := make(chan struct{})
	begin := app.FuncOf(func(app.Value, []app.Value) any {
		close(ready)
		return nil
	})
	defer begin.Release()
	app.Window().Set("beginProgram", begin)
	<-ready
}

// ReadPage returns what the server left in the document for the program, and
// what people have typed into its forms since, by name. Secrets stay where
// they are. It takes the page out of the document, where it would outlive a
// sign-out. A document without a page is the shell.
func ReadPage() (page api.Page, typed map[string]string) {
	e, ok := element(api.PageElement)
	if !ok {
		return api.Page{}, nil
	}
	data := e.Get("textContent").String()
	e.Call("remove")
	if json.Unmarshal([]byte(data), &page) != nil {
		return api.Page{}, nil
	}
	return page, readInputs()
}

// ReadKept returns the device's copy of the feed when the document shows that
// already; otherwise nil.
func ReadKept() *device.Snapshot {
	s, err := device.Shown()
	if err != nil {
		return nil
	}
	return &s
}

// readInputs reads what go-app would write over when it takes the inputs on.
func readInputs() map[string]string {
	typed := map[string]string{}
	inputs := document().Call("querySelectorAll", "input, select")
	for i := range inputs.Length() {
		input := inputs.Index(i)
		name := input.Get("name").String()
		switch input.Get("type").String() {
		case "text", "email", "search", "select-one":
			if name != "code" && name != "" {
				typed[name] = input.Get("value").String()
			}
		}
	}
	return typed
}
