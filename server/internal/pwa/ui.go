package pwa

import (
	"porchlight/app/ui"
	"porchlight/shared/api"
)

// renderUI renders a page with the components of the browser program.
func renderUI(p api.Page) view {
	return view{title: ui.Title(p), description: ui.Description(p), body: ui.HTML(p)}
}
