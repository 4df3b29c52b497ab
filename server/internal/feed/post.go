package feed

import (
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
	Message  string    // "" for a repost
	Audience string    // api.AudienceEveryone or api.AudienceMembers
	Created  time.Time
	Expires  time.Time // zero is never
	Parent   uuid.UUID // what a reply answers; uuid.Nil for other posts
	RepostOf uuid.UUID // what a repost shows again; uuid.Nil for other posts
	Likes    int
	Replies  int
	Reposts  int
	Hidden   bool
	Original *Post // the post RepostOf, where the Store says so
}

// IsReply reports whether the post answers another.
func (p Post) IsReply() bool { return p.Parent != uuid.Nil }

// IsRepost reports whether the post shows another again.
func (p Post) IsRepost() bool { return p.RepostOf != uuid.Nil }

// Subject is the post that reactions are about: a repost's original, and any
// other post itself.
func (p Post) Subject() uuid.UUID {
	if p.IsRepost() {
		return p.RepostOf
	}
	return p.ID
}

// Lifetime is how long the post is shown; 0 is for ever.
func (p Post) Lifetime() time.Duration {
	if p.Expires.IsZero() {
		return 0
	}
	return p.Expires.Sub(p.Created)
}

// Digest identifies what the author sent under the ID: two posts with the same
// Digest are one post, sent twice. A reply does not choose audience and
// lifetime, so they are not in its Digest.
func (p Post) Digest() [sha256.Size]byte {
	var b []byte
	b = append(b, p.ID[:]...)
	parts := []string{p.Author, p.Audience, p.Message}
	if p.IsReply() {
		b = append(b, p.Parent[:]...)
		parts = []string{"reply", p.Author, p.Message}
	} else {
		b = binary.BigEndian.AppendUint64(b, uint64(p.Lifetime()))
	}
	for _, s := range parts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	return sha256.Sum256(b)
}

// RepeatUntil is when the ID is too old for Create to accept it again, with a
// day to spare for clocks that disagree.
func (p Post) RepeatUntil() time.Time { return timeOf(p.ID).Add(MaxAge + 24*time.Hour) }

// wire returns the post for a reader whose mark on its Subject is m.
func (p Post) wire(m Mark) api.Post {
	w := api.Post{
		ID: p.ID.String(), Author: p.Author, Handle: p.Handle, Name: p.Name,
		Message: p.Message, Audience: p.Audience, Created: p.Created,
		Likes: p.Likes, Replies: p.Replies, Reposts: p.Reposts, Hidden: p.Hidden,
	}
	if !p.Expires.IsZero() {
		w.Expires = new(p.Expires)
	}
	if p.IsReply() {
		w.Parent = p.Parent.String()
	}
	if !p.IsRepost() {
		w.Liked, w.Reposted = m.Liked, m.Reposted
		return w
	}
	w.RepostOf = p.RepostOf.String()
	if p.Original != nil {
		w.Original = new(p.Original.wire(m))
	}
	return w
}

// subjects returns the Subject of each post.
func subjects(posts []Post) []uuid.UUID {
	ids := make([]uuid.UUID, len(posts))
	for i, p := range posts {
		ids[i] = p.Subject()
	}
	return ids
}
