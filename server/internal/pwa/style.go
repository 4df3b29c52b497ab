package pwa

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// A style is the site's stylesheets as a page may have them: by their addresses,
// or in the page itself. In the page they are seen one round trip sooner; by
// address they travel once.
type style struct {
	links string
	text  string
	// source lets the text stand in a page, and nothing else: the value of
	// style-src (Content Security Policy Level 3, section 2.3.1, hash-source).
	source string
}

func (p *PWA) newStyle() style {
	var links, text, source strings.Builder
	source.WriteString("'self'")
	for _, name := range p.stylesheets() {
		a := p.assets[name]
		element(&links, "link", "rel", "stylesheet", "href", a.path)
		css, ok := a.styleText()
		if !ok {
			element(&text, "link", "rel", "stylesheet", "href", a.path)
			continue
		}
		element(&text, "style", "data-href", a.path) // web/js/send.js compares it
		text.WriteString(css + "</style>\n")
		sum := sha256.Sum256([]byte("\n" + css)) // the line's end after the tag counts
		source.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
	}
	return style{links.String(), text.String(), source.String()}
}

func (p *PWA) stylesheets() []string {
	var names []string
	for name := range p.assets {
		if strings.HasPrefix(name, "css/") && strings.HasSuffix(name, ".css") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// styleText returns the asset as it may stand in a style element: there is no
// way to write an end tag there, and a parser changes other line ends.
func (a *asset) styleText() (string, bool) {
	raw, err := a.bytes()
	css := string(raw)
	return css, err == nil && !strings.Contains(css, "</") && !strings.ContainsAny(css, "\r\x00")
}
