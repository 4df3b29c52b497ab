//go:build !js

package fetch

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
)

// Transport sends through net/http; the zero one through http.DefaultClient,
// which keeps no cookies.
type Transport struct{ client *http.Client }

// Over returns a Transport that sends through h. It exists on the machine only.
func Over(h *http.Client) Transport { return Transport{h} }

// Do sends the request.
func (t Transport) Do(ctx context.Context, r Request) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, err
	}
	for _, h := range r.headers() {
		req.Header.Set(h[0], h[1])
	}
	answer, err := cmp.Or(t.client, http.DefaultClient).Do(req)
	if err != nil {
		return Response{}, err
	}
	return newResponse(answer.StatusCode, answer.Header.Get, answer.Body), nil
}
