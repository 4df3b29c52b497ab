package hub

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

func (r *reader) wantEnd(want error) {
	r.t.Helper()
	synctest.Wait()
	select {
	case <-r.done:
		if !errors.Is(r.err, want) {
			r.t.Errorf("the stream ended with %v, want %v", r.err, want)
		}
	default:
		r.t.Errorf("the stream goes on, want %v", want)
	}
}

func (r *reader) wantOpen() {
	r.t.Helper()
	synctest.Wait()
	select {
	case <-r.done:
		r.t.Errorf("the stream ended with %v", r.err)
	default:
	}
}

// TestBegin: the first words send readers back at different times.
func TestBegin(t *testing.T) {
	inWorld(t, func(w *world) {
		waits := map[string]bool{}
		for range 20 {
			r := w.read(Who{}, w.hub.Position(Guests))
			text := r.text.String()
			if !strings.HasPrefix(text, "retry: ") || strings.Count(text, "\n") != 2 {
				t.Errorf("a stream begins %q", text)
			}
			waits[text] = true
			r.cancel()
			synctest.Wait()
		}
		if len(waits) < 10 {
			t.Errorf("20 readers have %d times to come back", len(waits))
		}
	})
}

func TestLimits(t *testing.T) {
	inWorld(t, func(w *world) {
		h := w.newHub(Config{Post: feed.Entry(w.store), Streams: 8, PerSession: 2, PerAddress: 4})
		var open []*Stream
		for _, tt := range []struct {
			name string
			who  Who
			err  error
		}{
			{"first", Who{Session: "s", Address: "a"}, nil},
			{"second", Who{Session: "s", Address: "b"}, nil},
			{"third of a session", Who{Session: "s", Address: "c"}, ErrTooMany},
			{"others of the address", Who{Session: "t", Address: "a"}, nil},
			{"guest of the address", Who{Address: "a"}, nil},
			{"second guest", Who{Address: "a"}, nil},
			{"fifth of an address", Who{Address: "a"}, ErrTooMany},
			{"elsewhere", Who{Address: "b"}, nil},
			{"elsewhere again", Who{Address: "b"}, nil},
			{"last", Who{Address: "c"}, nil},
			{"full", Who{Address: "d"}, ErrFull},
		} {
			s, err := h.Join(tt.who, "")
			if !errors.Is(err, tt.err) || (s == nil) == (err == nil) {
				t.Errorf("%s: Join = %v, %v, want %v", tt.name, s, err, tt.err)
			}
			if s != nil {
				open = append(open, s)
			}
		}
		for range 2 {
			for _, s := range open {
				s.Leave()
			}
			open = open[:0]
			if len(h.streams)+len(h.sessions)+len(h.places) != 0 {
				t.Fatalf("after all have left: %d, %v, %v", len(h.streams), h.sessions, h.places)
			}
			for range 2 {
				s, err := h.Join(Who{Session: "s", Address: "a"}, "")
				if err != nil {
					t.Fatal(err)
				}
				open = append(open, s)
			}
		}
	})
}

// TestEnd: the streams that match end at once, and the others don't.
func TestEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.read(who(Members, "a"), ""), w.read(who(Members, "b"), "")
		w.hub.End(func(w Who) bool { return w.Session == "a" })
		a.wantEnd(ErrEnded)
		b.wantOpen()
		w.hub.close()
		b.wantEnd(ErrEnded)
		if s, err := w.hub.Join(Who{}, ""); !errors.Is(err, ErrFull) {
			t.Errorf("Join(closed) = %v, %v, want ErrFull", s, err)
		}
	})
}

// TestEndedHearsNoMore: an event that comes after End is not written, although
// the goroutine of the stream has not yet seen that it has ended.
func TestEndedHearsNoMore(t *testing.T) {
	inWorld(t, func(w *world) {
		r := w.read(who(Members, "a"), w.hub.Position(Members))
		w.hub.End(func(Who) bool { return true })
		w.hub.publish(api.Event{Kind: api.EventGone, ID: "x"}, Guests)
		r.wantEnd(ErrEnded)
		if got, _ := r.events(); len(got) != 0 {
			t.Errorf("heard %q after the end", got)
		}
	})
}

