//go:build !js

package device

// Draw returns "": on the machine there is no page.
func Draw() string { return "" }

// Shown returns ErrNone: on the machine there is no page.
func Shown() (Snapshot, error) { return Snapshot{}, ErrNone }
