package ui

import (
	"strings"

	"porchlight/shared/api"
)

// called is a person's name as it is shown. New names have no characters that
// turn the direction of text; one from before, or from another client of the
// store, must not turn the words around it, least of all the handle beside it.
// To isolate it would not do: the same characters end an isolate.
func called(name string) string {
	return strings.Map(func(r rune) rune {
		if api.Turns(r) {
			return -1
		}
		return r
	}, name)
}
