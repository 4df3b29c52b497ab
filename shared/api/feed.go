package api

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Time is a moment on the wire: RFC 3339 in UTC with microseconds at most.
type Time = time.Time

// Who may read a post.
const (
	AudienceEveryone = "everyone"
	AudienceMembers  = "members"
)

// MaxMessageRunes is the longest message of a post, in characters (Unicode code
// points).
const MaxMessageRunes = 1024

// DefaultLimit and MaxLimit bound how many posts a page of the feed has.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// An Expiry is one of the lifetimes that a post can have.
type Expiry struct {
	Value    string // on the wire: "1h"
	Label    string
	Lifetime time.Duration // 0 is for ever
}

// Expiries returns the lifetimes of a post, shortest first.
func Expiries() []Expiry {
	const day = 24 * time.Hour
	return []Expiry{
		{"1h", "1 hour", time.Hour}, {"3h", "3 hours", 3 * time.Hour}, {"12h", "12 hours", 12 * time.Hour},
		{"1d", "1 day", day}, {"3d", "3 days", 3 * day}, {"7d", "7 days", 7 * day}, {"30d", "30 days", 30 * day},
		{"never", "never", 0},
	}
}

// DefaultExpiry is what the picker starts with.
const DefaultExpiry = "7d"

// ParseExpiry returns the lifetime that value names; ok is false for others.
func ParseExpiry(value string) (lifetime time.Duration, ok bool) {
	for _, e := range Expiries() {
		if e.Value == value {
			return e.Lifetime, true
		}
	}
	return 0, false
}

// NewPost asks for a post. ID is a UUIDv7 made by the client, so that a repeat
// can be told from a second post; without one the server makes it. ExpiresIn
// is one of Expiries, by default DefaultExpiry; Audience is by default
// AudienceEveryone.
//
// With Parent it is a reply to the post with that id. By default a reply is for
// whom and for as long as the post that it answers. With Audience and ExpiresIn
// it can be for fewer readers and for a shorter time, never for more: the Post
// that is answered says what it got. Threads are flat: a reply has no replies.
type NewPost struct {
	ID        string `json:"id,omitempty"`
	Parent    string `json:"parent,omitempty"`
	Message   string `json:"message"`
	ExpiresIn string `json:"expires_in,omitempty"`
	Audience  string `json:"audience,omitempty"`
}

// Normalize makes line ends newlines, trims the message and fills in what has
// a default.
func (r *NewPost) Normalize() {
	r.ID, r.Parent = strings.ToLower(r.ID), strings.ToLower(r.Parent)
	r.Message = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(r.Message))
	if r.Parent != "" {
		return
	}
	if r.ExpiresIn == "" {
		r.ExpiresIn = DefaultExpiry
	}
	if r.Audience == "" {
		r.Audience = AudienceEveryone
	}
}

// Check is as SignUp.Check.
func (r NewPost) Check() []FieldError {
	var f fields
	if r.ID != "" && !validUUIDv7(r.ID) {
		f.add("id", "The id must be a UUID of version 7.")
	}
	f.add("message", CheckMessage(r.Message))
	reply := r.Parent != ""
	if reply && !validUUIDv7(r.Parent) {
		f.add("parent", "Give the id of a post.")
	}
	if _, ok := ParseExpiry(r.ExpiresIn); !ok && !(reply && r.ExpiresIn == "") {
		f.add("expires_in", "Choose one of 1h, 3h, 12h, 1d, 3d, 7d, 30d or never.")
	}
	if r.Audience != AudienceEveryone && r.Audience != AudienceMembers && !(reply && r.Audience == "") {
		f.add("audience", "Choose everyone or members.")
	}
	return f
}

// CheckMessage returns what is wrong with a message, or "".
func CheckMessage(s string) string {
	switch {
	case blank(s):
		return "Write something first."
	case !ValidText(s):
		return "This text has characters that can't be stored."
	case utf8.RuneCountInString(s) > MaxMessageRunes:
		return "Use at most 1024 characters."
	}
	return ""
}

// validUUIDv7 accepts the canonical form of RFC 9562 in lower case, version 7.
func validUUIDv7(s string) bool {
	if len(s) != 36 || s[14] != '7' || !strings.ContainsRune("89ab", rune(s[19])) {
		return false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
			continue
		}
		if !('0' <= s[i] && s[i] <= '9' || 'a' <= s[i] && s[i] <= 'f') {
			return false
		}
	}
	return true
}
