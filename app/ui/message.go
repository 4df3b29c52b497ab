package ui

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// message is what somebody wrote, with its addresses as links. Nothing else in
// it means anything: it is text.
func message(words string) app.UI {
	var body []app.UI
	for words != "" {
		before, address, after := cutAddress(words)
		if before != "" {
			body = append(body, text(before))
		}
		if address != "" {
			body = append(body, outside(address))
		}
		words = after
	}
	return el("p", at{"class", "message", "dir", "auto"}, body...)
}

// outside links to another site. It opens in a tab of its own, so that nobody
// loses what they are writing; the other site learns nothing of this one's
// window, and search engines do not count what people post.
func outside(address string) app.UI {
	return el("a", at{"href", address, "target", "_blank", "rel", "nofollow noopener ugc"}, text(address))
}

// cutAddress cuts words around the first web address in them. What is not an
// address is all in before.
func cutAddress(words string) (before, address, after string) {
	for from := 0; from < len(words); {
		i := scheme(words[from:])
		if i < 0 {
			break
		}
		start := from + i
		end := start + addressLen(words[start:])
		if linkable(words[start:end]) {
			return words[:start], words[start:end], words[end:]
		}
		from = start + len("http")
	}
	return words, "", ""
}

// scheme returns where a web address might begin, or -1. It does not begin
// within a word.
func scheme(words string) int {
	lower := strings.ToLower(words)
	if len(lower) != len(words) { // a letter whose lower case is of another length
		lower = words
	}
	for from := 0; ; {
		i := strings.Index(lower[from:], "http")
		if i < 0 {
			return -1
		}
		i += from
		from = i + len("http")
		rest := lower[from:]
		if !strings.HasPrefix(rest, "://") && !strings.HasPrefix(rest, "s://") {
			continue
		}
		last := lastRune(words[:i])
		if !unicode.IsLetter(last) && !unicode.IsDigit(last) {
			return i
		}
	}
}

func lastRune(s string) (last rune) {
	for _, r := range s[max(0, len(s)-4):] {
		last = r
	}
	return last
}

// addressLen returns how much of words is an address: up to white space, to
// what cannot be seen (which could make it look like another), or to what
// encloses it, and without the punctuation of the sentence that it ends.
func addressLen(words string) int {
	end := strings.IndexFunc(words, func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.IsSpace(r) || strings.ContainsRune("<>\"`\\{}|^", r)
	})
	if end < 0 {
		end = len(words)
	}
	for {
		trimmed := strings.TrimRight(words[:end], ".,;:!?'*_~…»”’)]")
		if n := len(trimmed); n < end && closes(words[n:end], words[:n]) {
			trimmed = words[:n+1]
		}
		if len(trimmed) == end {
			return end
		}
		end = len(trimmed)
	}
}

// closes reports whether tail begins with a bracket that was opened in address,
// as in https://example.com/a_(b).
func closes(tail, address string) bool {
	for _, pair := range []string{"()", "[]"} {
		if tail[0] == pair[1] {
			return strings.Count(address, pair[:1]) > strings.Count(address, pair[1:])
		}
	}
	return false
}

// linkable reports whether the address may be a link: of the web, with a host,
// and without a name and password before it, which make it look like another.
func linkable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "http" || u.Scheme == "https"
}
