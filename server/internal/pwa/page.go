package pwa

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"porchlight/server/internal/pwa/bundle"
	"porchlight/shared/api"
)

// Name and Description are the site's, in the document and the manifest.
const (
	Name        = "Porchlight"
	Description = "A home feed behind a real front door: short posts that expire when you say so, for everyone or for members only."
)

// Colours of the browser's own surroundings: --paper in web/css/app.css.
const (
	colourLight = "#faf4e6"
	colourDark  = "#10152a"
)

// A frame is what is the same in every document.
type frame struct {
	policy string
	styled string // the policy of a page that has the style in it
	head   string // from the title to the style
	style  style
	about  string // from the style to the description
	foot   string // after the page's data
	// script is the boot script's element up to the value of data-start.
	script string
	// kept is the element of the script that shows what the device keeps. The
	// shell has it, where the boot script waits for nothing else.
	kept string
}

// Values of data-start on the boot script: when the program starts.
const (
	startSoon = "soon" // after the first paint, when the page is wanted or rests
	startLate = "late" // when whoever is at the page rests, and never with Save-Data
	startNow  = "now"  // at once: nothing stands there yet
)

func (p *PWA) newFrame() frame {
	var b strings.Builder
	b.WriteString("</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n")
	element(&b, "meta", "name", "color-scheme", "content", "light dark")
	element(&b, "meta", "name", "theme-color", "media", "(prefers-color-scheme: light)", "content", colourLight)
	element(&b, "meta", "name", "theme-color", "media", "(prefers-color-scheme: dark)", "content", colourDark)
	f := frame{head: b.String(), style: p.newStyle(), foot: "\n</body>\n</html>\n"}
	f.policy, f.styled = pagePolicy(p.config.Secure, "'self'"), pagePolicy(p.config.Secure, f.style.source)
	b.Reset()
	element(&b, "link", "rel", "manifest", "href", PathManifest)
	if icon := p.firstAsset("icons/favicon.ico", "icons/icon-192.png", "icons/icon.svg"); icon != nil {
		element(&b, "link", "rel", "icon", "href", icon.address())
	}
	if icon := p.firstAsset("icons/apple-touch-icon.png", "icons/icon-192.png"); icon != nil {
		element(&b, "link", "rel", "apple-touch-icon", "href", icon.path)
	}
	f.about = b.String()
	if p.HasProgram() {
		f.script = p.bootElement()
		f.kept = p.helper(keptScript)
	}
	return f
}

// helper is the element of a script that the boot script finds there when it runs.
func (p *PWA) helper(name string) string {
	var b strings.Builder
	element(&b, "script", "defer", "", "src", p.assets[name].path)
	return strings.TrimSuffix(b.String(), "\n") + "</script>\n"
}

// bootElement is the boot script's element up to its data-start. What the script may
// load stands on it, so that the script itself is a file like any other.
func (p *PWA) bootElement() string {
	var b strings.Builder
	element(&b, "script", "defer", "", "src", p.assets[bootScript].path,
		"data-takeover", p.assets["js/takeover.js"].path,
		"data-kept", p.assets[keptScript].path,
		"data-prepare", p.assets[prepareScript].path,
		"data-exec", p.assets[bundle.Exec].path,
		"data-program", p.assets[bundle.Program].path,
		"data-worker", PathWorker,
		"data-policy", TrustedTypes)
	return strings.TrimSuffix(b.String(), ">\n") + ` data-start="`
}

// element writes a start tag and its attributes, pairs of name and value.
func element(b *strings.Builder, tag string, attrs ...string) {
	b.WriteString("<" + tag)
	for i := 0; i < len(attrs); i += 2 {
		b.WriteString(" " + attrs[i])
		if attrs[i+1] != "" {
			b.WriteString(`="` + html.EscapeString(attrs[i+1]) + `"`)
		}
	}
	b.WriteString(">\n")
}

// A view is what the components make of a page. The body is one element.
type view struct{ title, description, body string }

