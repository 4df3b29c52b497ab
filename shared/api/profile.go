package api

import "strings"

// Person is who somebody is in the feed.
type Person struct {
	// Subject is the sub of the user pool; it never changes.
	Subject string `json:"sub"`
	Handle  string `json:"handle"`
	Name    string `json:"name"`
	// Joined is when the feed saw this person first.
	Joined Time `json:"joined"`
}

// UserPosts is a person and one page of what they posted and reposted, newest
// first; replies stand in their threads only. Next is as in Feed.
//
// The handle of Person is the one that person has now, also when the request
// named one of before.
type UserPosts struct {
	Person Person `json:"person"`
	Feed
}

// ProfileChange changes the caller's own profile. A JSON member that is absent
// stays as it is. A handle that was given up stays reserved for whom it
// belonged to, who can take it back; nobody else gets it.
type ProfileChange struct {
	Name   string `json:"name"`
	Handle string `json:"handle"`
}

// Normalize is as SignUp.Normalize.
func (r *ProfileChange) Normalize() {
	r.Name = strings.TrimSpace(r.Name)
	r.Handle = normalHandle(r.Handle)
}

// Check is as SignUp.Check.
func (r ProfileChange) Check() []FieldError {
	var f fields
	f.add("name", CheckName(r.Name))
	f.add("handle", checkHandle(r.Handle))
	return f
}
