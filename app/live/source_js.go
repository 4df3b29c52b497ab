package live

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall/js"
)

type source struct{}

// New returns a reader of the server at base; "" is the page's own. The cookie
// goes along.
func New(base string) *Reader { return &Reader{base: base} }

// open calls fetch. It must not run on the UI goroutine, which would stand still.
func (source) open(ctx context.Context, r request) (answer, error) {
	headers := map[string]any{}
	for _, h := range r.header {
		headers[h[0]] = h[1]
	}
	abort := js.Global().Get("AbortController").New()
	stop := context.AfterFunc(ctx, func() { abort.Call("abort") })
	res, err := await(js.Global().Call("fetch", r.address, map[string]any{
		"headers":     headers,
		"credentials": "same-origin",
		"cache":       "no-store",
		"redirect":    "error",
		"signal":      abort.Get("signal"),
	}))
	if err != nil {
		stop()
		return answer{}, err
	}
	b := &body{abort: abort, stop: stop}
	if s := res.Get("body"); s.Truthy() {
		b.reader = s.Call("getReader")
	}
	media, _, _ := strings.Cut(field(res, "Content-Type"), ";")
	return answer{res.Get("status").Int(), strings.ToLower(strings.TrimSpace(media)), field(res, "Retry-After"), b}, nil
}

func field(res js.Value, name string) string {
	v := res.Get("headers").Call("get", name)
	if v.IsNull() {
		return ""
	}
	return v.String()
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
