package feed

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"porchlight/shared/api"
)

// Thread returns the post with the id and the page of its replies that stand
// after the reply after, or the first for "". limit and after have the rules of
// Home's limit and before. A post that is not there for the viewer is
// ErrNotFound.
func (s *Service) Thread(ctx context.Context, v Viewer, id, after string, limit int) (api.Thread, error) {
	page, err := s.page(v, after, limit)
	if err != nil {
		return api.Thread{}, err
	}
	if after == "" {
		page.Before = uuid.Nil
	}
	p, err := s.visible(ctx, page.View, id)
	if err != nil {
		return api.Thread{}, err
	}
	posts := []Post{p}
	if p.IsReply() {
		parent, err := s.store.Post(ctx, page.View, p.Parent)
		if err != nil {
			return api.Thread{}, fmt.Errorf("read post above reply: %w", err)
		}
		posts = append(posts, parent)
	}
	replies, err := s.store.Replies(ctx, page.View, p.ID, page.Before, page.Limit)
	if err != nil {
		return api.Thread{}, fmt.Errorf("read replies: %w", err)
	}
	f, err := s.feedOf(ctx, v, append(posts, replies...), page.Limit-1+len(posts))
	if err != nil {
		return api.Thread{}, err
	}
	t := api.Thread{Post: f.Posts[0], Replies: f.Posts[len(posts):], Next: f.Next}
	if p.IsReply() {
		t.Parent = &f.Posts[1]
	}
	return t, nil
}

// visible returns the post with the id in its text form.
func (s *Service) visible(ctx context.Context, v View, text string) (Post, error) {
	id, ok := parseID(text)
	if !ok {
		return Post{}, ErrNotFound
	}
	p, err := s.store.Post(ctx, v, id)
	if err != nil {
		return Post{}, fmt.Errorf("read post: %w", err)
	}
	return p, nil
}

// Delete removes the viewer's own post, reply or repost with the id, and what
// belongs to it. What is not there for the viewer is deleted already, so a
// repeat is answered as the first was. Another's post is ErrNotAuthor, a guest
// ErrNotMember.
func (s *Service) Delete(ctx context.Context, v Viewer, text string) error {
	if !v.Member() {
		return ErrNotMember
	}
	id, ok := parseID(text)
	if !ok {
		return ErrNotFound
	}
	gone, err := s.store.Delete(ctx, s.view(v), v.Sub, id)
	if errors.Is(err, ErrNotFound) {
		if gone.ID != uuid.Nil {
			s.changed(Removed, gone)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete post: %w", s.failed(err))
	}
	s.changed(Removed, gone)
	return nil
}
