package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/limit"
	"porchlight/shared/api"
)

// home is the feed as a page, with the form for a new post for members.
func (s *server) home(w http.ResponseWriter, r *http.Request) error {
	c, err := s.cookieCaller(r)
	if err != nil {
		return err
	}
	p := s.newPage(api.PathHome, c)
	p.Notice = knownNotice(r.URL.Query().Get("notice"))
	f, err := s.Feed.Home(r.Context(), c.viewer, r.URL.Query().Get("before"), api.DefaultLimit)
	if err != nil {
		return err
	}
	p.Feed = &f
	if c.signedIn() {
		if p.Form, err = newPostForm(); err != nil {
			return err
		}
	}
	if before := r.URL.Query().Get("before"); before != "" {
		p.Form = map[string]string{"before": before}
	}
	return s.Pages.Page(w, r, http.StatusOK, p)
}

// newPostForm gives the form its post's ID, so that submitting it twice makes
// one post.
func newPostForm() (map[string]string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": id.String()}, nil
}

// anotherID gives the form of a refused post another id where the one that it
// came with will never do: another post has it, or it is no id that is taken.
// With the same one what was typed could never be posted.
func anotherID(p *api.Page) {
	useless := p.Problem.OfKind(api.ProblemConflict) ||
		slices.ContainsFunc(p.Problem.Errors, func(e api.FieldError) bool { return e.Pointer == "#/id" })
	if !useless {
		return
	}
	delete(p.Form, "id") // a form without one is taken too
	if fresh, err := newPostForm(); err == nil {
		maps.Copy(p.Form, fresh)
	}
}

// feed answers a page of posts to whoever asks: a guest too. The newest page is
// kept encoded.
func (s *server) feed(w http.ResponseWriter, r *http.Request) error {
	l, err := s.list(r)
	if err != nil {
		return err
	}
	if l.before == "" && l.limit == api.DefaultLimit {
		body, err := s.Feed.Newest(r.Context(), l.viewer)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, body)
	}
	f, err := s.Feed.Home(r.Context(), l.viewer, l.before, l.limit)
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, f)
}

// A listing is what a request for a list asks for.
type listing struct {
	viewer feed.Viewer
	before string
	limit  int
}

// list reads a request for a list, and counts it.
func (s *server) list(r *http.Request) (listing, error) {
	c, err := s.caller(r)
	if err != nil {
		return listing{}, err
	}
	if err := s.countRead(r, c); err != nil {
		return listing{}, err
	}
	if r.URL.RawQuery == "" {
		return listing{c.viewer, "", api.DefaultLimit}, nil
	}
	q := r.URL.Query()
	n, err := limitOf(q.Get("limit"))
	return listing{c.viewer, q.Get("before"), n}, err
}

func (s *server) countRead(r *http.Request, c caller) error {
	return s.Limits.Take(r.Context(), limit.Reads, s.reader(r, c))
}

// reader is whom a read is counted for: the person, or a guest's address.
func (s *server) reader(r *http.Request, c caller) string {
	if c.signedIn() {
		return c.viewer.Sub
	}
	return limit.Address(s.address(r))
}

func limitOf(text string) (int, error) {
	if text == "" {
		return api.DefaultLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > api.MaxLimit {
		return 0, fieldsProblem([]api.FieldError{{Pointer: "#/limit", Detail: "Ask for 1 to 100 posts."}})
	}
	return n, nil
}

// createPost stores a post. A repeat is answered as the first was.
func (s *server) createPost(w http.ResponseWriter, r *http.Request) error {
	if kind, err := mediaType(r); err != nil || kind != api.TypeJSON {
		return errMediaType
	}
	c, err := s.member(r)
	if err != nil {
		return err
	}
	var req api.NewPost
	if err := decodeJSON(w, r, &req); err != nil {
		return err
	}
	post, err := s.post(r, c, req)
	if err != nil {
		return err
	}
	return encode(w, http.StatusCreated, post)
}

// compose is the plain form of createPost.
func (s *server) compose(c *call, req api.NewPost) (api.Done, error) {
	who, err := s.member(c.r)
	if err != nil {
		return api.Done{}, err
	}
	_, err = s.post(c.r, who, req)
	return api.Done{Next: api.PathHome}, err
}

func (s *server) post(r *http.Request, c caller, req api.NewPost) (api.Post, error) {
	req.Normalize()
	if errs := req.Check(); len(errs) > 0 {
		return api.Post{}, fieldsProblem(errs)
	}
	if err := s.Limits.Take(r.Context(), limit.Posts, c.viewer.Sub); err != nil {
		return api.Post{}, err
	}
	return s.Feed.Create(r.Context(), c.viewer, req)
}
