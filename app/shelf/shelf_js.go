package shelf

import (
	"context"
	"errors"
	"syscall/js"
)

// These are also in web/js/kept.js.
const (
	version   = 1
	storeName = "kept"
)

// Shelf is a database of IndexedDB. It is opened for each use: the browser
// closes a connection whenever it clears the site's storage, and says so to
// nobody.
type Shelf struct{ name string }

// Open returns the shelf of the name.
func Open(name string) *Shelf { return &Shelf{name} }

// Put keeps text under the name in place of what was there.
func (s *Shelf) Put(ctx context.Context, name, text string) error {
	return s.use(ctx, "readwrite", func(store js.Value) js.Value { return store.Call("put", text, name) }, nil)
}

// Replace forgets everything and keeps the texts by their names, or changes
// nothing.
func (s *Shelf) Replace(ctx context.Context, texts map[string]string) error {
	return s.use(ctx, "readwrite", func(store js.Value) (last js.Value) {
		last = store.Call("clear")
		for name, text := range texts {
			last = store.Call("put", text, name)
		}
		return last
	}, nil)
}

// Get returns what is kept under the name, or ErrNone.
func (s *Shelf) Get(ctx context.Context, name string) (text string, err error) {
	found := false
	err = s.use(ctx, "readonly", func(store js.Value) js.Value { return store.Call("get", name) }, func(result js.Value) {
		if found = result.Type() == js.TypeString; found {
			text = result.String()
		}
	})
	if err == nil && !found {
		err = ErrNone
	}
	return text, err
}

// All returns everything that is kept, in the order of the names.
func (s *Shelf) All(ctx context.Context) (all []string, err error) {
	err = s.use(ctx, "readonly", func(store js.Value) js.Value { return store.Call("getAll") }, func(result js.Value) {
		for i := range result.Length() {
			if text := result.Index(i); text.Type() == js.TypeString {
				all = append(all, text.String())
			}
		}
	})
	return all, err
}

// Delete forgets what is kept under the name, if anything is.
func (s *Shelf) Delete(ctx context.Context, name string) error {
	return s.use(ctx, "readwrite", func(store js.Value) js.Value { return store.Call("delete", name) }, nil)
}

// Clear forgets everything.
func (s *Shelf) Clear(ctx context.Context) error {
	return s.use(ctx, "readwrite", func(store js.Value) js.Value { return store.Call("clear") }, nil)
}

// use runs work in one transaction and waits until that is complete. result
// gets what the request that work returned came to.
func (s *Shelf) use(ctx context.Context, mode string, work func(store js.Value) js.Value, result func(js.Value)) (err error) {
	defer func() { // a browser that forbids storage throws
		if e, ok := recover().(js.Error); ok {
			err = e
		}
	}()
	factory := js.Global().Get("indexedDB")
	if !factory.Truthy() {
		return errors.New("this browser has no IndexedDB")
	}
	opening := factory.Call("open", s.name, version)
	upgrade := js.FuncOf(func(js.Value, []js.Value) any {
		opening.Get("result").Call("createObjectStore", storeName)
		return nil
	})
	defer upgrade.Release()
	opening.Set("onupgradeneeded", upgrade)
	if err := wait(ctx, opening, "onsuccess", "onerror", "onblocked"); err != nil {
		return err
	}
	db := opening.Get("result")
	defer db.Call("close")
	tx := db.Call("transaction", storeName, mode)
	request := work(tx.Call("objectStore", storeName))
	if tx.Get("commit").Truthy() { // or the browser waits whether more comes
		tx.Call("commit")
	}
	if err := wait(ctx, tx, "oncomplete", "onerror", "onabort"); err != nil {
		return err
	}
	if result != nil {
		result(request.Get("result"))
	}
	return nil
}

// wait blocks the goroutine until target fires the event good, or one of bad.
func wait(ctx context.Context, target js.Value, good string, bad ...string) error {
	done := make(chan error, 1)
	say := func(err error) js.Func {
		return js.FuncOf(func(js.Value, []js.Value) any {
			select {
			case done <- err:
			default:
			}
			return nil
		})
	}
	listeners := []js.Func{say(nil)}
	target.Set(good, listeners[0])
	for _, event := range bad {
		f := say(errors.New("storage: " + event[2:]))
		target.Set(event, f)
		listeners = append(listeners, f)
	}
	defer func() {
		for _, event := range append(bad, good) {
			target.Set(event, js.Null())
		}
		for _, f := range listeners {
			f.Release()
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
