// Package fetch sends the browser program's requests, and those of tests that
// run on the machine.
//
// # Why
//
// There are two transports behind one signature: the browser's fetch, because
// one reachable http.Get adds 0.8 MB to the download, and net/http for the
// machine, so that tests speak through the very code that ships. Whatever needs
// no browser is on top of them, in packages client and live.
package fetch

import (
	"io"
	"strconv"
	"strings"

	"porchlight/shared/api"
)

// A Request is one to the program's own server. The person's cookies go along.
type Request struct {
	Method, URL string
	Accept      string // the media type that is wanted
	Sub         string // whose it is (api.HeaderSub); "" does not say
	Resume      string // where a stream goes on (api.HeaderResume); "" is now
	Body        []byte // JSON; nil is no body
}

// A Response is what came back. Body ends with the request's context, and must
// be closed.
type Response struct {
	Status     int
	Type       string // media type, without parameters
	RetryAfter string // the header, as it came
	Body       io.ReadCloser
}

// headers returns what the request says of itself.
func (r Request) headers() [][2]string {
	h := [][2]string{
		{"Accept", r.Accept},
		{api.HeaderVersion, strconv.Itoa(api.Version)},
	}
	if r.Sub != "" {
		h = append(h, [2]string{api.HeaderSub, api.EscapeSub(r.Sub)})
	}
	if r.Resume != "" {
		h = append(h, [2]string{api.HeaderResume, r.Resume})
	}
	if r.Body != nil {
		h = append(h, [2]string{"Content-Type", api.TypeJSON})
	}
	return h
}

// newResponse makes the answer of what both transports can tell of it.
func newResponse(status int, header func(name string) string, body io.ReadCloser) Response {
	media, _, _ := strings.Cut(header("Content-Type"), ";")
	return Response{
		Status:     status,
		Type:       strings.ToLower(strings.TrimSpace(media)),
		RetryAfter: header("Retry-After"),
		Body:       body,
	}
}
