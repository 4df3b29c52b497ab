package outbox

import "syscall/js"

// alone runs f while no other tab of this browser runs one. The browser gives
// the lock back when the tab dies (Web Locks API). Where there are no locks two
// tabs may send the same, and the server's answer to a repeat has to do.
func alone(f func()) {
	locks := js.Global().Get("navigator").Get("locks")
	if !locks.Truthy() {
		f()
		return
	}
	var release js.Value
	hold := js.FuncOf(func(_ js.Value, args []js.Value) any {
		release = args[0]
		return nil
	})
	defer hold.Release()
	held := js.Global().Get("Promise").New(hold)
	granted := make(chan struct{}, 2)
	grant := js.FuncOf(func(js.Value, []js.Value) any {
		granted <- struct{}{}
		return held
	})
	defer grant.Release()
	// What is refused (a page without an origin) goes on without.
	ended := locks.Call("request", "porchlight-outbox", grant).Call("catch", grant)
	<-granted
	f()
	done := make(chan struct{}, 1)
	over := js.FuncOf(func(js.Value, []js.Value) any {
		done <- struct{}{}
		return nil
	})
	defer over.Release()
	ended.Call("then", over)
	release.Invoke()
	<-done
}
