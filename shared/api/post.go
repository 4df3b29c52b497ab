package api

import "strings"

// Post is a post as one reader sees it. Author is the sub of who wrote it;
// Handle and Name are that person's when it was written.
type Post struct {
	ID       string `json:"id"`
	Author   string `json:"author"`
	Handle   string `json:"handle"`
	Name     string `json:"name"`
	Message  string `json:"message"`
	Audience string `json:"audience"`
	Created  Time   `json:"created"`
	// Expires is when the post vanishes; nil is never.
	Expires *Time `json:"expires"`
	// Parent is the id of the post that a reply answers; "" on other posts.
	Parent string `json:"parent,omitempty"`
	// RepostOf is the id of the post that a repost shows again; "" on other
	// posts. A repost has no message, and who made it is its author. It cannot be
	// answered, liked, reposted or opened: its Original can. DELETE takes it.
	RepostOf string `json:"repost_of,omitempty"`
	// Likes, Replies and Reposts count what others and the author made of it.
	// Replies that are not for the reader are not counted.
	Likes   int `json:"likes"`
	Replies int `json:"replies"`
	Reposts int `json:"reposts"`
	// Hidden is set on a post that a moderator hid. Only moderators get such
	// posts at all.
	Hidden bool `json:"hidden,omitempty"`
	// Liked and Reposted say that the reader did so.
	Liked    bool `json:"liked,omitempty"`
	Reposted bool `json:"reposted,omitempty"`
	// Original is the post that a repost shows again, and nil on other posts. It
	// is the last member, after Liked and Reposted: the server writes those two
	// into pages that were encoded before.
	Original *Post `json:"original,omitempty"`
}

// Feed is one page of posts, newest first. Next is the id to ask for as before
// to get the next page; "" at the end.
type Feed struct {
	Posts []Post `json:"posts"`
	Next  string `json:"next,omitempty"`
}

// Thread is a post with one page of its replies, oldest first, as one reads a
// conversation.
type Thread struct {
	Post Post `json:"post"`
	// Parent is the post that Post answers, when Post is a reply. A reply has no
	// replies of its own.
	Parent  *Post  `json:"parent,omitempty"`
	Replies []Post `json:"replies"`
	// Next is the id to ask for as after to get the next replies; "" at the end.
	Next string `json:"next,omitempty"`
}

// Toggle is the plain form that likes, reposts or hides a post, or takes that
// back. On is "true" or "false"; Next is where to go afterwards, SafeNext says
// what is taken. Without Next it is the post's own page.
type Toggle struct {
	On   string `json:"on"`
	Next string `json:"next,omitempty"`
}

// Normalize does nothing: a browser sends the values of the form.
func (r *Toggle) Normalize() {}

// Check is as SignUp.Check.
func (r Toggle) Check() []FieldError {
	var f fields
	if r.On != "true" && r.On != "false" {
		f.add("on", "Say true or false.")
	}
	return f
}

// Removal is the plain form that deletes a post. Without Sure, which is "true"
// or nothing, it is answered with the page that asks; Next is where to go
// afterwards, see Leave.
type Removal struct {
	Sure string `json:"sure,omitempty"`
	Next string `json:"next,omitempty"`
}

// Normalize does nothing: a browser sends the values of the form.
func (r *Removal) Normalize() {}

// Check is as SignUp.Check.
func (r Removal) Check() []FieldError {
	var f fields
	if r.Sure != "" && r.Sure != "true" {
		f.add("sure", "Say true, or nothing.")
	}
	return f
}

// Leave returns where to go when the post with the ID has been deleted: next,
// as SafeNext takes it, without the place in the page, which may have been the
// post; and PathHome instead of the pages that were the post's own.
func Leave(next, id string) string {
	next, _, _ = strings.Cut(SafeNext(next), "#")
	path, _, _ := strings.Cut(next, "?")
	if own := PostPath(id); path == own || strings.HasPrefix(path, own+"/") {
		return PathHome
	}
	return SafeNext(next)
}
