// Package http stands in for net/http in the browser program, and only there.
//
// The browser's own fetch sends what the program sends (app/client). go-app
// names net/http in the half of it that serves pages, which the browser never
// calls; but what a package does when it is initialised is linked, called or
// not, and brings most of an HTTP/2 server with it. So this has the names that
// go-app v10.1.11 needs to compile, and nothing behind them: a name that is not
// here fails the build, and what is here panics when it is called.
package http

import "net/url"

const absent = "net/http is not part of the browser program"

// Methods and statuses, as in net/http.
const (
	MethodGet                 = "GET"
	StatusOK                  = 200
	StatusNotModified         = 304
	StatusNotFound            = 404
	StatusInternalServerError = 500
)

// Header has the shape of net/http's.
type Header map[string][]string

// Get panics.
func (Header) Get(string) string { panic(absent) }

// Set panics.
func (Header) Set(string, string) { panic(absent) }

// ResponseWriter is as in net/http.
type ResponseWriter interface {
	Header() Header
	Write(p []byte) (int, error)
	WriteHeader(status int)
}

// Handler is as in net/http.
type Handler interface {
	ServeHTTP(w ResponseWriter, r *Request)
}

// Request has the fields that go-app reads.
type Request struct {
	Method, Host string
	URL          *url.URL
	Header       Header
	TLS          *struct{}
}

// Response has the fields that go-app reads.
type Response struct {
	StatusCode int
	Header     Header
	Body       interface {
		Read(p []byte) (int, error)
		Close() error
	}
}

// Get panics: in the browser, app/client sends.
func Get(string) (*Response, error) { panic(absent) }

// NotFound panics.
func NotFound(ResponseWriter, *Request) { panic(absent) }

// Dir is as in net/http.
type Dir string

// FileServer panics.
func FileServer(Dir) Handler { panic(absent) }
