//go:build !js

package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
)

type transport struct{ http *http.Client }

// New returns a client for the server at base, such as "https://example.com".
// It keeps no cookies; Over does.
func New(base string) *Client { return Over(base, http.DefaultClient) }

// Over returns a client for the server at base that sends through h. It exists
// on the machine only.
func Over(base string, h *http.Client) *Client {
	return &Client{base: base, transport: transport{h}}
}

func (t transport) send(ctx context.Context, r request) (response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return response{}, err
	}
	for _, h := range header(r) {
		req.Header.Set(h[0], h[1])
	}
	answer, err := t.http.Do(req)
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return response{}, err
	}
	if len(body) > maxAnswer {
		return response{}, errors.New("the answer is too large")
	}
	return response{
		Status:     answer.StatusCode,
		Type:       mediaType(answer.Header.Get("Content-Type")),
		RetryAfter: answer.Header.Get("Retry-After"),
		Body:       body,
	}, nil
}
