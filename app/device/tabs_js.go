package device

import "syscall/js"

const channelName = "porchlight"

// tabs is one channel: a second of the same name would hear what this tab says
// itself.
type tabs struct{ channel js.Value }

func openTabs() tabs {
	class := js.Global().Get("BroadcastChannel")
	if !class.Truthy() {
		return tabs{}
	}
	return tabs{class.New(channelName)}
}

// Tell says message to the other tabs of this browser that Listen.
func (t tabs) Tell(message string) {
	if t.channel.Truthy() {
		t.channel.Call("postMessage", message)
	}
}

// Listen calls heard with every message that another tab tells, for as long as
// the page lives. heard must not block.
func (t tabs) Listen(heard func(message string)) {
	if !t.channel.Truthy() {
		return
	}
	t.channel.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if data := args[0].Get("data"); data.Type() == js.TypeString {
			heard(data.String())
		}
		return nil
	}))
}