// TestRunEnds: the end of Run ends the streams of the hub.
func TestRunEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		other := &world{T: w.T, hub: w.newHub(Config{Post: feed.Entry(w.store)})}
		ctx, cancel := context.WithCancel(w.Context())
		done := make(chan struct{})
		go func() { other.hub.Run(ctx); close(done) }()
		r := other.read(Who{}, "")
		cancel()
		<-done
		r.wantEnd(ErrEnded)
	})
}

// TestHeartbeat: a quiet stream has a comment every 20 seconds, after a look at
// whether its reader may read on.
func TestHeartbeat(t *testing.T) {
	inWorld(t, func(w *world) {
		looks, errNo := 0, errors.New("no")
		r := w.readWhile(Who{}, w.hub.Position(Guests), func(context.Context) error {
			if looks++; looks > 3 {
				return errNo
			}
			return nil
		})
		_, rest, _ := strings.Cut(r.text.String(), "\n\n")
		if rest != "" || looks != 0 {
			t.Errorf("the stream begins with %q and %d looks", rest, looks)
		}
		for n := range 3 {
			time.Sleep(Heartbeat)
			synctest.Wait()
			_, rest, _ := strings.Cut(r.text.String(), "\n\n")
			if want := strings.Repeat(beat, n+1); rest != want || looks != n+1 {
				t.Errorf("after %d heartbeats: %q, %d looks, want %q", n+1, rest, looks, want)
			}
			r.wantOpen()
		}
		time.Sleep(Heartbeat)
		r.wantEnd(errNo)
	})
}

// burst publishes n events at once.
func (w *world) burst(n int) {
	for range n {
		w.hub.publish(api.Event{Kind: api.EventGone, ID: "x"}, Guests)
	}
}

// TestStuck: a reader that takes nothing is cut off by the deadline, and comes
// back to what it has missed.
func TestStuck(t *testing.T) {
	inWorld(t, func(w *world) {
		before := w.hub.Position(Guests)
		r := w.read(Who{}, before)
		r.hang()
		w.burst(1)
		time.Sleep(writeTimeout - time.Millisecond)
		r.wantOpen()
		time.Sleep(time.Millisecond)
		r.wantEnd(errDeadline)
		again := w.read(Who{}, before)
		if got, _ := again.events(); len(got) != 1 {
			t.Errorf("the reader who comes back hears %q, want one event", got)
		}
	})
}

// TestSlow: who takes a second for a write while 64 events gather is cut off,
// and resumes.
func TestSlow(t *testing.T) {
	for _, tt := range []struct {
		name        string
		delay       time.Duration
		first, then int
		err         error
	}{
		{"slow, many events", slowWrite, 1, slowEvents + 1, ErrSlow},
		{"slow, few events", slowWrite, 1, slowEvents, nil},
		{"quick, many events", slowWrite - time.Millisecond, 1, slowEvents + 1, nil},
		{"a burst", 0, 10 * slowEvents, 0, nil},
		{"a burst as large as the ring", time.Millisecond, 1, ringSize, nil},
		{"more than the ring", time.Millisecond, 1, ringSize + 1, ErrSlow},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				r := w.read(Who{}, w.hub.Position(Guests))
				r.mu.Lock()
				r.delay = tt.delay
				r.mu.Unlock()
				w.burst(tt.first)
				time.Sleep(time.Nanosecond)
				w.burst(tt.then)
				time.Sleep(slowWrite)
				if tt.err != nil {
					r.wantEnd(tt.err)
					return
				}
				r.wantOpen()
				r.mu.Lock()
				r.delay = 0
				r.mu.Unlock()
				time.Sleep(time.Minute)
				if got, _ := r.events(); len(got) != tt.first+tt.then {
					t.Errorf("heard %d events, want %d", len(got), tt.first+tt.then)
				}
			})
		})
	}
}

func TestClassOf(t *testing.T) {
	for _, tt := range []struct {
		v    feed.Viewer
		want Class
	}{
		{feed.Viewer{}, Guests}, {feed.Viewer{Moderator: true}, Guests}, {ann, Members}, {mod, Moderators},
	} {
		if got := ClassOf(tt.v); got != tt.want {
			t.Errorf("ClassOf(%+v) = %d, want %d", tt.v, got, tt.want)
		}
	}
}
