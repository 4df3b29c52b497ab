// Package shelf keeps short texts by name on the person's device: in IndexedDB
// in the browser, in memory on the machine.
//
// # Why
//
// localStorage would be less code, but it blocks the page and is small. Each
// shelf is a database of its own: adding a store to one that is there would
// need a new version of it, which the tabs of an older program cannot open.
package shelf

import "errors"

// ErrNone says that nothing is kept under a name.
var ErrNone = errors.New("nothing kept on this device")
