// Package feed keeps the posts: who may read which, who may write, what a
// repeat is, and when a post is gone.
//
// # Rules
//
// A guest reads posts for everyone, a member also those for members. A post
// that has expired is in no answer from its second on; the sweeper takes it from
// the disk soon after. Pages are ordered by id, newest first, and continue below
// the last id that was seen; there are no offsets.
//
// # Why
//
// Ids are UUIDv7 and made by the client, so that what was written offline can
// be sent twice and stored once. Their order is the order of time, so one index
// serves the home page, and a client's clock decides where its post stands. An
// id from far ahead would stand on top for ever, and one from long ago where
// nobody looks, so both are refused. The time that is shown is the server's.
//
// A repeat must be known as one even after its post has expired and was swept:
// otherwise an answer that got lost would make the post appear again. So a store
// keeps the id and a digest, not the text, for as long as the id is acceptable.
//
// The author's handle and name are written into the post from the stored
// profile of the sub, never from what the request or the token says.
package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"porchlight/shared/api"
)

// Errors of this package.
var (
	// ErrNotMember answers a guest who wants to write. Tell them to sign in.
	ErrNotMember = errors.New("only members may post")
	// ErrCursor answers a before that is no post's id. It comes from a link that
	// was changed by hand; tell what a cursor is.
	ErrCursor = errors.New("before is not the id of a post")
	// ErrConflict answers a post whose id was used for another post. The client
	// must make a new id.
	ErrConflict = errors.New("id belongs to another post")
	// ErrNotFound answers who asks for what is not there.
	ErrNotFound = errors.New("not found")
	// ErrHandleTaken is a Store's answer to a handle that another sub has.
	ErrHandleTaken = errors.New("handle belongs to someone else")
)

// FieldsError says which fields of a request are wrong. Show each beside its
// field.
type FieldsError struct {
	Fields []api.FieldError
}

// Error names the first field.
func (e *FieldsError) Error() string {
	return fmt.Sprintf("%d invalid fields, first %s: %s", len(e.Fields), e.Fields[0].Pointer, e.Fields[0].Detail)
}

// Bounds of the time in a client's id, around the server's clock.
const (
	// MaxAge is how old an id may be: as long as a post may wait to be sent.
	MaxAge = 30 * 24 * time.Hour
	// MaxAhead is how far a client's clock may run ahead.
	MaxAhead = 2 * time.Minute
)

// Viewer is who asks. The zero Viewer is a guest.
type Viewer struct {
	Sub       string
	Handle    string
	Name      string
	Moderator bool
}

// Member reports whether the viewer is signed in.
func (v Viewer) Member() bool { return v.Sub != "" }

// Config is what a Service needs.
type Config struct {
	Store  Store            // required
	Now    func() time.Time // nil is time.Now
	Logger *slog.Logger     // nil discards
}

// Service answers for the feed. Its methods may be called concurrently.
type Service struct {
	store Store
	clock func() time.Time
	log   *slog.Logger
}

// New returns a Service on the store.
func New(c Config) (*Service, error) {
	if c.Store == nil {
		return nil, errors.New("new feed: no store")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{store: c.Store, clock: c.Now, log: cmp.Or(c.Logger, slog.New(slog.DiscardHandler))}, nil
}

// now is the clock as it is stored.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Home returns the page of posts that stand below the post before, or the
// newest for "". limit is 1 to api.MaxLimit, and 0 is api.DefaultLimit; others
// are a FieldsError. A before that is not a post's id in its canonical form is
// ErrCursor; one of a post that is gone works.
func (s *Service) Home(ctx context.Context, v Viewer, before string, limit int) (api.Feed, error) {
	limit = cmp.Or(limit, api.DefaultLimit)
	if limit < 1 || limit > api.MaxLimit {
		return api.Feed{}, &FieldsError{[]api.FieldError{{Pointer: "#/limit", Detail: "Ask for 1 to 100 posts."}}}
	}
	page := Page{Before: uuid.Max, Limit: limit + 1, Members: v.Member(), Now: s.now()}
	if before != "" {
		id, ok := parseID(before)
		if !ok {
			return api.Feed{}, ErrCursor
		}
		page.Before = id
	}
	posts, err := s.store.Home(ctx, page)
	if err != nil {
		return api.Feed{}, fmt.Errorf("read home feed: %w", err)
	}
	return pageOf(posts, limit), nil
}

// pageOf makes the wire form of at most limit posts; one more says that there
// is a next page.
func pageOf(posts []Post, limit int) api.Feed {
	f := api.Feed{Posts: make([]api.Post, 0, len(posts))}
	if len(posts) > limit {
		posts = posts[:limit]
		f.Next = posts[limit-1].ID.String()
	}
	for _, p := range posts {
		f.Posts = append(f.Posts, p.wire())
	}
	return f
}

// parseID accepts the canonical form of a UUIDv7 and nothing else.
func parseID(s string) (uuid.UUID, bool) {
	id, err := uuid.Parse(s)
	return id, err == nil && id.String() == s && id.Version() == 7 && id.Variant() == uuid.RFC4122
}
