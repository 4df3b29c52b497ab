package feed

import (
	"errors"

	"github.com/google/uuid"
)

// Kind says what a Change is.
type Kind int

// The kinds of change.
const (
	// Posted: the Post is new. Of a reply, the Replies of its Parent changed too;
	// of a repost, the Reposts of what it shows.
	Posted Kind = iota + 1
	// Counted: the Post has other Likes, and nothing else changed.
	Counted
	// Changed: a repost of the Post came or went, and which it was is not known.
	Changed
	// Removed: the Post, as it was, was deleted, and what belonged to it is gone
	// with it. The counters of its Parent or RepostOf changed. Expiry is no
	// removal: who holds a post knows when it expires.
	Removed
	// Hid: the Post was hidden or is shown again. Of a reply, the Replies of its
	// Parent changed too.
	Hid
	// Swept: the Post, a reply that expired before its Parent, was removed from
	// the disk, and the Replies of its Parent changed.
	Swept
	// Renamed: somebody has another profile. There is no Post; other processes
	// on the store must be told to Refresh.
	Renamed
)

// A Change is one that readers may want to hear of. The Post is as no reader
// sees it: check audience and Hidden before telling anyone.
type Change struct {
	Kind Kind
	Post Post
}

// changed makes the newest page forget what is no longer so, and tells of it.
func (s *Service) changed(k Kind, p Post) {
	switch {
	case k == Counted:
		s.newest.drop(p.ID)
	case k == Swept || k == Posted && p.IsReply():
		s.newest.drop(p.Parent)
	default:
		s.newest.drop(uuid.Nil)
	}
	s.tell(Change{k, p})
}

// failed returns the error of a write. Unless the store has refused it, nobody
// knows whether it was done: a connection may have been lost after the commit.
func (s *Service) failed(err error) error {
	for _, refusal := range []error{ErrConflict, ErrNotFound, ErrNotAuthor, ErrNested} {
		if errors.Is(err, refusal) {
			return err
		}
	}
	s.newest.drop(uuid.Nil)
	return err
}

// Follow says whether this process hears of what others write to the store, and
// Refresh is called after each of their writes. While it does not hear, nothing
// is answered from memory. It is how a Service with Config.Shared begins.
func (s *Service) Follow(hears bool) {
	s.newest.follow(hears)
	s.profiles.follow(hears)
}

// Refresh makes the service ask the store again.
func (s *Service) Refresh() {
	s.newest.drop(uuid.Nil)
	s.profiles.drop()
}
