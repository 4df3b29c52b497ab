//go:build !js

package ui

import (
	"strconv"
	"strings"
	"unicode"
)

// go-app writes attributes of a server-rendered page with strconv.Quote, which
// is not HTML: a quote in a value would end the attribute, and whatever follows
// would be markup. It also pretty-prints, so that the browser would find text
// between elements that the program never makes. esc and plain stand against
// it. Only element.go calls them, and only element.go makes elements: a test
// reads this package's source and refuses every other way into a page.

// esc makes s ready to be the value of an attribute: what HTML and
// strconv.Quote would take for their own become numeric character references,
// which neither changes and a browser reads back as s.
//
// HTML cannot say control characters other than tab and newline (HTML
// standard, "numeric character reference end state"); api.ValidText refuses
// them, and here they become U+FFFD, as does what is not UTF-8.
func esc(s string) string {
	if s == "true" {
		return "&#116;rue" // go-app would write an attribute without a value
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune(`&<>"'\`, r), r == '\t', r == '\n':
			charReference(&b, r)
		case unicode.IsControl(r):
			charReference(&b, unicode.ReplacementChar)
		case !strconv.IsPrint(r):
			charReference(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func charReference(b *strings.Builder, r rune) {
	b.WriteString("&#")
	b.WriteString(strconv.Itoa(int(r)))
	b.WriteByte(';')
}

// Stand-ins for white space that is somebody's text, until compact has taken
// away what is go-app's indentation.
const (
	newlineMark = '\x01'
	spaceMark   = '\x02'
)

// plain makes s ready to be text: white space that must last is marked, and
// control characters become U+FFFD as in esc.
func plain(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteRune(newlineMark)
		case r == ' ' && i == 0:
			b.WriteRune(spaceMark)
		case r != '\t' && unicode.IsControl(r):
			b.WriteRune(unicode.ReplacementChar)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// compact takes the indentation out of go-app's HTML and puts marked white
// space back in, so that a browser makes exactly the nodes of it that the
// program would make.
func compact(html string) string {
	var b strings.Builder
	b.Grow(len(html))
	indent := false
	for _, r := range html {
		switch {
		case r == '\n':
			indent = true
			continue
		case r == ' ' && indent:
			continue
		case r == newlineMark:
			r = '\n'
		case r == spaceMark:
			r = ' '
		}
		indent = false
		b.WriteRune(r)
	}
	return b.String()
}
