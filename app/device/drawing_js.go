package device

import "syscall/js"

// Draw returns a drawing of the page as it stands there, or "" when that is not
// one to keep: see web/js/kept.js. It must run when the page has been drawn.
func Draw() string { return page(func(page js.Value) js.Value { return page.Call("pack") }) }

// Shown returns the snapshot whose drawing stands in the document, or ErrNone.
func Shown() (Snapshot, error) {
	return parse(page(func(page js.Value) js.Value {
		text := page.Get("snapshot")
		page.Set("snapshot", nil) // it would outlive a sign-out
		return text
	}))
}

// page returns what ask gets from the script, or "" when that is no text.
func page(ask func(page js.Value) js.Value) string {
	page := js.Global().Get("keptPage")
	if !page.Truthy() {
		return ""
	}
	if text := ask(page); text.Type() == js.TypeString {
		return text.String()
	}
	return ""
}
