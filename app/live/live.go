// Package live keeps up with what changes on the server, in the browser program
// and in tests that run on the machine.
//
// # Why
//
// The stream is read with fetch, not with EventSource: that tells nothing of why
// a server refused, cannot say where to resume at first, and waits between two
// tries as it likes. So everything but the transport is Go, and tested natively.
package live

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"porchlight/app/client"
	"porchlight/app/fetch"
	"porchlight/shared/api"
)

const (
	// silence is how long nothing may come before the connection counts as dead:
	// twice the server's heartbeat, and some.
	silence = 50 * time.Second
	// The pause before another try is at first what the server said, or
	// firstPause. It doubles with each try in a row that failed, and is shortened
	// by up to half by chance, so that not all come back at once.
	firstPause = 2 * time.Second
	maxPause   = time.Minute
	// maxWait bounds what a Retry-After may ask for.
	maxWait = 10 * time.Minute
	// maxRefusal bounds how much of a refusal is read, in bytes.
	maxRefusal = 64 << 10
)

// Other is the kind of an Event that no server sends: it has refused the stream,
// because somebody else is signed in by now than the one whose it is (As).
const Other = "other"

// Event is what the server told.
type Event struct {
	api.Event
	// Position is where a stream that is opened later goes on after this event.
	Position string
}

// Reader reads the live stream of one server. Its methods may be called
// concurrently; each Open is a stream of its own, of which a session has few.
type Reader struct {
	base string
	sub  string // whose streams are; "" does not say
	wire fetch.Transport
}

// New returns a reader of the server at base, such as "https://example.com". In
// the browser "" is the page's own.
func New(base string) *Reader { return &Reader{base: base} }

// As returns a reader of streams of the person with the sub alone, and of no
// guest. Otherwise a stream that is opened again while someone signs in or out
// could be another's, and nobody would know.
func (r *Reader) As(sub string) *Reader {
	own := *r
	own.sub = sub
	return &own
}

// Open calls on with each event after the position since, one at a time, until
// ctx ends, and then returns its error. It comes back by itself when the stream
// breaks, where it left off. With "", or when the server does not know any more
// what came after since, the first event is of api.EventResync: ask again for
// everything that is shown. Kinds of events that this program does not know are
// left out. client.ErrOutdated says that it is too old for the server.
func (r *Reader) Open(ctx context.Context, since string, on func(Event)) error {
	t := &tail{reader: r, on: on, pause: firstPause}
	t.position = since
	for {
		err := t.follow(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, client.ErrOutdated):
			return client.ErrOutdated
		}
		if !sleep(ctx, t.wait()) {
			return ctx.Err()
		}
	}
}

// A tail is one Open.
type tail struct {
	reader   *Reader
	on       func(Event)
	position string
	pause    time.Duration // the server's word
	tries    int           // in a row that failed
	least    time.Duration // what a refusal asked to wait
}

// follow reads one stream to its end.
func (t *tail) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	a, err := t.reader.wire.Do(ctx, t.request())
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.Status != 200 || a.Type != api.TypeEvents {
		return t.refused(a)
	}
	d := decoder{position: t.position}
	chunk := make([]byte, 4<<10)
	for {
		n, err := a.Body.Read(chunk)
		quiet.Reset(silence)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if n > 0 {
			t.tries = 0
		}
		for m, bad := range d.decode(chunk[:n]) {
			if bad != nil {
				return bad
			}
			t.heard(m)
		}
		if d.retry > 0 {
			t.pause = min(d.retry, maxPause)
		}
		if err != nil {
			return err
		}
	}
}

func (t *tail) request() fetch.Request {
	r := fetch.Request{Method: "GET", URL: t.reader.base + api.PathEvents, Accept: api.TypeEvents, Sub: t.reader.sub}
	if sendable(t.position) {
		r.Resume = t.position
	}
	return r
}

// sendable reports whether a position may stand in a header. The server's do.
func sendable(position string) bool {
	for i := range len(position) {
		if position[i] <= ' ' || position[i] > '~' {
			return false
		}
	}
	return position != "" && len(position) <= 64
}

// heard hands a message on, if it is an event that this program knows.
func (t *tail) heard(m message) {
	t.position = m.position
	e := Event{Position: m.position}
	if m.kind != "" || json.Unmarshal([]byte(m.data), &e.Event) != nil {
		return
	}
	switch e.Kind {
	case api.EventPost, api.EventCounters, api.EventGone, api.EventResync:
		t.on(e)
	}
}

var errRefused = errors.New("no stream")

// refused notes how long to stay away.
func (t *tail) refused(a fetch.Response) error {
	var p api.Problem
	text, err := io.ReadAll(io.LimitReader(a.Body, maxRefusal))
	if err == nil && a.Type == api.TypeProblem && json.Unmarshal(text, &p) == nil {
		switch {
		case p.OfKind(api.ProblemOutdated):
			return client.ErrOutdated
		case p.OfKind(api.ProblemOtherPerson):
			t.on(Event{Event: api.Event{Kind: Other}, Position: t.position})
		}
	}
	if n, err := strconv.Atoi(a.RetryAfter); err == nil && n > 0 {
		t.least = min(time.Duration(min(n, 1<<20))*time.Second, maxWait)
	}
	return errRefused
}

// wait returns the pause before the next try, and counts it.
func (t *tail) wait() time.Duration {
	pause := min(t.pause<<min(t.tries, 10), maxPause)
	t.tries++
	pause = pause/2 + rand.N(pause/2+1)
	least := t.least
	t.least = 0
	if least == 0 {
		return pause
	}
	return least + pause
}

// sleep waits, and reports whether ctx lives on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
