package httpapi

import (
	"errors"
	"net/http"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// thread answers a post with a page of its replies.
func (s *server) thread(w http.ResponseWriter, r *http.Request) error {
	l, err := s.list(r)
	if err != nil {
		return err
	}
	t, err := s.readThread(r, l.viewer, r.URL.Query().Get("after"), l.limit)
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, t)
}

func (s *server) readThread(r *http.Request, v feed.Viewer, after string, limit int) (api.Thread, error) {
	t, err := s.Feed.Thread(r.Context(), v, r.PathValue("id"), after, limit)
	if errors.Is(err, feed.ErrCursor) {
		err = fieldsProblem([]api.FieldError{{Pointer: "#/after", Detail: "Give the id of a reply."}})
	}
	return t, err
}

// threadPage is thread as a page, with the form for a reply for members.
func (s *server) threadPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.cookieCaller(r)
	if err != nil {
		return err
	}
	p := s.newPage(r.URL.Path, c)
	t, err := s.readThread(r, c.viewer, r.URL.Query().Get("after"), api.DefaultLimit)
	if err != nil {
		return err
	}
	p.Thread = &t
	if c.signedIn() {
		if p.Form, err = newPostForm(); err != nil {
			return err
		}
	}
	return s.Pages.Page(w, r, http.StatusOK, p)
}

// A replyForm is the plain form below a post.
type replyForm struct {
	ID      string `json:"id"`
	Message string `json:"message"`
	Next    string `json:"next"`
}

// replyForm stores a reply. What is refused is shown again, with what was typed.
func (s *server) replyForm(c *call, who caller) (next string, err error) {
	var form replyForm
	values, err := decodeForm(c.w, c.r, &form)
	if err == nil {
		_, err = s.post(c.r, who, api.NewPost{ID: form.ID, Parent: c.r.PathValue("id"), Message: form.Message})
	}
	if err != nil {
		return "", &refusedForm{err, typed(values)}
	}
	return nextOf(c.r, form.Next), nil
}
