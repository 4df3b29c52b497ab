//go:build !js

package live

import (
	"context"
	"net/http"
	"strings"
)

type source struct{ http *http.Client }

// New returns a reader of the server at base, such as "https://example.com". It
// keeps no cookies; Over does.
func New(base string) *Reader { return Over(base, http.DefaultClient) }

// Over returns a reader of the server at base that asks through h, which must
// have no Timeout. It exists on the machine only.
func Over(base string, h *http.Client) *Reader { return &Reader{base: base, source: source{h}} }

func (s source) open(ctx context.Context, r request) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address, nil)
	if err != nil {
		return answer{}, err
	}
	for _, h := range r.header {
		req.Header.Set(h[0], h[1])
	}
	res, err := s.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return answer{res.StatusCode, strings.ToLower(strings.TrimSpace(media)), res.Header.Get("Retry-After"), res.Body}, nil
}
