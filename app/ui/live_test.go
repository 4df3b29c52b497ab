//go:build !js

package ui

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"porchlight/app/live"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// openLive wakes the program on a page, with a stream, and returns where each
// stream that it opened was to begin. The server's streams tell one event and
// end. It needs a bubble: what is asynchronous runs by itself.
func openLive(t *testing.T, s *server, p api.Page) (b *tab, begun *[]string) {
	t.Helper()
	begun = &[]string{}
	s.answer("GET "+api.PathEvents, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*begun = append(*begun, r.Header.Get(api.HeaderResume))
		w.Header().Set("Content-Type", api.TypeEvents)
		fmt.Fprint(w, "id: Lm9\ndata: {\"kind\":\"gone\",\"id\":\"x\"}\n\n")
	}))
	b = newTab(t, s, Config{Page: p})
	b.Live = live.Over("http://porch.test", &http.Client{Transport: s})
	b.stage.async = func(f func()) { go f() }
	b.wake()
	b.rest()
	return b, begun
}

// rest is settle for a tab in a bubble.
func (b *tab) rest() {
	for {
		synctest.Wait()
		b.mu.Lock()
		n := len(b.waiting)
		b.mu.Unlock()
		if n == 0 {
			return
		}
		b.settle()
	}
}

// TestStream: the stream begins where the page was made, once, and another
// reader's begins anew.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := member(somePosts(2)...)
		page := memberPage(somePosts(2)...)
		page.Live = "Lm7"
		b, begun := openLive(t, s, page)
		if want := []string{"Lm7"}; !slices.Equal(*begun, want) {
			t.Errorf("streams begin at %q, want %q", *begun, want)
		}
		b.goTo(api.PathSearch)
		b.rest()
		if len(*begun) != 1 || b.stream.since != "Lm9" {
			t.Errorf("on another page there are %d streams, at %q", len(*begun), b.stream.since)
		}
		b.changed(nil, true)
		b.rest()
		if want := []string{"Lm7", ""}; !slices.Equal(*begun, want) {
			t.Errorf("after another reader came streams begin at %q, want %q", *begun, want)
		}
		b.stream.end()
		b.rest()
	})
}

// TestStreamFromTheDoor: a page without posts opens no stream; the feed that is
// opened from there does.
func TestStreamFromTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := guest(somePosts(1)...)
		page := guestPage(api.PathSignIn)
		page.Live = "Lg7"
		b, begun := openLive(t, s, page)
		if len(*begun) != 0 {
			t.Errorf("the page to sign in opens %d streams", len(*begun))
		}
		b.goTo(api.PathHome)
		b.rest()
		if want := []string{"Lg7"}; !slices.Equal(*begun, want) {
			t.Errorf("from there to the feed, streams begin at %q, want %q", *begun, want)
		}
		b.stream.end()
		b.rest()
	})
}

// TestHeardWhileReading: what the stream tells while the server is being asked
// may be newer than the answer, so the answer does not undo it.
func TestHeardWhileReading(t *testing.T) {
	old := somePosts(3)
	gone, liked := old[0].ID, old[1].ID
	tests := []struct {
		name  string
		event api.Event
		right func(b *tab) bool
	}{
		{"gone", api.Event{Kind: api.EventGone, ID: gone}, func(b *tab) bool { return !holds(b.home.feed.Posts, gone) && !b.says("new post") }},
		{"counters", api.Event{Kind: api.EventCounters, ID: liked, Counters: &api.Counters{Likes: 7}}, func(b *tab) bool {
			return slices.ContainsFunc(b.home.feed.Posts, func(p api.Post) bool { return p.ID == liked && p.Likes == 7 })
		}},
		{"news", news(newer(1)), func(b *tab) bool { return b.says("1 new post") }},
		{"resync", api.Event{Kind: api.EventResync}, func(b *tab) bool { return b.server.count("GET /api/feed") == 2 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := member(old...)
			b := openTab(t, s, memberPage(old...))
			b.refreshNow(false)
			b.hear(live.Event{Event: tt.event, Position: "7"})
			b.settle()
			if !tt.right(b) {
				t.Errorf("after %d questions the page says %q", s.count("GET /api/feed"), content(b.page()))
			}
			b.refreshNow(false)
			b.settle()
			if len(b.stream.heard) != 0 || b.stream.reads != 0 {
				t.Errorf("%d events are kept for %d reads, and nothing is being read", len(b.stream.heard), b.stream.reads)
			}
		})
	}
}

// TestHeardWhileOpening is TestHeardWhileReading for a page with an address of
// its own.
func TestHeardWhileOpening(t *testing.T) {
	s := member()
	b := openTab(t, s, threadPage(ada(), 2))
	s.answer("GET /api/posts/"+postID, *aThread(2))
	reply := aThread(2).Replies[0].ID
	b.fetchPlace()
	b.hear(live.Event{Event: api.Event{Kind: api.EventGone, ID: reply}, Position: "7"})
	b.settle()
	if holds(b.Program.page.Thread.Replies, reply) {
		t.Error("a reply that has gone comes back")
	}
}

// TestStreamOfTheShell: the shell does not know who reads. Its stream waits for
// that, and there is one.
func TestStreamOfTheShell(t *testing.T) {
	for name, s := range map[string]*server{"guest": guest(somePosts(1)...), "member": member(somePosts(1)...)} {
		synctest.Test(t, func(t *testing.T) {
			b, begun := openLive(t, s, api.Page{})
			if want := []string{""}; !slices.Equal(*begun, want) {
				t.Errorf("%s: streams begin at %q, want %q", name, *begun, want)
			}
			b.stream.end()
			b.rest()
		})
	}
}

// TestStreamOfAnother: the server says that the stream would be somebody else's.
// The program finds out whose, and opens theirs.
func TestStreamOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := member(somePosts(1)...)
		bob := claims.Display{Subject: "sub-bob", Handle: "bob", Name: "Bob"}
		s.answer("GET /api/session", bob) // another tab has signed in
		var begun []string
		b := newTab(t, s, Config{Page: memberPage(somePosts(1)...)})
		b.Live = live.Over("http://porch.test", &http.Client{Transport: s})
		b.stage.async = func(f func()) { go f() }
		s.answer("GET "+api.PathEvents, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sub := r.Header.Get(api.HeaderSub)
			begun = append(begun, sub)
			if sub != bob.Subject {
				write(w, 409, api.TypeProblem, problem(api.ProblemOtherPerson, 409))
				return
			}
			w.Header().Set("Content-Type", api.TypeEvents)
		}))
		b.wake()
		b.rest()
		if want := []string{ada().Subject, bob.Subject}; !slices.Equal(begun, want) || b.session.Subject != bob.Subject {
			t.Errorf("streams of %q for %v, want %q", begun, b.session, want)
		}
		b.stream.end()
		b.rest()
	})
}
