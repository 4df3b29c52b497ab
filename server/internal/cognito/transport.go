package cognito

import (
	"net"
	"net/http"
	"time"
)

// maxAnswerBytes bounds an answer's body. The largest real one has three
// tokens, about 5 kB, or 30 kB in a pool with every attribute and group filled.
const maxAnswerBytes = 256 << 10

// bounded makes reading more than maxAnswerBytes of an answer an error.
type bounded struct {
	next interface {
		Do(*http.Request) (*http.Response, error)
	}
}

func (b bounded) Do(r *http.Request) (*http.Response, error) {
	res, err := b.next.Do(r)
	if res != nil && res.Body != nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxAnswerBytes)
	}
	return res, err
}

// newHTTPClient returns a client for many calls at once to one host. net/http
// keeps two idle connections to a host by itself, so a burst of sign-ins would
// open most of its TLS connections anew.
func newHTTPClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           128,
			MaxIdleConnsPerHost:    64,
			IdleConnTimeout:        90 * time.Second,
			TLSHandshakeTimeout:    5 * time.Second,
			ExpectContinueTimeout:  time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: noRedirect,
	}
}

// noRedirect makes a redirect the answer itself. The pool sends none; one that
// comes from a box in between must not be given the request's body.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
