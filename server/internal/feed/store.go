package feed

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"porchlight/shared/api"
)

// Post is a post as it is stored. Times are UTC in microseconds.
type Post struct {
	ID       uuid.UUID // version 7; the order of posts
	Author   string    // the author's sub
	Handle   string    // the author's when it was written
	Name     string    // the author's when it was written
	Message  string
	Audience string // api.AudienceEveryone or api.AudienceMembers
	Created  time.Time
	Expires  time.Time // zero is never
}

// Lifetime is how long the post is shown; 0 is for ever.
func (p Post) Lifetime() time.Duration {
	if p.Expires.IsZero() {
		return 0
	}
	return p.Expires.Sub(p.Created)
}

// Digest identifies what the author sent under the ID: two posts with the same
// Digest are one post, sent twice.
func (p Post) Digest() [sha256.Size]byte {
	var b []byte
	b = append(b, p.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Lifetime()))
	for _, s := range []string{p.Author, p.Audience, p.Message} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	return sha256.Sum256(b)
}

// RepeatUntil is when the ID is too old for Create to accept it again, with a
// day to spare for clocks that disagree.
func (p Post) RepeatUntil() time.Time { return timeOf(p.ID).Add(MaxAge + 24*time.Hour) }

func (p Post) wire() api.Post {
	w := api.Post{
		ID: p.ID.String(), Author: p.Author, Handle: p.Handle, Name: p.Name,
		Message: p.Message, Audience: p.Audience, Created: p.Created,
	}
	if !p.Expires.IsZero() {
		w.Expires = new(p.Expires)
	}
	return w
}

// Page asks a Store for posts.
type Page struct {
	Before  uuid.UUID // only posts with a smaller ID
	Limit   int       // at most so many; 1 or more
	Members bool      // also posts for members
	Now     time.Time // only posts that expire after it, or never
}

// Profile is who a sub is in the feed.
type Profile struct {
	Sub    string
	Handle string // lower-case letters a to z, digits and underscores
	Name   string
}

// Store keeps posts and profiles. feedtest.TestStore is its contract; every
// method is atomic, safe for concurrent use, and done on disk when it returns.
type Store interface {
	// Insert stores p and returns it. When a post with p's ID was stored before,
	// it returns that one if its Digest is p's, and ErrConflict otherwise. It
	// knows the ID of a swept post until its RepeatUntil, and then returns p
	// with the first one's Created and Expires.
	Insert(ctx context.Context, p Post) (Post, error)
	// Home returns the posts of the page that are not replies, by falling ID.
	Home(ctx context.Context, page Page) ([]Post, error)
	// Sweep removes at most limit posts that expire at or before now, remembers
	// their IDs, and returns how many they were.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
	// Forget removes at most limit IDs of swept posts whose RepeatUntil is now or
	// before, and returns how many they were.
	Forget(ctx context.Context, now time.Time, limit int) (int, error)
	// AddProfile stores p and returns it, or the one that p's Sub has already.
	// A handle that another sub has, in whatever case, is ErrHandleTaken.
	AddProfile(ctx context.Context, p Profile, now time.Time) (Profile, error)
	// Profile returns the profile of the sub, or ErrNotFound.
	Profile(ctx context.Context, sub string) (Profile, error)
	// ProfileOf returns the profile with the handle, in whatever case, or
	// ErrNotFound.
	ProfileOf(ctx context.Context, handle string) (Profile, error)
}
