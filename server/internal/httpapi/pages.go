package httpapi

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"porchlight/server/internal/hub"
	"porchlight/shared/api"
)

var version = strconv.Itoa(api.Version)

// newPage returns what every page begins with. It comes before anything is read
// for the page, so that the stream tells whatever comes after that.
func (s *server) newPage(path string, c caller) api.Page {
	p := api.Page{Path: path, Now: s.Now().UTC(), Live: s.Live.Position(hub.ClassOf(c.viewer)), Local: s.Inbox != nil}
	if c.signedIn() {
		p.Session = &c.display
	}
	return p
}

// guestPage is a page with a form for people who are not signed in; others are
// led on to where they wanted to go.
func (s *server) guestPage(path string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := s.cookieCaller(r)
		if err != nil {
			return err
		}
		q := r.URL.Query()
		next := api.SafeNext(q.Get("next"))
		if c.signedIn() {
			seeOther(w, r, next)
			return nil
		}
		p := s.newPage(path, c)
		p.Form = prefill(q, "email")
		if next != api.PathHome {
			p.Form["next"] = next
		}
		p.Notice = knownNotice(q.Get("notice"))
		return s.Pages.Page(w, r, http.StatusOK, p)
	}
}

// confirmPage asks for a code that was mailed to ?email=. It is open to who is
// signed in, too: a code is about an address.
func (s *server) confirmPage(path string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := s.cookieCaller(r)
		if err != nil {
			return err
		}
		q := r.URL.Query()
		p := s.newPage(path, c)
		p.Form = prefill(q, "email")
		p.Notice = knownNotice(q.Get("notice"))
		req := api.Resend{Email: q.Get("email")}
		if req.Normalize(); len(req.Check()) == 0 {
			p.Delivery = delivery(req.Email)
		}
		return s.Pages.Page(w, r, http.StatusOK, p)
	}
}

// prefill takes fields for a form from a query: text of bearable length only.
func prefill(q url.Values, names ...string) map[string]string {
	form := map[string]string{}
	for _, name := range names {
		if v := q.Get(name); v != "" && len(v) <= api.MaxEmailBytes && api.ValidText(v) {
			form[name] = v
		}
	}
	return form
}

func knownNotice(n string) string {
	switch n {
	case api.NoticeConfirmed, api.NoticeCodeSent, api.NoticeSignedOut, api.NoticeSignedOutKept, api.NoticePasswordChanged,
		api.NoticeProfileSaved, api.NoticeDeleted:
		return n
	}
	return ""
}

// resendAfter is the wait, in seconds, before a page offers another code.
const resendAfter = 30

// delivery says where a code for the address goes. It is worked out from the
// address alone, so that it is the same for accounts that do not exist.
func delivery(email string) *api.Delivery {
	return &api.Delivery{Destination: api.MaskEmail(email), Medium: "EMAIL", ResendAfter: resendAfter}
}

// writeFormPage shows a form again with its problem and what was typed in it.
func (s *server) writeFormPage(w http.ResponseWriter, r *http.Request, res result) {
	c, err := s.cookieCaller(r)
	if err != nil {
		c = caller{}
	}
	p := s.newPage(res.path, c)
	p.Problem = s.told(w, r, res.err)
	p.Form = typed(res.values)
	if next := p.Form["next"]; next != "" {
		p.Form["next"] = api.SafeNext(next)
	}
	if email := p.Form["email"]; email != "" && (res.path == api.PathConfirm || res.path == api.PathRecoverConfirm) {
		p.Delivery = delivery(email)
	}
	if p.Problem.Next != "" {
		s.lead(w, r, p.Problem.Next)
		return
	}
	s.complete(r, c, &p)
	if err := s.Pages.Page(w, r, p.Problem.Status, p); err != nil {
		s.writeProblem(w, r, err)
	}
}

// complete adds what a page shows beside its form.
func (s *server) complete(r *http.Request, c caller, p *api.Page) {
	switch p.Path {
	case api.PathHome:
		anotherID(p)
		if f, err := s.Feed.Home(r.Context(), c.viewer, "", api.DefaultLimit); err == nil {
			p.Feed = &f
		}
	case api.PathAccount:
		if c.session != nil {
			p.Sessions, _ = s.ownSessions(r.Context(), c.session) // the form matters more than the list
		}
	}
}

// typed returns what was typed, without what must not come back in a page.
func typed(values url.Values) map[string]string {
	form := map[string]string{}
	for name := range values {
		switch name {
		case "password", "previous", "code":
		default:
			form[name] = values.Get(name)
		}
	}
	return form
}

// writeErrorPage answers a page that could not be made with a page that says
// why, or with a problem where no page is wanted. Who has to sign in first is
// led there.
func (s *server) writeErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errNotSignedIn) {
		seeOther(w, r, api.PathSignIn+"?next="+url.QueryEscape(r.URL.RequestURI()))
		return
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.writeProblem(w, r, err)
		return
	}
	p := s.newPage(r.URL.Path, caller{})
	p.Problem = s.told(w, r, err)
	if err := s.Pages.Page(w, r, p.Problem.Status, p); err != nil {
		s.writeProblem(w, r, err)
	}
}
