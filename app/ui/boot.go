package ui

import (
	"encoding/json"

	"porchlight/app/device"
	"porchlight/shared/api"
)

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
