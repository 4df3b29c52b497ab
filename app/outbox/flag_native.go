//go:build !js

package outbox

import "sync/atomic"

// flag only remembers: there is no browser on the machine.
type flag struct{ up atomic.Bool }

func (f *flag) set(up bool) { f.up.Store(up) }
