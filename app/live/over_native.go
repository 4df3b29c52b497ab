//go:build !js

package live

import (
	"net/http"

	"porchlight/app/fetch"
)

// Over returns a reader of the server at base that asks through h, which must
// have no Timeout. It exists on the machine only.
func Over(base string, h *http.Client) *Reader { return &Reader{base: base, wire: fetch.Over(h)} }
