package feed

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"porchlight/shared/api"
)

// Like makes the viewer like the post or, with on unset, no longer, and returns
// the post. A repeat changes nothing and is answered as the first was. A post
// that is not there for the viewer is ErrNotFound, a guest ErrNotMember.
func (s *Service) Like(ctx context.Context, v Viewer, id string, on bool) (api.Post, error) {
	return s.react(ctx, v, id, is(Counted), func(view View, id uuid.UUID) (Shift, error) {
		return s.store.Like(ctx, view, v.Sub, id, on)
	})
}

// Repost shows the post again at the top of the feed, under the viewer's name,
// or takes that back. Otherwise it is as Like.
func (s *Service) Repost(ctx context.Context, v Viewer, id string, on bool) (api.Post, error) {
	if !on {
		return s.react(ctx, v, id, unreposted, func(view View, id uuid.UUID) (Shift, error) {
			return s.store.Unrepost(ctx, view, v.Sub, id)
		})
	}
	var again Post
	posted := func(done Shift) Change {
		if !done.Changed {
			return Change{Changed, done.Post}
		}
		again.Audience, again.Expires = done.Post.Audience, done.Post.Expires
		return Change{Posted, again}
	}
	return s.react(ctx, v, id, posted, func(view View, id uuid.UUID) (Shift, error) {
		author, err := s.EnsureProfile(ctx, v.Sub, v.Name, v.Handle)
		if err != nil {
			return Shift{}, err
		}
		own, err := uuid.NewV7()
		if err != nil {
			return Shift{}, fmt.Errorf("make post id: %w", err)
		}
		again = Post{
			ID: own, RepostOf: id, Created: view.Now,
			Author: author.Sub, Handle: author.Handle, Name: author.Name,
		}
		return s.store.Repost(ctx, view, again)
	})
}

// unreposted is the change that a repost has gone.
func unreposted(done Shift) Change {
	if done.Repost == uuid.Nil {
		return Change{Changed, done.Post}
	}
	return Change{Removed, Post{ID: done.Repost, RepostOf: done.Post.ID, Audience: done.Post.Audience, Hidden: done.Post.Hidden}}
}

// Hide hides the post and what belongs to it from all but moderators or, with
// on unset, shows it again. Who is no moderator is ErrForbidden, whether there
// is such a post or not. Otherwise it is as Like.
func (s *Service) Hide(ctx context.Context, v Viewer, id string, on bool) (api.Post, error) {
	if v.Member() && !v.Moderator {
		return api.Post{}, ErrForbidden
	}
	return s.react(ctx, v, id, is(Hid), func(view View, id uuid.UUID) (Shift, error) {
		return s.store.Hide(ctx, view, id, on)
	})
}

// is returns what tells of a change of its kind to the post.
func is(k Kind) func(Shift) Change {
	return func(done Shift) Change { return Change{k, done.Post} }
}

// react runs a reaction of a member to a post. change says what came of it.
func (s *Service) react(ctx context.Context, v Viewer, text string, change func(Shift) Change, reaction func(View, uuid.UUID) (Shift, error)) (api.Post, error) {
	if !v.Member() {
		return api.Post{}, ErrNotMember
	}
	id, ok := parseID(text)
	if !ok {
		return api.Post{}, ErrNotFound
	}
	done, err := reaction(s.view(v), id)
	if err != nil {
		return api.Post{}, fmt.Errorf("react to post: %w", s.failed(err))
	}
	if done.Changed || s.shared {
		c := change(done)
		s.changed(c.Kind, c.Post)
	}
	return s.seen(ctx, v, done.Post)
}
