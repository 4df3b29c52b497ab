//go:build !js

package client

import (
	"net/http"

	"porchlight/app/fetch"
)

// Over returns a client for the server at base that sends through h. It exists
// on the machine only.
func Over(base string, h *http.Client) *Client { return &Client{base: base, wire: fetch.Over(h)} }
