package ui

// In the browser there is nothing to escape: the DOM takes texts as they are.

// esc makes s ready to be the value of an attribute.
func esc(s string) string { return s }

// plain makes s ready to be text.
func plain(s string) string { return s }
