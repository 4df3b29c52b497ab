package api

import (
	"strings"
	"unicode"
)

// blank reports whether s shows nothing: it is empty, or all of it is white
// space and characters that are there for those beside them. ZWJ and the
// variation selectors make emoji, ZWNJ is spelling: beside letters they are text.
func blank(s string) bool { return !strings.ContainsFunc(s, shows) }

// shows reports whether the character can be seen by itself. What cannot is the
// Default_Ignorable_Code_Point of Unicode (DerivedCoreProperties.txt), from what
// package unicode has to derive it, and the pattern of no dots of Braille.
func shows(r rune) bool {
	switch {
	case unicode.IsSpace(r), unicode.IsControl(r), r == '\u2800':
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return true
	}
	return !unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Turns reports whether the character is one that turns the direction of the
// text after it until another ends it (UAX #9, "Explicit Directional
// Embeddings, Overrides and Isolates"). In a name it would turn the words that
// stand around the name. The marks that only stand for a letter of a direction
// (LRM, RLM, ALM) are none.
func Turns(r rune) bool {
	return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}
