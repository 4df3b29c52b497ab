package fetch

import (
	"context"
	"errors"
	"io"
	"syscall/js"
)

// Transport calls the browser's fetch.
type Transport struct{}

// Do sends the request. It must not run on the goroutine that draws, which would
// stand still until the answer begins.
func (Transport) Do(ctx context.Context, r Request) (Response, error) {
	abort := js.Global().Get("AbortController").New()
	stop := context.AfterFunc(ctx, func() { abort.Call("abort") })
	answer, err := await(js.Global().Call("fetch", r.URL, options(r, abort.Get("signal"))))
	if err != nil {
		stop()
		return Response{}, err
	}
	b := &body{abort: abort, stop: stop}
	if s := answer.Get("body"); s.Truthy() {
		b.reader = s.Call("getReader")
	}
	header := func(name string) string {
		v := answer.Get("headers").Call("get", name)
		if v.IsNull() {
			return ""
		}
		return v.String()
	}
	return newResponse(answer.Get("status").Int(), header, b), nil
}

func options(r Request, signal js.Value) map[string]any {
	headers := map[string]any{}
	for _, h := range r.headers() {
		headers[h[0]] = h[1]
	}
	o := map[string]any{
		"method":      r.Method,
		"headers":     headers,
		"credentials": "same-origin",
		"cache":       "no-store",
		"redirect":    "error",
		"signal":      signal,
	}
	if r.Body != nil {
		o["body"] = string(r.Body)
	}
	return o
}

// A body reads a ReadableStream.
type body struct {
	reader js.Value
	rest   []byte
	abort  js.Value
	stop   func() bool
}

// Read blocks the goroutine, not the browser.
func (b *body) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		if err := b.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *body) fill() error {
	if !b.reader.Truthy() {
		return io.EOF
	}
	part, err := await(b.reader.Call("read"))
	if err != nil {
		return err
	}
	if part.Get("done").Bool() {
		return io.EOF
	}
	bytes := part.Get("value")
	b.rest = make([]byte, bytes.Get("length").Int())
	js.CopyBytesToGo(b.rest, bytes)
	return nil
}

// Close ends the request.
func (b *body) Close() error {
	b.stop()
	b.abort.Call("abort")
	return nil
}

// await blocks the goroutine, not the browser, until the promise is settled.
func await(promise js.Value) (js.Value, error) {
	type settled struct {
		value js.Value
		err   error
	}
	done := make(chan settled, 1)
	kept := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- settled{value: args[0]}
		return nil
	})
	defer kept.Release()
	broken := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- settled{err: errors.New(args[0].Call("toString").String())}
		return nil
	})
	defer broken.Release()
	promise.Call("then", kept, broken)
	s := <-done
	return s.value, s.err
}
