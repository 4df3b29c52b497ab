package cognito_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"porchlight/server/internal/cognito"
)

func TestInProcess(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		method  string
		status  int
		body    string
		header  string // of X
	}{
		{"nothing written", func(http.ResponseWriter, *http.Request) {}, "GET", 200, "", ""},
		{"status and body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", "1")
			w.WriteHeader(404)
			_, _ = io.WriteString(w, "gone")
		}, "GET", 404, "gone", "1"},
		{"header after the status is late", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			w.Header().Set("X", "late")
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "b")
		}, "GET", 200, "ab", ""},
		{"informational first", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(103)
			w.WriteHeader(201)
		}, "GET", 201, "", ""},
		{"HEAD has no body", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "body") }, "HEAD", 200, "", ""},
		{"redirect is the answer", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", "1")
			w.Header().Set("Location", "/other")
			w.WriteHeader(307)
		}, "POST", 307, "", "1"},
		{"request as a server sees it", func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			_, _ = io.WriteString(w, strings.Join([]string{r.Method, r.Host, r.RequestURI, r.URL.Path, r.Proto, r.RemoteAddr, string(body)}, " "))
			if err != nil {
				w.WriteHeader(500)
			}
		}, "POST", 200, "POST pool.invalid /a%20b?c=d /a b HTTP/1.1 127.0.0.1:0 hello", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "http://pool.invalid/a%20b?c=d", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			res, err := cognito.InProcess(tt.handler).Do(req)
			if err != nil {
				t.Fatalf("Do = %v, want no error", err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.status || string(body) != tt.body || res.Header.Get("X") != tt.header {
				t.Errorf("Do = %d, X %q, %q, %v, want %d, X %q, %q", res.StatusCode, res.Header.Get("X"), body, err, tt.status, tt.header, tt.body)
			}
			if res.ContentLength != int64(len(tt.body)) {
				t.Errorf("ContentLength = %d, want %d", res.ContentLength, len(tt.body))
			}
		})
	}
}

func TestInProcessFails(t *testing.T) {
	tests := []struct {
		name    string
		handler func(cancel func()) http.HandlerFunc
		before  bool // the context ends before the request
		want    error
		says    string
	}{
		{"panic", func(func()) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic(canaryPassword) }
		}, false, nil, "panicked with a string"},
		{"panic of the runtime", func(func()) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) { _ = r.Header["None"][3] }
		}, false, nil, "index out of range"},
		{"abort", func(func()) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}, false, nil, "panicked"},
		{"context ended before", func(func()) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic("the handler ran") }
		}, true, context.Canceled, ""},
		{"context ends meanwhile", func(cancel func()) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
				_, _ = io.WriteString(w, "too late")
			}
		}, false, context.Canceled, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.before {
				cancel()
			}
			body := &closing{Reader: strings.NewReader("x")}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://pool.invalid/", body)
			if err != nil {
				t.Fatal(err)
			}
			_, err = cognito.InProcess(tt.handler(cancel)).Transport.RoundTrip(req)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("RoundTrip = %v, want %v saying %q", err, tt.want, tt.says)
			}
			if !body.closed {
				t.Error("the request's body was left open")
			}
			checkQuiet(t, err)
		})
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestPanicInThePoolIsUnavailable(t *testing.T) {
	pool := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(canaryPassword) })
	c := client(t, cognito.Config{Endpoint: "http://pool.invalid", HTTPClient: cognito.InProcess(pool)})
	_, err := c.SignIn(t.Context(), canaryEmail, canaryPassword)
	checkKind(t, "SignIn", err, cognito.ErrUnavailable)
}
