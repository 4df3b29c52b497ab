// Package hub tells live readers what changed in the feed, on this server and
// on those that share its database.
//
// # Rules
//
// There are three classes of readers: guests, members and moderators. Each has a
// stream of events of its own, with its own numbers, so that not even a gap in
// them tells a guest of a post or reply for members, or anybody but moderators of
// a post that was hidden. Who may be told of a post is decided by reading it as the
// class would: by the rule of the store that answers every other request. That a
// post has gone is told to those who could see it before.
//
// An event holds ids and counters and nothing that was written (api.Event). Its
// id is a position: the server's life, the class, and a number. Who comes back
// with one gets what came since, for as far back as the last 1024 events. Who
// comes with none, with one of another server, class or time, or while this
// server did not hear of the others, gets a resync: ask again for what you show.
//
// # Why
//
// A change is only a mark on the id of a post. One goroutine takes the marks, at
// most four times a second, reads each post once and tells how it is then. So
// changes that overtake each other on their way do no harm, a post that is liked
// a thousand times a second makes four events, and a reader is written to four
// times a second at most: telling ten thousand takes about a fifth of a second.
//
// Other servers get the same marks, at once, and read for themselves. Notes
// between servers are gathered while the one before is under way, as a NOTIFY in
// every transaction costs two thirds of the inserts. Whoever made a change waits
// for its note, so what was acknowledged is told, even if its server is killed
// with the answer. What was done and not acknowledged may be told by nobody,
// until it is asked for again: package feed tells repeats too.
//
// A frame is encoded once for each class. A reader holds no queue: it is a
// position in the ring of its class, and a goroutine that waits there. A reader
// who is too slow is cut off and comes back with the last position it has seen.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// Limits of streams, when Config has no others.
const (
	MaxStreams    = 5000
	MaxPerSession = 6
	MaxPerAddress = 20
)

// Heartbeat is the time between two signs of life on a stream on which nothing
// happens, and between two looks at whether its reader may still read.
const Heartbeat = 20 * time.Second

const (
	// pace is the shortest time between two rounds of events.
	pace = 250 * time.Millisecond
	// retryPause is the time before a post is read, or a note sent, again.
	retryPause = time.Second
	// sendTimeout bounds how long a change waits for its note.
	sendTimeout = 2 * time.Second
	// maxPending is how many marks may wait. One more, and all that is told is
	// that something changed.
	maxPending = 4096
)

// Config is what a Hub needs.
type Config struct {
	// Post reads a post, reply or repost: it is feed.Entry. Required.
	Post func(ctx context.Context, v feed.View, id uuid.UUID) (feed.Post, error)
	// Send passes a note to all servers, whose Hear takes it; nil when there is
	// one server only.
	Send func(ctx context.Context, note string) error
	// Streams, PerSession and PerAddress are the limits of streams; 0 is
	// MaxStreams, MaxPerSession and MaxPerAddress.
	Streams, PerSession, PerAddress int
	Now                             func() time.Time // nil is time.Now
	Logger                          *slog.Logger     // nil discards
}

// Hub tells readers. Its methods may be called concurrently.
type Hub struct {
	c     Config
	self  server
	rings [classes]*ring
	// told is what readers are to hear of, sent what other servers are.
	told, sent *pending

	passing chan struct{} // holds a token while a note is under way
	failed  atomic.Bool   // the last note was not sent: changes don't wait for the next
	left    chan struct{} // holds a token while somebody has left marks to be sent

	mu       sync.Mutex
	closed   bool
	streams  map[*Stream]struct{}
	sessions map[string]int
	places   map[string]int // by address
}

