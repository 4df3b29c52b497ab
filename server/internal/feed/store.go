package feed

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// A View says what a reader may see and at what time. Every query that answers
// posts takes one.
//
// A post is in the view when it has not expired, is for the reader, and neither
// it nor what it belongs to is hidden or gone: a reply belongs to its parent, a
// repost to its original.
type View struct {
	Members   bool      // also posts for members
	Moderator bool      // also hidden posts
	Now       time.Time // only posts that expire after it, or never
}

// Page asks a Store for posts of the View, by falling ID.
type Page struct {
	View
	Before uuid.UUID // only posts with a smaller ID; uuid.Max is all
	Limit  int       // at most so many; 1 or more
}

// Mark says what one reader made of a post.
type Mark struct{ Liked, Reposted bool }

// Profile is who a sub is in the feed.
type Profile struct {
	Sub     string
	Handle  string // lower-case letters a to z, digits and underscores
	Name    string
	Created time.Time // UTC in microseconds
}

// A Shift is what a write came to: the post as it is now, and whether anything
// changed. A repeat changes nothing.
type Shift struct {
	Post    Post
	Changed bool
	// Repost is the ID of the repost that Unrepost removed; uuid.Nil elsewhere, and
	// when the store cannot tell any more which it was.
	Repost uuid.UUID
}

// Store keeps posts and profiles. feedtest.TestStore is its contract; every
// method is atomic, safe for concurrent use, and done on disk when it returns.
//
// What is not in the View is not there: ErrNotFound. Reposts are in Home and
// ByAuthor only; a method that takes the ID of a post answers ErrNotFound to
// that of a repost, but for Delete.
type Store interface {
	// Insert stores p and returns it. When a post with p's ID was stored before,
	// it returns that one if its Digest is p's, and ErrConflict otherwise. It
	// knows the ID of a post that was removed until its RepeatUntil, and then
	// returns p with the first one's Audience, Created and Expires.
	//
	// A reply is for members if it asks for that or its parent is, and for
	// everyone otherwise, also with Audience "". It expires when it asks for or
	// with its parent, whichever is first. The counters of the parent count it. A
	// parent that is not there at p.Created, or is hidden, is ErrNotFound; one
	// that is a reply itself is ErrNested.
	Insert(ctx context.Context, p Post) (Shift, error)
	// Post returns the post with the ID.
	Post(ctx context.Context, v View, id uuid.UUID) (Post, error)
	// Home returns the posts of the page that are not replies. Reposts have
	// their Original.
	Home(ctx context.Context, page Page) ([]Post, error)
	// ByAuthor is Home for the posts of one sub.
	ByAuthor(ctx context.Context, page Page, sub string) ([]Post, error)
	// Replies returns at most limit replies to the post by rising ID, those with
	// an ID above after; uuid.Nil is all.
	Replies(ctx context.Context, v View, parent, after uuid.UUID, limit int) ([]Post, error)
	// Search returns posts and replies that have all the words, which are some
	// of Words: no two alike and at least one.
	Search(ctx context.Context, page Page, words []string) ([]Post, error)
	// Marks returns what the sub made of the posts, in the order of the ids. An
	// ID of no post has no mark.
	Marks(ctx context.Context, sub string, ids []uuid.UUID) ([]Mark, error)

	// Like records that the sub likes the post or, with on unset, no longer.
	Like(ctx context.Context, v View, sub string, id uuid.UUID, on bool) (Shift, error)
	// Repost stores r as the one repost that its Author makes of r.RepostOf. It
	// gets Audience and Expires of the original. The Shift is the original's.
	Repost(ctx context.Context, v View, r Post) (Shift, error)
	// Unrepost removes the repost that the sub made of the post.
	Unrepost(ctx context.Context, v View, sub string, id uuid.UUID) (Shift, error)
	// Hide hides the post or, with on unset, shows it again. A hidden reply does
	// not count among its parent's Replies.
	Hide(ctx context.Context, v View, id uuid.UUID, on bool) (Shift, error)
	// Delete removes the post, reply or repost with the ID and returns what it
	// was. Of a post its ID stays known, as Insert says; what belonged to it can
	// no longer be seen, and is removed at once or by Clear. A post of another
	// author is ErrNotAuthor when it is in the view, else ErrNotFound. One's own
	// is there also when it is hidden or has expired. With ErrNotFound a store
	// that processes share returns what it still knows of a post that was removed
	// before: whoever removed it may have ended before others were told.
	Delete(ctx context.Context, v View, sub string, id uuid.UUID) (Post, error)

	// Sweep removes at most limit posts that expire at or before now, as Delete
	// does, and returns how many they were. uncounted are the replies among them
	// that were counted by a parent which is still there at now.
	Sweep(ctx context.Context, now time.Time, limit int) (n int, uncounted []Post, err error)
	// Clear removes at most limit likes, replies and reposts of posts that were
	// removed, and returns how many they were.
	Clear(ctx context.Context, now time.Time, limit int) (int, error)
	// Forget removes at most limit IDs of removed posts whose RepeatUntil is now
	// or before, and returns how many they were.
	Forget(ctx context.Context, now time.Time, limit int) (int, error)

	// AddProfile stores p and returns it, or the one that p's Sub has already. A
	// handle that another sub has or had, in whatever case, is ErrHandleTaken.
	AddProfile(ctx context.Context, p Profile) (Profile, error)
	// ChangeProfile gives the profile of p.Sub the Name and Handle of p and
	// returns it. The handle of before stays the sub's. Handles of others are
	// ErrHandleTaken, one more than MaxHandles is ErrHandles, no profile is
	// ErrNotFound; all of these change nothing.
	ChangeProfile(ctx context.Context, p Profile) (Profile, error)
	// Profile returns the profile of the sub, or ErrNotFound.
	Profile(ctx context.Context, sub string) (Profile, error)
	// ProfileOf returns the profile that has or had the handle, in whatever
	// case, or ErrNotFound.
	ProfileOf(ctx context.Context, handle string) (Profile, error)
	// Profiles returns at most limit profiles whose handle begins with prefix,
	// which is part of a handle in lower case, by handle byte by byte.
	Profiles(ctx context.Context, prefix string, limit int) ([]Profile, error)
}
