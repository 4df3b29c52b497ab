package httpapi

import (
	"net/http"
	"net/url"

	"porchlight/shared/api"
)

// userPosts answers a person and a page of what they posted.
func (s *server) userPosts(w http.ResponseWriter, r *http.Request) error {
	l, err := s.list(r)
	if err != nil {
		return err
	}
	u, err := s.Feed.User(r.Context(), l.viewer, r.PathValue("handle"), l.before, l.limit)
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, u)
}

// userPage is userPosts as a page. An address with a handle of before, or in
// other case, leads to the one that is true now.
func (s *server) userPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.cookieCaller(r)
	if err != nil {
		return err
	}
	p := s.newPage(r.URL.Path, c)
	before := r.URL.Query().Get("before")
	u, err := s.Feed.User(r.Context(), c.viewer, r.PathValue("handle"), before, api.DefaultLimit)
	if err != nil {
		return err
	}
	if path := api.UserPath(u.Person.Handle); path != r.URL.Path {
		if before != "" {
			path += "?before=" + url.QueryEscape(before)
		}
		seeOther(w, r, path)
		return nil
	}
	p.Profile = &u
	return s.Pages.Page(w, r, http.StatusOK, p)
}
