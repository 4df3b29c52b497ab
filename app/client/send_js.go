package client

import (
	"context"
	"errors"
	"syscall/js"
)

type transport struct{}

// New returns a client for the server at base; "" is the page's own.
func New(base string) *Client { return &Client{base: base} }

// send calls fetch. It must not run on the UI goroutine, which would stand
// still until the answer is there.
func (transport) send(ctx context.Context, r request) (response, error) {
	abort := js.Global().Get("AbortController").New()
	stop := context.AfterFunc(ctx, func() { abort.Call("abort") })
	defer stop()
	answer, err := await(js.Global().Call("fetch", r.Path, options(r, abort.Get("signal"))))
	if err != nil {
		return response{}, err
	}
	text, err := await(answer.Call("text"))
	if err != nil {
		return response{}, err
	}
	body := text.String()
	if len(body) > maxAnswer {
		return response{}, errors.New("the answer is too large")
	}
	return response{
		Status:     answer.Get("status").Int(),
		Type:       mediaType(field(answer, "Content-Type")),
		RetryAfter: field(answer, "Retry-After"),
		Body:       []byte(body),
	}, nil
}

func options(r request, signal js.Value) map[string]any {
	headers := map[string]any{}
	for _, h := range header(r) {
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

func field(answer js.Value, name string) string {
	v := answer.Get("headers").Call("get", name)
	if v.IsNull() {
		return ""
	}
	return v.String()
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
