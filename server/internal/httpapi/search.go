package httpapi

import (
	"errors"
	"net/http"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// search answers posts and people that a query finds.
func (s *server) search(w http.ResponseWriter, r *http.Request) error {
	l, err := s.list(r)
	if err != nil {
		return err
	}
	found, err := s.Feed.Search(r.Context(), l.viewer, r.URL.Query().Get("q"), l.before, l.limit)
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, found)
}

// searchPage is search as a page. A query that is refused is shown again.
func (s *server) searchPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.cookieCaller(r)
	if err != nil {
		return err
	}
	if err := s.countRead(r, c); err != nil {
		return err
	}
	q := r.URL.Query()
	p := s.newPage(api.PathSearch, c)
	p.Form = prefill(q, "q")
	found, err := s.Feed.Search(r.Context(), c.viewer, q.Get("q"), q.Get("before"), api.DefaultLimit)
	if _, ok := errors.AsType[*feed.FieldsError](err); ok {
		p.Problem = s.told(w, r, err)
		return s.Pages.Page(w, r, p.Problem.Status, p)
	}
	if err != nil {
		return err
	}
	if found.Query != "" {
		p.Form["q"] = found.Query
	}
	p.Search = &found
	return s.Pages.Page(w, r, http.StatusOK, p)
}
