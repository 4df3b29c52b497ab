//go:build !js

package ui

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/app/device"
	"porchlight/shared/api"
)

func TestPost(t *testing.T) {
	s := member()
	var sent []api.NewPost
	s.answer("POST /api/posts", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n api.NewPost
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		sent = append(sent, n)
		write(w, 201, api.TypeJSON, api.Post{ID: n.ID, Message: n.Message, Name: "Ada", Handle: "ada", Created: evening()})
	}))
	b := openTab(t, s, memberPage())
	f := &compose{p: b.Program}
	f.send(api.NewPost{ID: firstID, Message: "Hello"})
	if !b.says("Hello") || !b.says("on its way") {
		t.Error("the post does not appear at once")
	}
	b.settle()
	if !b.says("Hello") || b.says("on its way") || len(b.queue.items) != 0 {
		t.Error("the post is not there, or still on its way")
	}
	f.send(api.NewPost{ID: firstID, Message: "Hello"})
	b.settle()
	if len(sent) != 2 || sent[0].ID != firstID || sent[1].ID == firstID || len(sent[1].ID) != 36 {
		t.Errorf("sent %+v: two posts of the same words need two ids", sent)
	}
	if got := len(all(b.page(), "article")); got != 2 {
		t.Errorf("%d posts, want 2", got)
	}
	if last, err := b.Device.Last(t.Context()); err != nil || len(last.Feed.Posts) != 2 {
		t.Errorf("the device keeps %v, %v", last, err)
	}
}

func TestPostWithoutSession(t *testing.T) {
	s := guest()
	p := guestPage(api.PathHome)
	p.Form, p.Problem, p.Feed = map[string]string{"message": "kept"}, problem(api.ProblemNotSignedIn, 401), &api.Feed{}
	b := openTab(t, s, p)
	if got := content(byID(b.page(), "message")); got != "kept" {
		t.Errorf("the text is %q", got)
	}
	f := &compose{p: b.Program}
	f.send(api.NewPost{Message: "kept"})
	b.settle()
	if !strings.Contains(drawn(f), "Sign in again") || slices.Contains(s.asked, "POST /api/posts") {
		t.Error("the form does not lead to sign in")
	}
}

func TestOlder(t *testing.T) {
	all := somePosts(5)
	s := guest()
	p := guestPage(api.PathHome)
	p.Feed = &api.Feed{Posts: all[:2], Next: all[1].ID}
	s.answer("GET /api/feed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("before") != p.Feed.Next {
			t.Errorf("asked for %s", r.URL)
		}
		write(w, 200, api.TypeJSON, api.Feed{Posts: all[2:]})
	}))
	b := openTab(t, s, p)
	b.older()
	b.older() // a second press does nothing
	b.settle()
	if got := len(b.home.feed.Posts); got != 5 || b.home.feed.Next != "" || !b.says("That is all there is.") {
		t.Errorf("%d posts, next %q", got, b.home.feed.Next)
	}
}

func TestOfflineStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := device.New()
		kept := device.Snapshot{Session: ada(), Feed: api.Feed{Posts: somePosts(2)}, When: evening().Add(-5 * time.Minute)}
		if err := d.Keep(t.Context(), kept, ""); err != nil {
			t.Fatal(err)
		}
		s := member(somePosts(3)...)
		s.down = true
		b := openTabOn(t, s, d, api.Page{})
		if !b.says("Offline. Showing the feed as of 5 minutes ago.") || !b.says("Sign out") {
			t.Errorf("the page says %q", content(b.page()))
		}
		if got := len(all(b.page(), "article")); got != 2 {
			t.Errorf("%d posts, want the 2 that were kept", got)
		}
		s.down = false
		time.Sleep(firstRetry + time.Second)
		b.settle()
		if got := len(all(b.page(), "article")); got != 3 || b.offline {
			t.Errorf("%d posts, offline %t: it does not catch up", got, b.offline)
		}
		b.timer.Stop()
	})
}

func TestStrangerOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := guest()
		s.down = true
		b := openTab(t, s, api.Page{})
		if !b.says("there is no copy of the feed on this device yet") {
			t.Errorf("the page says %q", content(b.page()))
		}
		b.timer.Stop()
		b.home.retry.Stop()
	})
}

// TestHomeFromElsewhere goes home from a page that has no feed, a moment after
// it was loaded.
func TestHomeFromElsewhere(t *testing.T) {
	for _, page := range []api.Page{threadPage(ada(), 0), guestPage(api.PathSearch)} {
		b := openTab(t, member(somePosts(2)...), page)
		b.goTo(api.PathHome)
		if n := len(all(b.page(), "article")); n != 2 {
			t.Errorf("from %s there are %d posts, want 2; the page says %q", page.Path, n, content(b.page()))
		}
	}
}
