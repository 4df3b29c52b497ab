package feed

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"

	"porchlight/shared/api"
)

// Home returns the page of posts that stand below the post before, or the
// newest for "". limit is 1 to api.MaxLimit, and 0 is api.DefaultLimit; others
// are a FieldsError. A before that is not a post's id in its canonical form is
// ErrCursor; one of a post that is gone works. Every list has these rules.
func (s *Service) Home(ctx context.Context, v Viewer, before string, limit int) (api.Feed, error) {
	page, err := s.page(v, before, limit)
	if err != nil {
		return api.Feed{}, err
	}
	if page.newest() {
		return s.newestFeed(ctx, v, page)
	}
	posts, err := s.store.Home(ctx, page)
	if err != nil {
		return api.Feed{}, fmt.Errorf("read home feed: %w", err)
	}
	return s.feedOf(ctx, v, posts, page.Limit-1)
}

// User returns a page of what the person with the handle posted and reposted,
// newest first. A handle that nobody has or had is ErrNotFound.
func (s *Service) User(ctx context.Context, v Viewer, handle, before string, limit int) (api.UserPosts, error) {
	page, err := s.page(v, before, limit)
	if err != nil {
		return api.UserPosts{}, err
	}
	if len(handle) > api.MaxHandleBytes {
		return api.UserPosts{}, ErrNotFound
	}
	p, err := s.store.ProfileOf(ctx, handle)
	if err != nil {
		return api.UserPosts{}, fmt.Errorf("look up handle: %w", err)
	}
	posts, err := s.store.ByAuthor(ctx, page, p.Sub)
	if err != nil {
		return api.UserPosts{}, fmt.Errorf("read posts of one author: %w", err)
	}
	f, err := s.feedOf(ctx, v, posts, page.Limit-1)
	return api.UserPosts{Person: p.Person(), Feed: f}, err
}

// page checks what a list is asked for. Its Limit is one more than the page
// has, which tells whether there is a next one.
func (s *Service) page(v Viewer, before string, limit int) (Page, error) {
	limit, err := limitOf(limit)
	if err != nil {
		return Page{}, err
	}
	p := Page{View: s.view(v), Before: uuid.Max, Limit: limit + 1}
	if before != "" {
		id, ok := parseID(before)
		if !ok {
			return Page{}, ErrCursor
		}
		p.Before = id
	}
	return p, nil
}

func limitOf(limit int) (int, error) {
	limit = cmp.Or(limit, api.DefaultLimit)
	if limit < 1 || limit > api.MaxLimit {
		return 0, &FieldsError{[]api.FieldError{{Pointer: "#/limit", Detail: "Ask for 1 to 100 posts."}}}
	}
	return limit, nil
}

// feedOf makes the wire form of at most limit posts; one more says that there
// is a next page.
func (s *Service) feedOf(ctx context.Context, v Viewer, posts []Post, limit int) (api.Feed, error) {
	var f api.Feed
	if len(posts) > limit {
		posts = posts[:limit]
		f.Next = posts[limit-1].ID.String()
	}
	marks, err := s.marks(ctx, v, subjects(posts))
	if err != nil {
		return api.Feed{}, err
	}
	f.Posts = wires(posts, v.Member(), marks)
	return f, nil
}

func wires(posts []Post, members bool, marks []Mark) []api.Post {
	list := make([]api.Post, len(posts))
	for i, p := range posts {
		list[i] = p.wire(members, marks[i])
	}
	return list
}

// marks returns what the viewer made of the posts; a guest made nothing.
func (s *Service) marks(ctx context.Context, v Viewer, ids []uuid.UUID) ([]Mark, error) {
	if !v.Member() || len(ids) == 0 {
		return make([]Mark, len(ids)), nil
	}
	marks, err := s.store.Marks(ctx, v.Sub, ids)
	if err != nil {
		return nil, fmt.Errorf("read likes: %w", err)
	}
	return marks, nil
}

// seen returns the post as the viewer, a member, sees it. Only moderators see that a post is
// hidden; a repeat shows it to its author all the same.
func (s *Service) seen(ctx context.Context, v Viewer, p Post) (api.Post, error) {
	marks, err := s.marks(ctx, v, []uuid.UUID{p.Subject()})
	if err != nil {
		return api.Post{}, err
	}
	p.Hidden = p.Hidden && v.Moderator
	return p.wire(true, marks[0]), nil
}

// parseID accepts the canonical form of a UUIDv7 and nothing else.
func parseID(s string) (uuid.UUID, bool) {
	id, err := uuid.Parse(s)
	return id, err == nil && id.String() == s && id.Version() == 7 && id.Variant() == uuid.RFC4122
}
