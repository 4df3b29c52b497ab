package serve

import (
	"fmt"
	"testing"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/postgres"
	"porchlight/server/internal/postgres/pgtest"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// killListeners ends the connections on which servers hear of each other.
const killListeners = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	WHERE datname = current_database() AND application_name LIKE '% listener'`

// TestLiveBetweenServers: what is done at one server appears live at the other,
// and whoever asks there after hearing of it finds it, also after the
// connections on which they hear each other were cut.
func TestLiveBetweenServers(t *testing.T) {
	env, pool := sharedEnv(t)
	a, b := startShared(t, env, pool), startShared(t, env, pool)
	ann := a.join(t, "ann")
	guest, member := b.person(t), ann.at(b)
	hears, inside := guest.follow(t, ""), member.follow(t, "")
	// The page of one server may get its stream from the other, which does not
	// know where that stood.
	for _, p := range []*person{a.person(t), ann} {
		f := p.at(b).follow(t, p.page(t, api.PathHome).Live)
		f.want(api.EventResync)
		f.stop()
	}
	for round := range 3 {
		for i := range 2 {
			text := fmt.Sprint(round, i)
			inner := ann.post(t, api.NewPost{Message: "inner" + text, Audience: api.AudienceMembers}).ID
			open := ann.post(t, api.NewPost{Message: "open" + text}).ID
			hears.until("post " + open)
			inside.until("post " + inner)
			inside.until("post " + open)
			if f := guest.feed(t); f.Posts[0].ID != open {
				t.Errorf("the newest post at the other server is %q, want %s", f.Posts[0].Message, text)
			}
			if r := ann.call(t, "PUT", api.PathPosts+"/"+open+"/like"); r.status != 200 {
				t.Fatalf("like = %d", r.status)
			}
			hears.until("counters " + open + " 1/0/0")
			inside.until("counters " + open + " 1/0/0")
			if f := guest.feed(t); f.Posts[0].Likes != 1 {
				t.Errorf("the newest post at the other server has %d likes", f.Posts[0].Likes)
			}
		}
		pgtest.Exec(t, env["PORCHLIGHT_DATABASE_URL"], killListeners)
		// Meanwhile nothing is answered from memory, and at the end of it
		// everybody is told to ask again.
		post := ann.post(t, api.NewPost{Message: "meanwhile"}).ID
		hears.resync(post)
		inside.resync(post)
		if f := guest.feed(t); f.Posts[0].ID != post {
			t.Errorf("after the cut the newest post is %q", f.Posts[0].Message)
		}
	}
}

// resync waits for one. News of the post may come before it, or after it.
func (f *tape) resync(post string) {
	f.t.Helper()
	for got := ""; got != api.EventResync; {
		select {
		case got = <-f.events:
			f.last = <-f.at
			if got != api.EventResync && got != "post "+post {
				f.t.Fatalf("heard %q, want a resync", got)
			}
		case <-f.t.Context().Done():
			f.t.Fatal("heard no resync")
		}
	}
}

// TestUntold repeats at one server what another has done and told nobody, as
// one that is killed before it answers. Then it is told.
func TestUntold(t *testing.T) {
	env, pool := sharedEnv(t)
	b := startShared(t, env, pool)
	ann := b.join(t, "ann")
	own := read[claims.Display](t, ann.get(t, api.PathSession), 200)
	store, err := postgres.Open(t.Context(), env["PORCHLIGHT_DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	killed, err := feed.New(feed.Config{Store: store.Feed(), Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	viewer := feed.Viewer{Sub: own.Subject, Handle: own.Handle, Name: own.Name}
	guest := b.person(t)
	hears := guest.follow(t, "")
	guest.feed(t) // the page is kept

	post := api.NewPost{ID: newID(t), Message: "hello", Audience: api.AudienceEveryone}
	if _, err := killed.Create(t.Context(), viewer, post); err != nil {
		t.Fatal(err)
	}
	ann.post(t, post)
	hears.until("post " + post.ID)
	if f := guest.feed(t); len(f.Posts) != 1 {
		t.Errorf("the feed has %d posts, want the one", len(f.Posts))
	}
	if _, err := killed.Like(t.Context(), viewer, post.ID, true); err != nil {
		t.Fatal(err)
	}
	if r := ann.call(t, "PUT", api.PathPosts+"/"+post.ID+"/like"); r.status != 200 {
		t.Fatalf("like = %d", r.status)
	}
	hears.until("counters " + post.ID + " 1/0/0")
	if err := killed.Delete(t.Context(), viewer, post.ID); err != nil {
		t.Fatal(err)
	}
	if r := ann.call(t, "DELETE", api.PathPosts+"/"+post.ID); r.status != 204 {
		t.Fatalf("delete = %d", r.status)
	}
	hears.until("gone " + post.ID)
	if f := guest.feed(t); len(f.Posts) != 0 {
		t.Errorf("the feed has %d posts, want none", len(f.Posts))
	}
}
