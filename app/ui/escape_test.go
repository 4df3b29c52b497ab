//go:build !js

package ui

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// hostile are values that have broken out of attributes and texts elsewhere.
func hostile() []string {
	return []string{
		"", "true", "false", " ", "  two  ", "plain", `"><script>alert(1)</script>`, `" onfocus="alert(1)`,
		`\"><img src=x onerror=alert(1)>`, `'><b>`, "a\\", `\`, `\u0022`, "&quot;", "&amp;lt;", "&#34;", "100%", "%s%d%!",
		"line\nline", "\n\nfirst", "tab\tstop", "cr\rlf\r\n", "\x00nul", "\x01\x02", "\u0085next", "\u00a0hard", "\u200bzero",
		"\u2028line", "\ufeffbom", "\ufffenon", "\xff\xfebad", "emoji 🕯️", "مساء", "</textarea><script>", "</p><p>", "<!--", "]]>",
		"\U0010ffff", "a\n  b\n    c",
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		page := drawn(el("div", nil,
			void("input", at{"value", s, "data-text", s}),
			el("p", nil, text(s)),
			el("span", nil, text("before "), el("b", nil, text(s))),
		))
		root := parse(t, page)
		want := said(s)

		input := one(t, root, "input")
		if got := attr(input, "value"); s != "" && got != want {
			t.Errorf("value of %q reads back as %q, want %q", s, got, want)
		}
		if got, want := attr(input, "data-text"), strings.TrimSpace(want); got != want && strings.TrimSpace(s) == s {
			t.Errorf("data-text of %q reads back as %q, want %q", s, got, want)
		}
		if n := len(input.Attr); n > 2 {
			t.Errorf("the input of %q has %d attributes, want at most 2: %v", s, n, input.Attr)
		}
		for _, tag := range []string{"p", "b"} {
			if got := content(one(t, root, tag)); got != want {
				t.Errorf("<%s> of %q reads back as %q, want %q", tag, s, got, want)
			}
		}
		if got := content(one(t, root, "span")); got != "before "+want {
			t.Errorf("span of %q reads back as %q, want %q", s, got, "before "+want)
		}
		if n := len(all(root, "")); n != 8 { // html head body div input p span b
			t.Errorf("the page of %q has %d elements, want 8: %s", s, n, page)
		}
	})
}

// said is what a page can say of s: HTML has no control characters but tab and
// newline.
func said(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' {
			return utf8.RuneError
		}
		return r
	}, s)
}

func TestTextareaKeepsText(t *testing.T) {
	for _, s := range []string{"a\n  b\n    c", "first\n\nthird", "</textarea><b>", "  indented"} {
		page := drawn(el("div", nil, el("label", nil, text("x")), el("textarea", nil, text(s))))
		if got := content(one(t, parse(t, page), "textarea")); got != s {
			t.Errorf("textarea of %q reads back as %q", s, got)
		}
	}
}

func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader("<!doctype html><html><head></head><body>" + page + "</body></html>"))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// all returns the elements with the tag below root; "" is every element.
func all(root *html.Node, tag string) (found []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (tag == "" || n.Data == tag) {
			found = append(found, n)
		}
	}
	return found
}

func one(t *testing.T, root *html.Node, tag string) *html.Node {
	t.Helper()
	found := all(root, tag)
	if len(found) != 1 {
		t.Fatalf("the page has %d <%s>, want 1", len(found), tag)
	}
	return found[0]
}

func attr(n *html.Node, name string) string {
	v, _ := lookup(n, name)
	return v
}

func lookup(n *html.Node, name string) (value string, ok bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// content returns the text of n.
func content(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}
