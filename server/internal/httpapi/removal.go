package httpapi

import (
	"net/http"
	"net/url"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/limit"
	"porchlight/shared/api"
)

// deletePost removes the caller's own post. What is gone already is answered
// the same.
func (s *server) deletePost(w http.ResponseWriter, r *http.Request) error {
	c, err := s.member(r)
	if err != nil {
		return err
	}
	if err := s.remove(r, c); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) remove(r *http.Request, c caller) error {
	if err := s.Limits.Take(r.Context(), limit.Likes, c.viewer.Sub); err != nil {
		return err
	}
	return s.Feed.Delete(r.Context(), c.viewer, r.PathValue("id"))
}

// removalPage asks whether a post is to be deleted. Without the browser program
// nothing takes a deletion back, so there it is never a matter of one press.
// Only who may do it is asked.
func (s *server) removalPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.cookieCaller(r)
	if err != nil {
		return err
	}
	if !c.signedIn() {
		return errNotSignedIn
	}
	p := s.newPage(r.URL.Path, c)
	t, err := s.readThread(r, c.viewer, "", 1)
	if err != nil {
		return err
	}
	if t.Post.Author != c.viewer.Sub {
		return feed.ErrNotAuthor
	}
	p.Thread = &api.Thread{Post: t.Post, Replies: []api.Post{}}
	p.Form = map[string]string{"next": api.SafeNext(r.URL.Query().Get("next"))}
	return s.Pages.Page(w, r, http.StatusOK, p)
}

// deleteForm is deletePost as a plain form, once its question was answered.
func (s *server) deleteForm(c *call, who caller) (next string, err error) {
	var req api.Removal
	if _, err := decodeForm(c.w, c.r, &req); err != nil {
		return "", err
	}
	if errs := req.Check(); len(errs) > 0 {
		return "", fieldsProblem(errs)
	}
	if req.Sure == "" {
		return c.r.URL.Path + "?next=" + url.QueryEscape(api.SafeNext(req.Next)), nil
	}
	next = api.Leave(req.Next, c.r.PathValue("id"))
	if next == api.PathHome {
		next += "?notice=" + api.NoticeDeleted
	}
	return next, s.remove(c.r, who)
}
