package api

import (
	"strings"
	"unicode/utf8"
)

// MaxQueryRunes is the longest search query, in characters.
const MaxQueryRunes = 128

// MaxPeople is how many people an answer to a search names at most.
const MaxPeople = 5

// Search is one page of the posts and replies that have all words of a query in
// their message or their author's handle, newest first.
//
// A word is a run of letters and digits, without regard to case and accents; an
// ideograph or an emoji is a word by itself. Everything else only separates
// words: a query has no operators. Reposts are not searched, their originals
// are.
type Search struct {
	// Query is what was asked for, trimmed.
	Query string `json:"query"`
	// People are those whose handle begins with the query, on the first page of
	// a query that is one word.
	People []Person `json:"people,omitempty"`
	Feed
}

// CheckQuery trims a search query and returns it with what is wrong with it, or
// "". An empty query is right: it finds nothing.
func CheckQuery(q string) (trimmed, wrong string) {
	q = strings.TrimSpace(q)
	switch {
	case !ValidText(q):
		return "", "This text has characters that can't be searched for."
	case utf8.RuneCountInString(q) > MaxQueryRunes:
		return "", "Use at most 128 characters."
	}
	return q, ""
}
