package cognito

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
)

// InProcess returns an HTTP client whose every request is answered by h in
// this process, without a socket: the embedded user pool is reached so, by the
// calls of this package and by whoever reads its keys.
//
// The handler runs in the caller's goroutine with the request's context and
// has to heed it; an answer that comes after the context has ended is dropped
// for the context's error. The whole answer is buffered, so nothing streams. A
// panic of the handler is the request's error. Redirects are not followed.
func InProcess(h http.Handler) *http.Client {
	return &http.Client{Transport: inProcess{h}, CheckRedirect: noRedirect}
}

type inProcess struct{ handler http.Handler }

func (t inProcess) RoundTrip(r *http.Request) (res *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v != nil {
			res, err = nil, panicError(v)
		}
	}()
	w := &recorder{header: http.Header{}}
	t.handler.ServeHTTP(w, received(r))
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.response(r), nil
}

// panicError says why a handler panicked. Only the runtime's own panics are
// quoted: another value may hold what was in the request.
func panicError(v any) error {
	if e, ok := v.(runtime.Error); ok {
		return fmt.Errorf("handler panicked: %w", e)
	}
	return fmt.Errorf("handler panicked with a %T", v)
}

// received turns the request that a client sends into what a server would
// have read from a connection on loopback.
func received(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:0"
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// recorder collects an answer. As in net/http, the header that counts is the
// one at the time of WriteHeader.
type recorder struct {
	header http.Header
	sent   http.Header // a copy of header; nil before WriteHeader
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.sent != nil || status < 200 { // informational answers are not passed on
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		w.body.Reset()
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.sent,
		Body:          io.NopCloser(bytes.NewReader(w.body.Bytes())),
		ContentLength: int64(w.body.Len()),
		Request:       r,
	}
}