// document returns the whole HTML of a page, with the style in it or by its
// address. The body's first element is the component's root: go-app replaces
// that element when the program starts.
func (p *PWA) document(page api.Page, styled bool) (string, error) {
	data, err := json.Marshal(page) // escapes <, > and &, so no </script> can stand in it
	if err != nil {
		return "", fmt.Errorf("encode page: %w", err)
	}
	view := p.render(page)
	var b strings.Builder
	b.Grow(len(p.frame.head) + len(p.frame.style.text) + len(view.body) + len(data) + 2048)
	b.WriteString("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>")
	b.WriteString(html.EscapeString(view.title))
	b.WriteString(p.frame.head)
	if styled {
		b.WriteString(p.frame.style.text)
	} else {
		b.WriteString(p.frame.style.links)
	}
	b.WriteString(p.frame.about)
	element(&b, "meta", "name", "description", "content", view.description)
	when := start(page.Path)
	if when == startNow {
		b.WriteString(p.frame.kept)
	}
	if p.frame.script != "" {
		b.WriteString(p.frame.script + when + "\"></script>\n")
	}
	b.WriteString("</head>\n<body>\n")
	b.WriteString(view.body)
	// Filled by boot.js when a new version is ready. A screen reader announces
	// only what appears in a region that was there before.
	b.WriteString("\n<div class=\"update\" id=\"update\" role=\"status\"></div>\n")
	b.WriteString(`<script type="application/json" id="` + api.PageElement + `">`)
	b.Write(data)
	b.WriteString("</script>")
	b.WriteString(p.frame.foot)
	return b.String(), nil
}

// start tells when the program of a page starts. Forms at the front door work
// without it, so there it waits longest.
func start(path string) string {
	switch {
	case path == "":
		return startNow
	case frontDoor(path):
		return startLate
	}
	return startSoon
}

// frontDoor reports whether the page at path leads in: sign-up, confirm,
// sign-in or recovery.
func frontDoor(path string) bool {
	switch path {
	case api.PathSignUp, api.PathConfirm, api.PathConfirmResend, api.PathSignIn, api.PathRecover, api.PathRecoverConfirm:
		return true
	}
	return false
}

// Page answers with a whole document.
//
// Pages that are someone's own, that answer a submission, that refuse, or that
// lead in are never stored; others are revalidated and vary with the cookie.
// It returns an error, and has written nothing, when the page cannot be
// encoded.
func (p *PWA) Page(w http.ResponseWriter, r *http.Request, status int, page api.Page) error {
	plain := echoes(r, status, page)
	styled := !plain && first(r, page)
	doc, err := p.document(page, styled)
	if err != nil {
		return err
	}
	h := w.Header()
	p.pageHeaders(h)
	if styled {
		h.Set("Content-Security-Policy", p.frame.styled)
	}
	if public(r, status, page) {
		h.Set("Cache-Control", cacheRevalidate)
		h.Add("Vary", "Cookie")
	} else {
		h.Set("Cache-Control", cacheNever)
	}
	body := []byte(doc)
	if !plain {
		body = p.compress(h, r, body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone when this fails
	}
	return nil
}

// public reports whether a page is the same for every guest.
func public(r *http.Request, status int, page api.Page) bool {
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	return safe && status == http.StatusOK && !frontDoor(page.Path) && page.Path != api.PathAccount &&
		page.Session == nil && page.Sessions == nil && page.Form == nil &&
		page.Problem == nil && page.Notice == "" && page.Delivery == nil
}

// first reports whether the page may be the first that a browser shows, or the
// first that it would need the style's file for: a guest's, or one reached from
// the front door, which had the style in it. A page that a script asks for is
// neither.
func first(r *http.Request, page api.Page) bool {
	if r.Header.Get("Sec-Fetch-Dest") != "document" {
		return false
	}
	if page.Session == nil {
		return page.Path != "" // the shell is kept, and the file with it
	}
	from, err := url.Parse(r.Referer())
	return err == nil && frontDoor(from.Path)
}

// echoes reports whether the page may repeat something of the request: a
// refused form, a field filled from the query, the path that was not found. What
// a form holds without a query is the server's own.
func echoes(r *http.Request, status int, page api.Page) bool {
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	return !safe || status != http.StatusOK || page.Form != nil && r.URL.RawQuery != "" || page.Problem != nil || page.Delivery != nil
}
