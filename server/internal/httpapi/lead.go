package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// preferPage is how a client asks for the page that a form leads to instead of
// the way there (RFC 7240 section 4.2).
const preferPage = "return=representation"

// lead answers a form that was taken: with the way to the next page, a path of
// this site, or with that page where the client prefers it, which saves a script
// one round trip. Content-Location then says which page it is (RFC 9110 section
// 8.7). A page that leads on itself is answered with its way.
func (s *server) lead(w http.ResponseWriter, r *http.Request, next string) {
	to, err := url.Parse(next)
	if err != nil || !prefersPage(r) {
		seeOther(w, r, next)
		return
	}
	to.Fragment = ""
	s.site.ServeHTTP(&led{ResponseWriter: w, page: to.RequestURI()}, following(r, w.Header(), to))
}

// seeOther leads to a path of this site. The way may be another for the next one
// who asks.
func seeOther(w http.ResponseWriter, r *http.Request, path string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, path, http.StatusSeeOther)
}

func prefersPage(r *http.Request) bool {
	for _, line := range r.Header.Values("Prefer") {
		for preference := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(preference, ";")
			if strings.EqualFold(strings.TrimSpace(name), preferPage) {
				return true
			}
		}
	}
	return false
}

// following is the request that a browser would send when the answer to r, with
// these headers, led it to a page.
func following(r *http.Request, answer http.Header, to *url.URL) *http.Request {
	next := r.Clone(r.Context())
	next.Method, next.URL, next.RequestURI, next.Pattern = http.MethodGet, to, to.RequestURI(), ""
	next.Body, next.ContentLength, next.TransferEncoding = http.NoBody, 0, nil
	next.Form, next.PostForm, next.MultipartForm = nil, nil, nil
	for name := range next.Header {
		if name == "Prefer" || name == "Range" || strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "If-") {
			next.Header.Del(name)
		}
	}
	next.Header.Del("Cookie")
	for _, c := range cookiesAfter(r, answer) {
		next.AddCookie(c)
	}
	return next
}

// cookiesAfter returns what a browser holds when it has taken the answer. All
// cookies of this site are for every path.
func cookiesAfter(r *http.Request, answer http.Header) []*http.Cookie {
	cookies := r.Cookies()
	for _, line := range answer["Set-Cookie"] {
		set, err := http.ParseSetCookie(line)
		if err != nil {
			continue
		}
		cookies = slices.DeleteFunc(cookies, func(c *http.Cookie) bool { return c.Name == set.Name })
		if set.MaxAge >= 0 {
			cookies = append(cookies, set)
		}
	}
	return cookies
}

// A led writer says where the page is that it answers with.
type led struct {
	http.ResponseWriter
	page string
	told bool
}

func (l *led) WriteHeader(status int) {
	h := l.Header()
	if status >= 300 && status < 400 {
		status = http.StatusSeeOther // another would have the form sent again
	} else {
		h.Set("Content-Location", l.page)
		h.Set("Preference-Applied", preferPage)
	}
	h.Set("Cache-Control", "no-store") // as the answer to a form
	l.told = true
	l.ResponseWriter.WriteHeader(status)
}

func (l *led) Write(b []byte) (int, error) {
	if !l.told {
		l.WriteHeader(http.StatusOK)
	}
	return l.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (l *led) Unwrap() http.ResponseWriter { return l.ResponseWriter }
