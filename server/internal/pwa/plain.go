package pwa

import (
	"html"
	"net/http"
	"strconv"
)

// Plain answers with a document in the look of the others that has no
// components and no program: body is HTML and goes in as it is. It is never
// stored. A HEAD request gets the headers alone.
func (p *PWA) Plain(w http.ResponseWriter, r *http.Request, title, body string) {
	doc := "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" + html.EscapeString(title) +
		p.frame.head + "</head>\n<body>\n" + body + p.frame.foot
	h := w.Header()
	p.pageHeaders(h)
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Length", strconv.Itoa(len(doc)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(doc)) // the client has gone when this fails
	}
}
