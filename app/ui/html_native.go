//go:build !js

package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// HTML returns what stands in the document's body: one div, which the browser
// program takes over. The zero Page is the shell that starts without a network;
// it waits for the program to fill it.
func HTML(p api.Page) string {
	return compact(app.HTMLString(New(Config{Page: p}).root(p.Path)))
}
