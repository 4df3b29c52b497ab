//go:build !js

package ui

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/live"
	"porchlight/shared/api"
)

// tell makes the program hear events, as from the server's stream.
func (b *tab) tell(events ...api.Event) {
	for _, e := range events {
		b.hear(live.Event{Event: e, Position: "7"})
		b.settle()
	}
}

func news(id string) api.Event {
	return api.Event{Kind: api.EventPost, ID: id, Author: "sub-bob", Audience: api.AudienceEveryone}
}

// newer is the ID of a post that is newer than those of somePosts.
func newer(n int) string { return "018f0000-0000-7000-9000-00000000000" + string(rune('0'+n)) }

func TestNews(t *testing.T) {
	s := member()
	b := openTab(t, s, memberPage(somePosts(2)...))
	b.tell(news(newer(1)))
	if !b.says("1 new post") || len(all(b.page(), "article")) != 2 {
		t.Errorf("the page says %q", content(b.page()))
	}
	b.tell(news(newer(2)), news(newer(2)), news(somePosts(1)[0].ID), news(newer(3)))
	if !b.says("3 new posts") {
		t.Errorf("the page says %q", content(b.page()))
	}
	b.tell(api.Event{Kind: api.EventGone, ID: newer(2)})
	if !b.says("2 new posts") {
		t.Error("a post that has gone is still announced")
	}
	list := append([]api.Post{{ID: newer(3), Message: "third"}, {ID: newer(1), Message: "first"}}, somePosts(2)...)
	s.answer("GET /api/feed", api.Feed{Posts: list})
	b.refreshNow(true)
	b.settle()
	if got := ids(b.home.feed.Posts); len(got) != 4 || got[0] != newer(3) || b.says("new post") {
		t.Errorf("asked for, the feed is %q", got)
	}
}

// TestNewsOfRepost: what somebody shows again is news, until it goes, or what it
// shows does.
func TestNewsOfRepost(t *testing.T) {
	old := somePosts(2)
	again := func(n int) api.Event {
		e := news(newer(n))
		e.RepostOf = old[1].ID
		return e
	}
	b := openTab(t, member(), memberPage(old...))
	b.tell(again(1), again(2))
	if !b.says("2 new posts") {
		t.Errorf("the page says %q", content(b.page()))
	}
	b.tell(api.Event{Kind: api.EventGone, ID: newer(1)})
	if !b.says("1 new post") {
		t.Error("a repost that was taken back is still announced")
	}
	b.tell(api.Event{Kind: api.EventGone, ID: old[1].ID})
	if b.says("new post") {
		t.Error("a repost of what has gone is still announced")
	}
}

func TestCatchUp(t *testing.T) {
	s := member()
	b := openTab(t, s, memberPage(somePosts(2)...))
	liked := somePosts(2)
	liked[1].Likes = 5
	s.answer("GET /api/feed", api.Feed{Posts: append([]api.Post{{ID: newer(1), Message: "just now"}}, liked[1])})
	s.clock = s.clock.Add(time.Minute)
	b.refresh() // the tab is looked at again
	b.settle()
	if !b.says("1 new post") || b.says("just now") || len(b.home.feed.Posts) != 1 || b.home.feed.Posts[0].Likes != 5 {
		t.Errorf("the feed is %+v", b.home.feed.Posts)
	}
	b.goTo("/search")
	b.goTo("/")
	if !b.says("just now") || b.says("new post") {
		t.Error("who comes to the page has to ask for what is new")
	}
}

func TestCounted(t *testing.T) {
	s := member()
	original := somePosts(1)[0]
	list := []api.Post{{ID: newer(1), RepostOf: original.ID, Original: &original, Handle: "eve"}, original}
	b := openTab(t, s, memberPage(list...))
	b.tell(api.Event{Kind: api.EventCounters, ID: original.ID, Counters: &api.Counters{Likes: 4, Replies: 2, Reposts: 1}},
		api.Event{Kind: api.EventCounters, ID: original.ID}, api.Event{Kind: api.EventCounters, ID: "unknown", Counters: &api.Counters{}})
	for _, post := range []api.Post{*b.home.feed.Posts[0].Original, b.home.feed.Posts[1]} {
		if post.Likes != 4 || post.Replies != 2 || post.Reposts != 1 {
			t.Errorf("counted %+v", post)
		}
	}
	if original.Likes != 0 {
		t.Error("a post was changed in place: its card would not be drawn again")
	}
	b.tell(api.Event{Kind: api.EventGone, ID: original.ID})
	if len(b.home.feed.Posts) != 0 {
		t.Errorf("after the post has gone there is %+v", b.home.feed.Posts)
	}
}

func TestThreadLive(t *testing.T) {
	s := member()
	b := openTab(t, s, threadPage(ada(), 1))
	reply := api.Post{ID: newer(1), Parent: postID, Message: "And another", Handle: "bob", Name: "Bob"}
	s.answer("GET /api/posts/"+postID, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("after") == "" {
			t.Errorf("asked for %s", r.URL)
		}
		write(w, 200, api.TypeJSON, api.Thread{Post: aThread(0).Post, Replies: []api.Post{reply}})
	}))
	e := news(reply.ID)
	e.Parent = postID
	b.tell(e, e)
	if n := len(b.Program.page.Thread.Replies); n != 2 || !b.says("And another") {
		t.Errorf("%d replies; the page says %q", n, content(b.page()))
	}
	b.tell(api.Event{Kind: api.EventGone, ID: postID})
	if !b.says("Nobody lives here") {
		t.Errorf("after the post has gone the page says %q", content(b.page()))
	}
}

func TestResync(t *testing.T) {
	s := member(somePosts(2)...)
	b := openTab(t, s, memberPage(somePosts(2)...))
	asked := len(s.asked)
	b.tell(api.Event{Kind: api.EventResync})
	if !slices.Contains(s.asked[asked:], "GET /api/feed") {
		t.Errorf("asked %q", s.asked[asked:])
	}
}

func TestInsert(t *testing.T) {
	list := []api.Post{{ID: "9"}, {ID: "5"}, {ID: "1"}}
	for id, want := range map[string]string{"a": "a951", "7": "9751", "0": "9510"} {
		if got := strings.Join(ids(insert(list, api.Post{ID: id})), ""); got != want {
			t.Errorf("insert(%s) = %s, want %s", id, got, want)
		}
	}
}

func ids(list []api.Post) (ids []string) {
	for _, post := range list {
		ids = append(ids, post.ID)
	}
	return ids
}