// New returns a Hub that tells nothing before Run.
func New(c Config) (*Hub, error) {
	if c.Post == nil {
		return nil, errors.New("new hub: no way to read posts")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	orDefault(&c.Streams, MaxStreams)
	orDefault(&c.PerSession, MaxPerSession)
	orDefault(&c.PerAddress, MaxPerAddress)
	h := &Hub{
		c: c, self: newServer(), told: newPending(), sent: newPending(), passing: make(chan struct{}, 1), left: make(chan struct{}, 1),
		streams: map[*Stream]struct{}{}, sessions: map[string]int{}, places: map[string]int{},
	}
	life := rand.Text()[:10] // 50 bits: no two lives of servers are mixed up
	for class := range h.rings {
		h.rings[class] = newRing(life + string(Class(class).letter()))
	}
	return h, nil
}

func orDefault(n *int, value int) {
	if *n == 0 {
		*n = value
	}
}

// Changed takes a change that this server made: it is feed.Config.Changed. It
// returns when the other servers have been sent a note of it, which takes as long
// as a transaction. While notes can't be sent it does not wait: they follow.
func (h *Hub) Changed(c feed.Change) {
	marks := marksOf(c)
	h.told.add(marks)
	if h.c.Send == nil {
		return
	}
	if c.Kind == feed.Renamed {
		h.sent.poke() // a note without marks says to ask again
	} else {
		h.sent.add(marks)
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	if h.failed.Load() || h.pass(ctx) != nil {
		h.leave()
	}
}

// Hear takes a note that a server has sent. One's own says nothing new. Before
// readers are told of another's it calls refresh, which makes this server forget
// what that may have changed. A note that cannot be read, from a newer server
// perhaps, may say anything.
func (h *Hub) Hear(text string, refresh func()) {
	n, err := parseNote(text)
	if err == nil && n.from == h.self {
		return
	}
	refresh()
	if err != nil {
		h.c.Logger.Warn("note of another server not understood", "error", err.Error())
	}
	if err != nil || n.all {
		h.Missed()
		return
	}
	h.told.add(n.marks)
}

// Missed says that changes went by unheard: all readers are told to resync.
func (h *Hub) Missed() { h.told.overflow() }

// Position is where the stream of the class stands. What is read after it can be
// kept up by a stream that resumes there.
func (h *Hub) Position(c Class) string { return h.rings[c].position() }

// Run tells readers and servers until ctx ends, and then ends every stream. Its
// caller owns the goroutine and waits for it.
func (h *Hub) Run(ctx context.Context) {
	var wg sync.WaitGroup
	if h.c.Send != nil {
		wg.Go(func() { h.send(ctx) })
	}
	h.tell(ctx)
	h.close()
	wg.Wait()
}

// tell publishes what changed, in rounds.
func (h *Hub) tell(ctx context.Context) {
	for h.told.wait(ctx) {
		marks, all, _ := h.told.take()
		if all {
			h.publish(api.Event{Kind: api.EventResync}, Guests)
		} else if left, err := h.tellOf(ctx, marks); err != nil {
			if ctx.Err() != nil {
				return
			}
			h.c.Logger.WarnContext(ctx, "live readers not told", "error", err.Error())
			h.told.add(left)
			sleep(ctx, retryPause)
		}
		sleep(ctx, pace)
	}
}

// leave makes send pass on what there is.
func (h *Hub) leave() {
	select {
	case h.left <- struct{}{}:
	default:
	}
}

// send passes on what changes did not wait for.
func (h *Hub) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.left:
		}
		if err := h.pass(ctx); err != nil && ctx.Err() == nil {
			h.c.Logger.WarnContext(ctx, "other servers not told", "error", err.Error())
			h.leave()
			sleep(ctx, retryPause)
		}
	}
}

// pass sends all that was marked before, unless whoever was here before has done
// so meanwhile.
func (h *Hub) pass(ctx context.Context) error {
	select {
	case h.passing <- struct{}{}:
		defer func() { <-h.passing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	marks, all, due := h.sent.take()
	if !due {
		return nil
	}
	for _, n := range notes(h.self, marks, all) {
		if err := h.c.Send(ctx, n); err != nil {
			h.failed.Store(true)
			h.sent.overflow() // whatever of it was sent
			return err
		}
	}
	h.failed.Store(false)
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
