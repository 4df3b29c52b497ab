//go:build !js

package ui

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestLinks writes what is a link in brackets.
func TestLinks(t *testing.T) {
	tests := []struct{ name, words, want string }{
		{"none", "no address", "no address"},
		{"alone", "https://example.com", "[https://example.com]"},
		{"end of a sentence", "See http://example.com/a?b=c#d. Then", "See [http://example.com/a?b=c#d]. Then"},
		{"in brackets", "(https://example.com/a)", "([https://example.com/a])"},
		{"with brackets", "https://example.com/a_(b), and", "[https://example.com/a_(b)], and"},
		{"two", "https://a.example https://b.example", "[https://a.example] [https://b.example]"},
		{"case", "HTTPS://Example.com/A", "[HTTPS://Example.com/A]"},
		{"lines", "a\nhttps://a.example\n\nb", "a\n[https://a.example]\n\nb"},
		{"quoted", `"https://a.example"`, `"[https://a.example]"`},
		{"letters beside", "https://例え.example/道。", "[https://例え.example/道。]"},
		{"within a word", "xhttps://a.example", "xhttps://a.example"},
		{"after a wide letter", "éhttps://a.example", "éhttps://a.example"},
		{"after a wide mark", "→https://a.example", "→[https://a.example]"},
		{"script", "javascript:alert(1)//https://", "javascript:alert(1)//https://"},
		{"data", "data:text/html,<script>", "data:text/html,<script>"},
		{"markup", `<a href="https://a.example">x</a>`, `<a href="[https://a.example]">x</a>`},
		{"no host", "https:///a http://", "https:///a http://"},
		{"name before the host", "https://porchlight.example@evil.example/", "https://porchlight.example@evil.example/"},
		{"turned around", "https://a.example/\u202egnp.exe", "[https://a.example/]\u202egnp.exe"},
		{"zero width", "https://a.exa\u200bmple", "[https://a.exa]\u200bmple"},
		{"backslash", `https://a.example\@b.example`, `[https://a.example]\@b.example`},
		{"wide lower case", "İ https://a.example", "İ [https://a.example]"},
		{"only punctuation", "https://...", "https://..."},
	}
	for _, test := range tests {
		root := parse(t, drawn(message(test.words)))
		var b strings.Builder
		for n := range one(t, root, "p").ChildNodes() {
			if n.Type == html.TextNode {
				b.WriteString(n.Data)
				continue
			}
			b.WriteString("[" + content(n) + "]")
			if attr(n, "href") != content(n) || attr(n, "rel") != "nofollow noopener ugc" || attr(n, "target") != "_blank" {
				t.Errorf("%s: link %v", test.name, n.Attr)
			}
		}
		if got := b.String(); got != test.want {
			t.Errorf("%s: message(%q) = %q, want %q", test.name, test.words, got, test.want)
		}
	}
}

// FuzzLinks checks that no text is lost or changed, and that every link is one
// of the web.
func FuzzLinks(f *testing.F) {
	f.Add("a https://example.com/(x)). b")
	f.Add("https://https://https://a")
	f.Fuzz(func(t *testing.T, words string) {
		before, address, after := cutAddress(words)
		if before+address+after != words || len(after) >= len(words) && words != "" {
			t.Errorf("cutAddress(%q) = %q, %q, %q", words, before, address, after)
		}
		if low := strings.ToLower(address); address != "" && !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") {
			t.Errorf("cutAddress(%q) links %q", words, address)
		}
	})
}
