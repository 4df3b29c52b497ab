package feed

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"porchlight/shared/api"
)

// Create stores a post or a reply and returns it as its author sees it, after it
// is on disk. Fields that break a rule are a *FieldsError; a guest is
// ErrNotMember. A reply to a post that is not there for the viewer, or is
// hidden, is ErrNotFound.
//
// The same id, author and content again answers the post that was stored the
// first time, whatever has become of it or its parent since, and changes
// nothing. The same id with other content or from another author is ErrConflict.
func (s *Service) Create(ctx context.Context, v Viewer, r api.NewPost) (api.Post, error) {
	if !v.Member() {
		return api.Post{}, ErrNotMember
	}
	r.Normalize()
	if errs := r.Check(); len(errs) > 0 {
		return api.Post{}, &FieldsError{errs}
	}
	p, err := s.draft(ctx, v, r)
	if err != nil {
		return api.Post{}, err
	}
	done, err := s.store.Insert(ctx, p)
	if errors.Is(err, ErrNested) {
		return api.Post{}, &FieldsError{[]api.FieldError{{Pointer: "#/parent", Detail: "A reply can't be answered. Answer the post above it."}}}
	}
	if err != nil {
		return api.Post{}, fmt.Errorf("create post: %w", s.failed(err))
	}
	if done.Changed || s.shared {
		s.changed(Posted, done.Post)
	}
	if done.Changed {
		return done.Post.wire(true, Mark{}), nil
	}
	return s.seen(ctx, v, done.Post)
}

// draft returns the post that a checked request asks for.
func (s *Service) draft(ctx context.Context, v Viewer, r api.NewPost) (Post, error) {
	now := s.now()
	id, err := idOf(r.ID, now)
	if err != nil {
		return Post{}, err
	}
	author, err := s.EnsureProfile(ctx, v.Sub, v.Name, v.Handle)
	if err != nil {
		return Post{}, fmt.Errorf("create post: %w", err)
	}
	p := Post{
		ID: id, Author: author.Sub, Handle: author.Handle, Name: author.Name,
		Message: r.Message, Created: now,
	}
	// Check has accepted all three values.
	p.Parent, _ = parseID(r.Parent)
	p.Audience = r.Audience
	if lifetime, _ := api.ParseExpiry(r.ExpiresIn); lifetime > 0 {
		p.Expires = now.Add(lifetime)
	}
	return p, nil
}

// idOf returns the client's id when its time is acceptable, and a new one for
// "".
func idOf(text string, now time.Time) (uuid.UUID, error) {
	if text == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return uuid.Nil, fmt.Errorf("make post id: %w", err)
		}
		return id, nil
	}
	id, ok := parseID(text)
	if !ok {
		return uuid.Nil, idError("The id must be a UUID of version 7.")
	}
	switch at := timeOf(id); {
	case at.After(now.Add(MaxAhead)):
		return uuid.Nil, idError("The time in the id is ahead of the server's. Check the clock of this device.")
	case at.Before(now.Add(-MaxAge)):
		return uuid.Nil, idError("The time in the id is more than 30 days ago. Write the post again.")
	}
	return id, nil
}

func idError(detail string) error {
	return &FieldsError{[]api.FieldError{{Pointer: "#/id", Detail: detail}}}
}

// timeOf returns the time in a UUIDv7: milliseconds since 1970 in its first 48
// bits (RFC 9562 section 5.7).
func timeOf(id uuid.UUID) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:8]) >> 16)).UTC()
}
