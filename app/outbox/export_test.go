//go:build !js

package outbox

// Flagged reports whether the flag is up.
func (b *Box) Flagged() bool { return b.flag.up.Load() }
