// Package feed keeps the posts: who may read which, who may write, what a
// repeat is, and when a post is gone.
//
// # Rules
//
// A guest reads posts for everyone, a member also those for members, a moderator
// also what was hidden. To all others, its author too, a hidden post is not
// there, on no route. A post that has expired is in no answer from its second
// on; the sweeper takes it from the disk soon after. Pages are ordered by id,
// newest first, and continue below the last id that was seen; there are no
// offsets.
//
// A reply belongs to the post that it answers: it is never for more readers, or
// for longer, and goes with it when it is deleted or hidden. Unless it asks for
// less it is for whom that post is for and expires with it. Guests find no trace
// of a reply for members below a post for everyone: it is in no answer of theirs,
// in no counter and in no event. One that has expired is counted until the sweeper
// takes it. Threads are flat: a reply is not answered, the post above it is. A
// repost belongs to its original in the same way, has its audience and expiry, and
// has no replies, likes or reposts of its own.
//
// Deleting is final, and leaves the id and a digest. Who offers an undo waits
// before sending it. Deleting what is not there is done already.
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
// profile of the sub, never from what the request or the token says. They stay
// when the profile changes. A handle that was given up stays reserved for its
// sub, so an old post's handle never leads to somebody else.
//
// A reply is narrowed to its post when it is stored, so that no query can show
// one without its post, nothing outlives what it belongs to, and hiding or
// deleting a post is one write whatever hangs below it. What hangs below is
// cleared from the disk in slices. One that asks for more than its post allows
// gets what there is, and the answer says what: for everyone is where a form
// begins, and to refuse it would lose what was typed. For fewer readers it is
// stored as asked. A post counts its replies, and beside that those which guests
// may not see: who reads decides which of the numbers is theirs.
//
// A post is stored once for all readers; what the reader made of it (liked,
// reposted) is asked for afterwards, for the posts of the page only. So the
// newest page can be kept encoded for each class of readers (newest.go).
package feed

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

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
	// ErrNotFound answers who asks for what is not there, or not for them.
	ErrNotFound = errors.New("not found")
	// ErrNotAuthor answers who wants to delete another's post.
	ErrNotAuthor = errors.New("post of another author")
	// ErrForbidden answers who wants to do what only moderators may.
	ErrForbidden = errors.New("only moderators may hide posts")
	// ErrNested is a Store's answer to a reply to a reply. The Service makes a
	// FieldsError of it.
	ErrNested = errors.New("a reply is not answered")
	// ErrHandleTaken is a Store's answer to a handle that another sub has or had.
	ErrHandleTaken = errors.New("handle belongs to someone else")
	// ErrHandles is a Store's answer to a sub that has had MaxHandles already.
	ErrHandles = errors.New("too many handles")
	// ErrUnavailable is the answer of a Store that is on another machine and can't
	// be reached, to any call. What was asked for may have been done; say 503, and
	// a repeat makes sure.
	ErrUnavailable = errors.New("feed unavailable")
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

// MaxHandles is how many handles one sub may have, with those of before: each
// stays reserved.
const MaxHandles = 8

// Viewer is who asks. The zero Viewer is a guest.
type Viewer struct {
	Sub       string
	Handle    string
	Name      string
	Moderator bool
}

// Member reports whether the viewer is signed in.
func (v Viewer) Member() bool { return v.Sub != "" }

// view returns what the viewer may see now.
func (s *Service) view(v Viewer) View {
	return View{Members: v.Member(), Moderator: v.Member() && v.Moderator, Now: s.now()}
}

// Config is what a Service needs.
type Config struct {
	Store Store // required
	// Shared says that other processes write to the store. Then nothing is kept
	// in memory before Follow says that their writes are heard of.
	Shared bool
	// Changed is told of every change after it is on disk and before the caller
	// is answered, who waits for it; nil is nobody. With Shared it is told of
	// repeats too: the process that made the change may have ended untold.
	Changed func(Change)
	Now     func() time.Time // nil is time.Now
	Logger  *slog.Logger     // nil discards
}

// Service answers for the feed. Its methods may be called concurrently.
type Service struct {
	store    Store
	shared   bool
	newest   newest
	profiles profiles
	tell     func(Change)
	clock    func() time.Time
	log      *slog.Logger
}

// New returns a Service on the store.
func New(c Config) (*Service, error) {
	if c.Store == nil {
		return nil, errors.New("new feed: no store")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Changed == nil {
		c.Changed = func(Change) {}
	}
	s := &Service{store: c.Store, shared: c.Shared, tell: c.Changed, clock: c.Now, log: cmp.Or(c.Logger, slog.New(slog.DiscardHandler))}
	s.newest.off, s.profiles.off = c.Shared, c.Shared
	return s, nil
}

// now is the clock as it is stored.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }
