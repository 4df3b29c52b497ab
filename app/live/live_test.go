//go:build !js

package live_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/app/client"
	"porchlight/app/live"
	"porchlight/shared/api"
)

// A script is a server that answers each try with the next of its answers, and
// goes on with the last.
type script struct {
	t       *testing.T
	answers []scripted
	tries   []time.Time
	resumes []string // what each try wants to go on after
	subs    []string // whose each says it is
}

type scripted struct {
	status      int
	kind, retry string
	body        string
	hang        bool // the stream stays open
	err         error
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	a := s.answers[min(len(s.tries), len(s.answers)-1)]
	s.tries = append(s.tries, time.Now())
	s.resumes = append(s.resumes, r.Header.Get(api.HeaderResume))
	s.subs = append(s.subs, r.Header.Get(api.HeaderSub))
	if got := r.Method + " " + r.URL.Path + " " + r.Header.Get("Accept") + " " + r.Header.Get(api.HeaderVersion); got != "GET "+api.PathEvents+" "+api.TypeEvents+" "+strconv.Itoa(api.Version) {
		s.t.Errorf("request = %s", got)
	}
	if a.err != nil {
		return nil, a.err
	}
	in, out := io.Pipe()
	go func() {
		_, _ = io.WriteString(out, a.body) // the reader may have gone
		if a.hang {
			<-r.Context().Done()
		}
		if a.status == http.StatusOK {
			out.CloseWithError(io.ErrUnexpectedEOF) // as a connection that breaks
		}
		out.Close()
	}()
	h := http.Header{"Content-Type": {a.kind}}
	if a.retry != "" {
		h.Set("Retry-After", a.retry)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: in, Request: r}, nil
}

// play opens a stream for some time and returns what it heard.
func play(t *testing.T, s *script, since string, d time.Duration) (heard []string, err error) {
	s.t = t
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	r := live.Over("https://example.com", &http.Client{Transport: s})
	err = r.Open(ctx, since, func(e live.Event) { heard = append(heard, e.Position+" "+e.Kind+" "+e.ID) })
	synctest.Wait()
	return heard, err
}

func stream(body string) scripted { return scripted{200, api.TypeEvents, "", body, true, nil} }

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := stream("retry: 1000\n\nid: p1\ndata: {\"kind\":\"resync\"}\n\nid: p2\ndata: {\"kind\":\"post\",\"id\":\"x\"}\n\nid: p3\ndata: {\"kind\":")
		first.hang = false
		second := stream("id: p4\ndata: {\"kind\":\"gone\",\"id\":\"y\"}\n\nid: p5\ndata: {\"kind\":\"new\"}\n\nid: p6\nevent: t\ndata: {\"kind\":\"gone\"}\n\nid: p7\ndata: [\n\n")
		second.hang = false
		s := &script{answers: []scripted{first, second, stream("")}}
		heard, err := play(t, s, "", 10*time.Second)
		if diff := cmp.Diff([]string{"p1 resync ", "p2 post x", "p4 gone y"}, heard); diff != "" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Open = %v, heard (-want +got):\n%s", err, diff)
		}
		if diff := cmp.Diff([]string{"", "p2", "p7"}, s.resumes); diff != "" {
			t.Errorf("resumed at (-want +got):\n%s", diff)
		}
		for i := range s.tries[1:] {
			if d := s.tries[i+1].Sub(s.tries[i]); d < 500*time.Millisecond || d > time.Second+time.Millisecond {
				t.Errorf("try %d came after %v, want half a second to one", i+1, d)
			}
		}
	})
}

func TestSince(t *testing.T) {
	for _, tt := range []struct{ name, since, want string }{
		{"none", "", ""},
		{"position", "ABCg12", "ABCg12"},
		{"header", "a\r\nb: c", ""},
		{"blank", "a b", ""},
		{"not ASCII", "ä", ""},
		{"long", strings.Repeat("x", 65), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []scripted{stream("")}}
				if _, err := play(t, s, tt.since, time.Second); !errors.Is(err, context.DeadlineExceeded) || len(s.resumes) != 1 || s.resumes[0] != tt.want {
					t.Errorf("Open = %v, resumed at %q, want %q", err, s.resumes, tt.want)
				}
			})
		})
	}
}

// TestSilence: a stream on which nothing comes is dead; heartbeats keep it.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []scripted{stream("id: p1\ndata: {}\n\n")}}
		if _, err := play(t, s, "", time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Open = %v", err)
		}
		if len(s.tries) != 2 || s.resumes[1] != "p1" {
			t.Fatalf("tries at %v, resumed at %q, want two", s.tries, s.resumes)
		}
		if d := s.tries[1].Sub(s.tries[0]); d < 51*time.Second || d > 53*time.Second {
			t.Errorf("the second try came after %v, want 50 s and a pause", d)
		}
	})
}

// TestBackOff: tries that fail get rarer, down to one in a minute at most.
func TestBackOff(t *testing.T) {
	for name, a := range map[string]scripted{
		"no network":     {err: errors.New("unreachable")},
		"proxy":          {status: 502, kind: "text/html", body: "<h1>Bad gateway</h1>"},
		"captive portal": {status: 200, kind: "text/html", body: "<h1>Pay here</h1>"},
		"problem":        {status: 503, kind: api.TypeProblem, body: `{"type":"/problems/unavailable"}`},
		"conflict":       {status: 409, kind: api.TypeProblem, body: `{"type":"/problems/conflict"}`},
		"endless":        {status: 500, kind: "text/plain", body: strings.Repeat("x", 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []scripted{a}}
				if _, err := play(t, s, "p", time.Hour); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Open = %v", err)
				}
				if n := len(s.tries); n < 55 || n > 130 {
					t.Errorf("%d tries in an hour", n)
				}
				for i := range s.tries[1:] {
					most := min(2*time.Second<<min(i, 10), time.Minute)
					if d := s.tries[i+1].Sub(s.tries[i]); d < most/2 || d > most+time.Millisecond {
						t.Errorf("try %d came after %v, want %v to %v", i+1, d, most/2, most)
					}
				}
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		retry string
		least time.Duration
	}{
		{"30", 30 * time.Second}, {"99999999999999999999", 0}, {"9999999", 10 * time.Minute}, {"-1", 0}, {"soon", 0},
	} {
		t.Run(tt.retry, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []scripted{{status: 429, kind: api.TypeProblem, retry: tt.retry, body: "{}"}, stream("")}}
				if _, err := play(t, s, "p", 11*time.Minute); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Open = %v", err)
				}
				if d := s.tries[1].Sub(s.tries[0]); d < tt.least+time.Second || d > tt.least+2*time.Second+time.Millisecond {
					t.Errorf("came back after %v, want %v and a pause", d, tt.least)
				}
			})
		})
	}
}

func TestOutdated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []scripted{{status: 409, kind: api.TypeProblem, body: `{"type":"/problems/outdated"}`}}}
		if _, err := play(t, s, "", time.Hour); !errors.Is(err, client.ErrOutdated) || len(s.tries) != 1 {
			t.Errorf("Open = %v after %d tries, want ErrOutdated at once", err, len(s.tries))
		}
	})
}

// TestTooLong: a message without end ends the stream, not the program.
func TestTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []scripted{stream("data: " + strings.Repeat("x", 1<<20)), stream("")}}
		if heard, _ := play(t, s, "", 10*time.Second); len(heard) != 0 || len(s.tries) != 2 {
			t.Errorf("heard %d events in %d tries", len(heard), len(s.tries))
		}
	})
}

// TestOverHTTP reads a stream of a real server, whose cookie it keeps.
func TestOverHTTP(t *testing.T) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Content-Type", "Text/Event-Stream; charset=utf-8")
		fmt.Fprintf(w, "retry: 1\n\nid: p%d\ndata: {\"kind\":\"counters\",\"id\":\"x\",\"counters\":{\"likes\":%d}}\n\n", n, n)
	}))
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var got []live.Event
	err := live.New(s.URL).Open(ctx, "", func(e live.Event) {
		if got = append(got, e); len(got) == 3 {
			cancel()
		}
	})
	want := make([]live.Event, 3)
	for i := range want {
		want[i] = live.Event{Event: api.Event{Kind: api.EventCounters, ID: "x", Counters: &api.Counters{Likes: i + 1}}, Position: fmt.Sprint("p", i+1)}
	}
	if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v (-want +got):\n%s", err, diff)
	}
}

// TestOther: a stream of one person is not another's; who opened it is told, and
// it goes on when the person is back.
func TestOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := scripted{status: 409, kind: api.TypeProblem, body: `{"type":"/problems/other-person","status":409}`}
		s := &script{t: t, answers: []scripted{refusal, stream("id: p2\ndata: {\"kind\":\"gone\",\"id\":\"y\"}\n\n")}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var heard []string
		r := live.Over("https://example.com", &http.Client{Transport: s}).As("a b")
		err := r.Open(ctx, "p1", func(e live.Event) { heard = append(heard, e.Position+" "+e.Kind) })
		synctest.Wait()
		if diff := cmp.Diff([]string{"p1 " + live.Other, "p2 gone"}, heard); diff != "" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Open = %v, heard (-want +got):\n%s", err, diff)
		}
		if diff := cmp.Diff([]string{"a+b", "a+b"}, s.subs); diff != "" {
			t.Errorf("whose they are (-want +got):\n%s", diff)
		}
	})
}
