package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"porchlight/server/internal/hub"
	"porchlight/server/internal/limit"
	"porchlight/shared/api"
)

const (
	// lookTimeout bounds the look at whether a stream's reader may read on.
	lookTimeout = 5 * time.Second
	// maxUnsure is how many such looks in a row may come to nothing, because a
	// store did not answer, before the stream ends.
	maxUnsure = 3
)

// events is the live stream of whoever asks, a guest too. It begins after the
// position in Last-Event-ID.
//
// What is on the stack here stays there for hours, ten thousand times, and a stack
// that was deep once keeps its size for long. So whoever asks is looked up aside.
func (s *server) events(w http.ResponseWriter, r *http.Request) error {
	var stream *hub.Stream
	var may func(context.Context) error
	err := aside(func() (err error) {
		stream, may, err = s.joinLive(r)
		return err
	})
	if err != nil {
		return err
	}
	defer stream.Leave()
	out, err := beginLive(w, r)
	if out == nil || err != nil {
		return err
	}
	s.endedLive(r, stream.Serve(r.Context(), out, func(ctx context.Context) error {
		return aside(func() error { return may(ctx) })
	}))
	return nil
}

// aside runs f on a stack of its own, which goes with it. A panic comes through.
func aside(f func() error) (err error) {
	var panicked any
	var wg sync.WaitGroup
	wg.Go(func() {
		defer func() { panicked = recover() }()
		err = f()
	})
	wg.Wait()
	if panicked != nil {
		panic(panicked)
	}
	return err
}

// joinLive finds out who asks, and opens their stream. may looks again.
func (s *server) joinLive(r *http.Request) (stream *hub.Stream, may func(context.Context) error, err error) {
	c, err := s.caller(r)
	if err != nil {
		return nil, nil, err
	}
	if err := checkSub(r, c); err != nil {
		return nil, nil, err
	}
	if err := s.countRead(r, c); err != nil {
		return nil, nil, err
	}
	who := s.liveReader(r, c)
	if stream, err = s.Live.Join(who, position(r.Header)); err != nil {
		return nil, nil, err
	}
	may = s.mayRead(r, who)
	if err := may(r.Context()); err != nil { // a sign-out before Join ended no stream
		stream.Leave()
		return nil, nil, err
	}
	return stream, may, nil
}

// beginLive sets the headers. There is nothing to write to for HEAD.
func beginLive(w http.ResponseWriter, r *http.Request) (*liveWriter, error) {
	h := w.Header()
	h.Set("Content-Type", api.TypeEvents)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // or nginx would gather the events
	if r.Method == http.MethodHead {
		return nil, nil
	}
	out := &liveWriter{w, http.NewResponseController(w)}
	// The server's own deadlines are for requests that end.
	return out, out.SetReadDeadline(time.Time{})
}

func (s *server) endedLive(r *http.Request, reason error) {
	s.Logger.Debug("live stream ended", "request", requestID(r.Context()), "reason", reason.Error())
}

// A liveWriter is a hub.Writer.
type liveWriter struct {
	http.ResponseWriter
	*http.ResponseController
}

// Flush settles which of the two is meant.
func (w *liveWriter) Flush() error { return w.ResponseController.Flush() }

// position returns what Last-Event-ID says. Two say nothing.
func position(h http.Header) string {
	if v := h.Values(api.HeaderResume); len(v) == 1 {
		return v[0]
	}
	return ""
}

// liveReader says for whom a stream is. Those by token are counted by sign-in. A
// session is the same whatever its tokens are: those of before a refresh may have
// another origin.
func (s *server) liveReader(r *http.Request, c caller) hub.Who {
	who := hub.Who{Class: hub.ClassOf(c.viewer), Sub: c.viewer.Sub, Address: limit.Address(s.address(r))}
	switch {
	case c.session != nil:
		who.Session = c.session.ID
	case c.signedIn():
		who.Session, who.Origin = "token "+cmp.Or(c.origin, c.viewer.Sub), c.origin
	}
	return who
}

// endLive ends the streams of a session, and those by token of its sign-in.
func (s *server) endLive(id, origin string) {
	s.Live.End(func(w hub.Who) bool { return w.Session == id || origin != "" && w.Origin == origin })
}

// mayRead looks again who sent the request: it must be the same reader, in the
// same class. When that can't be told the stream goes on for a while.
func (s *server) mayRead(r *http.Request, who hub.Who) func(context.Context) error {
	unsure := 0
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, lookTimeout)
		defer cancel()
		r := r.WithContext(ctx)
		c, err := s.caller(r)
		switch {
		case err == nil && s.liveReader(r, c) == who:
			unsure = 0
			return nil
		case err == nil:
			return errReaderChanged
		case s.problem(err).Status < http.StatusInternalServerError:
			return err
		}
		if unsure++; unsure == maxUnsure {
			return err
		}
		return nil
	}
}
