//go:build !js

package outbox

// alone runs f. There is one tab on the machine.
func alone(f func()) { f() }
