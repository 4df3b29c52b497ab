package httpapi

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"porchlight/shared/api"
)

type contextKey int

const traceKey contextKey = iota

// A trace is what the log says of a request, and the context in which the
// request finds it. It belongs to the request's own goroutine.
type trace struct {
	context.Context
	id      string
	sub     string
	problem string
	answer  recorder
}

// Value finds the trace itself, without one more link for every look-up.
func (t *trace) Value(key any) any {
	if key == traceKey {
		return t
	}
	return t.Context.Value(key)
}

func traceOf(ctx context.Context) *trace {
	t, ok := ctx.Value(traceKey).(*trace)
	if !ok {
		return &trace{}
	}
	return t
}

func requestID(ctx context.Context) string { return traceOf(ctx).id }

func note(ctx context.Context, problem string) { traceOf(ctx).problem = problem }

// edge wraps all routes in what every request passes.
func (s *server) edge(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.event(r, "cross-origin request refused")
		s.writeProblem(w, r, errCrossOrigin)
	}))
	return s.traced(lingering(s.recovered(s.headers(s.hosts(cross.Handler(next))))))
}

// How much of a body that nobody wanted is read all the same, in bytes. net/http
// itself reads what is short.
const (
	lingerAbove = 256 << 10
	lingerBytes = 16 << 20
)

// lingering reads on when a request is answered before its body has come. Else
// the connection would be reset under a client that still sends, and the answer
// lost to it (RFC 9112 section 9.6). The server's read timeout bounds how long.
// A client that has asked whether to send (Expect) is not told to.
func lingering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := r.Body
		next.ServeHTTP(w, r)
		if long := r.ContentLength < 0 || r.ContentLength > lingerAbove; long && r.Header.Get("Expect") == "" {
			_, _ = io.CopyN(io.Discard, body, lingerBytes) // the answer counts
		}
	})
}

// traced gives the request its ID and logs one line when it is answered.
func (s *server) traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &trace{Context: r.Context(), id: rand.Text(), answer: recorder{ResponseWriter: w}}
		start := s.Now()
		r = r.WithContext(t)
		w.Header()["X-Request-Id"] = []string{t.id}
		next.ServeHTTP(&t.answer, r)
		s.logRequest(r, t, start)
	})
}

// logRequest is no part of traced because of its record, for which the stack of
// every live stream would have to keep room. The record goes to the handler
// without the logger, which would look up from where it was called.
func (s *server) logRequest(r *http.Request, t *trace, start time.Time) {
	h := s.Logger.Handler()
	if !h.Enabled(t, slog.LevelInfo) {
		return
	}
	end := s.Now()
	line := slog.NewRecord(end, slog.LevelInfo, "request", 0)
	line.AddAttrs(
		slog.String("request", t.id), slog.String("method", knownMethod(r.Method)), slog.String("route", r.Pattern),
		slog.Int("status", t.answer.code()), slog.Float64("ms", float64(end.Sub(start).Microseconds())/1000),
	)
	if t.sub != "" {
		line.AddAttrs(slog.String("sub", t.sub))
	}
	if t.problem != "" {
		line.AddAttrs(slog.String("problem", t.problem))
	}
	_ = h.Handle(t, line) // there is nowhere to say that the log is gone
}

// knownMethod keeps what a client made up out of the log.
func knownMethod(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT":
		return m
	}
	return "other"
}

// recovered answers a panic with a 500 that says nothing.
func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.Logger.Error("panic", "request", requestID(r.Context()), "stack", string(debug.Stack()))
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				panic(http.ErrAbortHandler) // the answer has begun: cut it
			}
			s.writeProblem(w, r, errPanic)
		}()
		next.ServeHTTP(w, r)
	})
}

// headers sets what every answer carries (OWASP ASVS 5.0, V3.4). Pages replace
// the policy with their own.
func (s *server) headers(next http.Handler) http.Handler {
	fixed := []struct {
		name  string
		value []string
	}{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Referrer-Policy", []string{"strict-origin-when-cross-origin"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"X-Frame-Options", []string{"DENY"}},
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
		{"Strict-Transport-Security", []string{"max-age=63072000; includeSubDomains"}},
	}
	if !s.Secure {
		fixed = fixed[:len(fixed)-1]
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, f := range fixed {
			h[f.name] = f.value // shared: who sets replaces it, who adds copies it
		}
		next.ServeHTTP(w, r)
	})
}

// hosts refuses requests for other hosts: a forged Host is how DNS rebinding
// reaches a server that only listens on loopback.
func (s *server) hosts(next http.Handler) http.Handler {
	known := make(map[string]bool, len(s.Hosts))
	for _, h := range s.Hosts {
		known[strings.ToLower(h)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !known[hostname(r.Host)] {
			s.writeProblem(w, r, errHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname returns a Host header without its port, and an IPv6 address without
// its brackets.
func hostname(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil && strings.Trim(port, "0123456789") == "" {
		return strings.ToLower(name)
	}
	if v6, ok := strings.CutPrefix(host, "["); ok {
		host = strings.TrimSuffix(v6, "]")
	}
	return strings.ToLower(host)
}

// fallback turns the mux's own plain-text 404 and 405 into problems or pages.
func (s *server) fallback(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := unmatched{ResponseWriter: w, request: r}
		mux.ServeHTTP(&u, r)
		switch u.status {
		case http.StatusNotFound:
			s.unanswered(w, r, errNotFound)
		case http.StatusMethodNotAllowed:
			s.unanswered(w, r, problemOf(u.status, api.ProblemMethod, "This address does not take "+knownMethod(r.Method)+"."))
		}
	})
}

// unanswered tells why nothing is here: below /api by a problem, elsewhere by a
// page.
func (s *server) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		s.writeProblem(w, r, err)
		return
	}
	s.writeErrorPage(w, r, err)
}

// An unmatched writer holds back what the mux answers where no pattern matches,
// but for the Allow header. To ask the mux first would match every request
// twice.
type unmatched struct {
	http.ResponseWriter
	request *http.Request
	status  int // of the answer held back; 0 for none
}

func (u *unmatched) WriteHeader(status int) {
	if u.request.Pattern == "" && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed) {
		u.status = status
		return
	}
	u.ResponseWriter.WriteHeader(status)
}

func (u *unmatched) Write(b []byte) (int, error) {
	if u.status != 0 {
		return len(b), nil
	}
	return u.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (u *unmatched) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// A recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// event logs something of security interest. It never carries a secret.
func (s *server) event(r *http.Request, message string, args ...any) {
	s.Logger.Info(message, append([]any{"request", requestID(r.Context()), "kind", "auth"}, args...)...)
}

// settle waits for the next multiple of the quantum since start, so that the
// time of an answer does not tell which accounts exist.
func (s *server) settle(ctx context.Context, start time.Time) {
	spent := s.Now().Sub(start)
	wait := s.Quantum - spent%s.Quantum
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}
