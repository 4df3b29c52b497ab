package feed

import (
	"cmp"
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
	Replies  int // those that are not hidden
	// MemberReplies is how many of the Replies of a post for everyone are for
	// members. Of a post for members it is 0.
	MemberReplies int
	Reposts       int
	Hidden        bool
	Original      *Post // the post RepostOf, where the Store says so
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

// RepliesFor is how many of the Replies a reader sees: members or a guest.
func (p Post) RepliesFor(members bool) int {
	if members {
		return p.Replies
	}
	return p.Replies - p.MemberReplies
}

// Lifetime is how long the post is shown; 0 is for ever.
func (p Post) Lifetime() time.Duration {
	if p.Expires.IsZero() {
		return 0
	}
	return p.Expires.Sub(p.Created)
}

// Digest identifies what the author sent under the ID: two posts with the same
// Digest are one post, sent twice. A reply's is of the audience and the lifetime
// that it asks for, so that of the reply which was stored, with what it got, is
// another one.
func (p Post) Digest() [sha256.Size]byte {
	b := append([]byte(nil), p.ID[:]...)
	lifetime := binary.BigEndian.AppendUint64(nil, uint64(p.Lifetime()))
	parts := []string{p.Author, p.Audience, p.Message}
	if p.IsReply() {
		b = append(b, p.Parent[:]...)
		parts = []string{"reply", p.Author, p.Message}
		if p.Audience == api.AudienceMembers || p.Lifetime() > 0 {
			parts = append(parts, cmp.Or(p.Audience, api.AudienceEveryone), string(lifetime))
		}
	} else {
		b = append(b, lifetime...)
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

// wire returns the post for a reader, members or a guest, whose mark on its
// Subject is m.
func (p Post) wire(members bool, m Mark) api.Post {
	w := api.Post{
		ID: p.ID.String(), Author: p.Author, Handle: p.Handle, Name: p.Name,
		Message: p.Message, Audience: p.Audience, Created: p.Created,
		Likes: p.Likes, Replies: p.RepliesFor(members), Reposts: p.Reposts, Hidden: p.Hidden,
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
		w.Original = new(p.Original.wire(members, m))
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
