//go:build !js

package ui

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"porchlight/app/device"
	"porchlight/app/live"
	"porchlight/shared/api"
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
	b = newTab(t, s, device.New(), p)
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
