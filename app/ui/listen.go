package ui

import (
	"encoding/json"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/device"
	"porchlight/app/outbox"
)

// listen hears what happens around the page.
func (p *Program) listen() {
	p.guard()
	p.on(app.Window(), "online", func() {
		p.cut, p.offline, p.queue.wrong, p.queue.tries = false, false, false, 0
		p.refresh()
		if listed(p.page.Path) && empty(p.page) {
			p.fetchPlace()
		}
		p.learn()
		p.flush()
	})
	p.on(app.Window(), "offline", func() { p.cut, p.offline = true, true })
	p.on(document(), "visibilitychange", func() {
		p.watchLive()
		if document().Get("visibilityState").String() == "visible" {
			p.refresh()
			p.readQueue()
		}
	})
	p.holdOn()
	p.Device.Listen(func(message string) { p.dispatch(func() { p.heard(message) }) })
}

// holdOn has the browser ask who closes the tab while something that was written
// or pressed is nowhere else.
func (p *Program) holdOn() {
	app.Window().Call("addEventListener", "beforeunload", app.FuncOf(func(_ app.Value, args []app.Value) any {
		if p.Outbox != nil && p.Outbox.Loose() {
			args[0].Call("preventDefault")
		}
		return nil
	}))
}

func (p *Program) on(target app.Value, event string, f func()) {
	target.Call("addEventListener", event, app.FuncOf(func(app.Value, []app.Value) any {
		p.dispatch(func() {
			p.rev++
			f()
		})
		return nil
	}))
}

// heard is told by another tab that who is signed in has changed. Nothing of
// the one before may stay on this screen.
func (p *Program) heard(message string) {
	p.rev++
	switch message {
	case device.SignedOut:
		p.forget()
		p.wipe() // once more: this tab may have kept something since
	case device.SignedIn:
		p.changed(nil, false)
	case outbox.Changed:
		p.readQueue()
		return
	default:
		return
	}
	p.refresh()
	p.learn()
}

// reload loads the page again, for a newer program. What was typed comes back:
// the boot script finds it under this name.
func (p *Program) reload() {
	typed := [][2]string{}
	for name, value := range readInputs() {
		typed = append(typed, [2]string{name, value})
	}
	parent, _ := postOf(p.page.Path)
	if words := p.draftOf(parent); words != "" {
		typed = append(typed, [2]string{"message", words})
	}
	if kept, err := json.Marshal(typed); err == nil {
		app.Window().Get("sessionStorage").Call("setItem", "porchlight-typed "+p.page.Path, string(kept))
	}
	app.Window().Get("location").Call("reload")
}
