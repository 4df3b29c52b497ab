package hub

import (
	"errors"
	"time"
)

var (
	// ErrTooMany refuses a reader whose session or address has all the streams
	// that it may have. Tell them to close others, or to wait.
	ErrTooMany = errors.New("too many live streams of one reader")
	// ErrFull refuses a reader because the server has all the streams that it
	// takes, or is closing. Tell them to wait RetryAfter.
	ErrFull = errors.New("too many live streams")
	// ErrEnded is why a stream ended that End or the end of Run has closed.
	ErrEnded = errors.New("live stream ended")
	// ErrSlow is why a stream ended whose reader did not keep up.
	ErrSlow = errors.New("live reader too slow")
)

// RetryAfter is how long to wait after ErrTooMany and ErrFull.
const RetryAfter = 30 * time.Second

// Who is the reader of a stream. Two are the same reader if they are equal.
type Who struct {
	Class   Class
	Sub     string // "" for a guest
	Session string // whose streams are counted together; "" is counted by address only
	Origin  string // of a stream by token: the sign-in that it comes from, if that is known
	Address string // as package limit names it
}

// A Stream is one reader's. It belongs to the goroutine that joined.
type Stream struct {
	hub    *Hub
	who    Who
	ring   *ring
	number uint64 // the last event that was written
	resync bool   // to be written first
	ended  chan struct{}
}

// Join opens a stream that goes on after the position, for which "" is none.
// The caller leaves it. The error is ErrTooMany or ErrFull.
func (h *Hub) Join(w Who, position string) (*Stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed, len(h.streams) >= h.c.Streams:
		return nil, ErrFull
	case w.Session != "" && h.sessions[w.Session] >= h.c.PerSession, h.places[w.Address] >= h.c.PerAddress:
		return nil, ErrTooMany
	}
	s := &Stream{hub: h, who: w, ring: h.rings[w.Class], ended: make(chan struct{})}
	number, ok := s.ring.resume(position)
	s.number, s.resync = number, !ok
	h.streams[s] = struct{}{}
	h.places[w.Address]++
	if w.Session != "" {
		h.sessions[w.Session]++
	}
	return s, nil
}

// Leave gives the stream's place to others.
func (s *Stream) Leave() {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end(s)
	release(h.places, s.who.Address)
	if s.who.Session != "" {
		release(h.sessions, s.who.Session)
	}
}

func release(counts map[string]int, key string) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}

// end closes a stream that has not ended before.
func (h *Hub) end(s *Stream) {
	if _, open := h.streams[s]; open {
		delete(h.streams, s)
		close(s.ended)
	}
}

// End ends the streams of readers that match, which must not call the Hub.
func (h *Hub) End(match func(w Who) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams {
		if match(s.who) {
			h.end(s)
		}
	}
}

// close ends all streams and takes no more.
func (h *Hub) close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.End(func(Who) bool { return true })
}
