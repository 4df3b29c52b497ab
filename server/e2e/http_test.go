package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// An exchange is a request made by hand.
type exchange struct {
	method, path string
	header       http.Header
	host         string // the Host header, when not the server's
	body         string
}

// An answer is what came.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends the request as it is, without cookies and without following.
func (s *server) send(t *testing.T, e exchange) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), e.method, s.url+e.path, strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	if e.header != nil {
		req.Header = e.header.Clone()
	}
	req.Host = e.host
	got, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", e.method, e.path, err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", e.method, e.path, err)
	}
	return answer{got.StatusCode, got.Header, string(body)}
}

// get fetches a page as a guest.
func (s *server) get(t *testing.T, path string) answer {
	t.Helper()
	return s.send(t, exchange{method: http.MethodGet, path: path, header: http.Header{"Accept": {"text/html"}}})
}

// hasProgram reports whether the binary has the browser program.
func (s *server) hasProgram(t *testing.T) bool {
	t.Helper()
	return strings.Contains(s.get(t, "/").body, "data-program=")
}
