package device

import (
	"context"
	"errors"
	"syscall/js"
)

const (
	databaseName    = "porchlight"
	databaseVersion = 1
	storeName       = "kept"
	snapshotName    = "snapshot"
)

// database is IndexedDB. It is opened for each use: the browser closes a
// connection whenever it clears the site's storage, and says so to nobody.
type database struct{}

func open() store { return database{} }

func (database) load(ctx context.Context) (text string, err error) {
	err = use(ctx, "readonly", func(s js.Value) js.Value { return s.Call("get", snapshotName) }, func(result js.Value) {
		if result.Type() == js.TypeString {
			text = result.String()
		}
	})
	if err == nil && text == "" {
		err = ErrNone
	}
	return text, err
}

func (database) save(ctx context.Context, text string) error {
	return use(ctx, "readwrite", func(s js.Value) js.Value { return s.Call("put", text, snapshotName) }, nil)
}

func (database) wipe(ctx context.Context) error {
	return use(ctx, "readwrite", func(s js.Value) js.Value { return s.Call("clear") }, nil)
}

// use runs work in one transaction and waits until that is complete. result
// gets what the request that work returned came to.
func use(ctx context.Context, mode string, work func(store js.Value) js.Value, result func(js.Value)) (err error) {
	defer func() { // a browser that forbids storage throws
		if e, ok := recover().(js.Error); ok {
			err = e
		}
	}()
	factory := js.Global().Get("indexedDB")
	if !factory.Truthy() {
		return errors.New("this browser has no IndexedDB")
	}
	opening := factory.Call("open", databaseName, databaseVersion)
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
