package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/limit"
	"porchlight/shared/api"
)

// A reaction likes, reposts or hides a post, or takes that back.
type reaction func(ctx context.Context, v feed.Viewer, id string, on bool) (api.Post, error)

// react answers a reaction with the post as it is then.
func (s *server) react(do reaction, on bool) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := s.member(r)
		if err != nil {
			return err
		}
		post, err := s.reaction(r, c, do, on)
		if err != nil {
			return err
		}
		return encode(w, http.StatusOK, post)
	}
}

func (s *server) reaction(r *http.Request, c caller, do reaction, on bool) (api.Post, error) {
	if err := s.Limits.Take(r.Context(), limit.Likes, c.viewer.Sub); err != nil {
		return api.Post{}, err
	}
	return do(r.Context(), c.viewer, r.PathValue("id"), on)
}

// A formAct does what a plain form on a post's page asks for, and returns the
// page that follows.
type formAct func(c *call, who caller) (next string, err error)

// toggleForm is react as a plain form.
func (s *server) toggleForm(do reaction) formAct {
	return func(c *call, who caller) (string, error) {
		req, err := decodeToggle(c)
		if err != nil {
			return "", err
		}
		_, err = s.reaction(c.r, who, do, req.On == "true")
		return nextOf(c.r, req.Next), err
	}
}

func decodeToggle(c *call) (api.Toggle, error) {
	var req api.Toggle
	if _, err := decodeForm(c.w, c.r, &req); err != nil {
		return req, err
	}
	if errs := req.Check(); len(errs) > 0 {
		return req, fieldsProblem(errs)
	}
	return req, nil
}

// nextOf returns where a form leads: to next, or to the page of the post.
func nextOf(r *http.Request, next string) string {
	if next == "" {
		next = api.PostPath(r.PathValue("id"))
	}
	return api.SafeNext(next)
}

// A refusedForm is an error that is shown in the page of the form, with what was
// typed.
type refusedForm struct {
	error
	form map[string]string
}

// Unwrap returns why the form was refused.
func (f *refusedForm) Unwrap() error { return f.error }

// postForm makes the handler of a plain form on the page of a post. JSON has
// routes of its own below /api. Who is not signed in is sent to sign in, and
// comes back to the post.
func (s *server) postForm(act formAct) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next, err := s.runForm(w, r, act)
		if refused, ok := errors.AsType[*refusedForm](err); ok && s.threadAgain(w, r, refused) {
			return
		}
		if errors.Is(err, errNotSignedIn) {
			next, err = api.PathSignIn+"?next="+url.QueryEscape(nextOf(r, "")), nil
		}
		if err != nil {
			s.writeErrorPage(w, r, err)
			return
		}
		s.lead(w, r, next)
	})
}

func (s *server) runForm(w http.ResponseWriter, r *http.Request, act formAct) (next string, err error) {
	if kind, err := mediaType(r); err != nil || kind != api.TypeForm {
		return "", errMediaType
	}
	who, err := s.cookieCaller(r)
	if err != nil {
		return "", err
	}
	if !who.signedIn() {
		return "", errNotSignedIn
	}
	return act(&call{w, r}, who)
}

// threadAgain shows the post with the reply that was refused. It is false when
// the post cannot be shown, and then nothing was written.
func (s *server) threadAgain(w http.ResponseWriter, r *http.Request, refused *refusedForm) bool {
	c, err := s.cookieCaller(r)
	if err != nil {
		return false
	}
	p := s.newPage(r.URL.Path, c)
	p.Form = refused.form
	t, err := s.readThread(r, c.viewer, "", api.DefaultLimit)
	if err == nil {
		p.Thread = &t
	}
	p.Problem = s.told(w, r, refused.error)
	anotherID(&p)
	if err := s.Pages.Page(w, r, p.Problem.Status, p); err != nil {
		s.writeProblem(w, r, err)
	}
	return true
}
