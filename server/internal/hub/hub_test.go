package hub

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// TestVisible: each class hears of what it may see, and of nothing else.
func TestVisible(t *testing.T) {
	inWorld(t, func(w *world) {
		ctx := w.Context()
		readers := map[string]*reader{}
		for class, name := range map[Class]string{Guests: "guest", Members: "member", Moderators: "moderator"} {
			readers[name] = w.read(who(class, name), w.hub.Position(class))
		}
		step := func(name string, want map[string][]string) {
			w.Helper()
			settle()
			for who, r := range readers {
				got, _ := r.events()
				if diff := cmp.Diff(want[who], got); diff != "" {
					w.Errorf("%s: the %s hears (-want +got):\n%s", name, who, diff)
				}
			}
		}
		all := func(events ...string) map[string][]string {
			return map[string][]string{"guest": events, "member": events, "moderator": events}
		}
		members := func(events ...string) map[string][]string {
			return map[string][]string{"member": events, "moderator": events}
		}
		moderators := func(events ...string) map[string][]string {
			return map[string][]string{"moderator": events}
		}
		open := w.create(ann, api.NewPost{Message: "open"})
		step("post for everyone", all("post "+open+" by sub-ann for everyone"))
		inner := w.create(ann, api.NewPost{Message: "inner", Audience: api.AudienceMembers})
		step("post for members", members("post "+inner+" by sub-ann for members"))
		w.must(w.posts.Like(ctx, bob, open, true))
		step("like", all("counters "+open+" 1/0/0"))
		w.must(w.posts.Like(ctx, bob, open, true))
		step("like again", all())
		w.must(w.posts.Like(ctx, bob, inner, true))
		step("like for members", members("counters "+inner+" 1/0/0"))
		reply := w.create(bob, api.NewPost{Message: "reply", Parent: inner})
		step("reply for members", members("post "+reply+" in "+inner+" by sub-bob for members", "counters "+inner+" 1/1/0"))
		answer := w.create(bob, api.NewPost{Message: "answer", Parent: open})
		step("reply", all("post "+answer+" in "+open+" by sub-bob for everyone", "counters "+open+" 1/1/0"))
		w.must(w.posts.Repost(ctx, bob, open, true))
		repost := w.repostOf(bob, open)
		step("repost", all("post "+repost+" again "+open+" by sub-bob for everyone", "counters "+open+" 1/1/1"))
		w.must(w.posts.Repost(ctx, bob, open, true))
		step("repost again", all())
		w.must(w.posts.Repost(ctx, ann, inner, true))
		of := w.repostOf(ann, inner)
		step("repost for members", members("post "+of+" again "+inner+" by sub-ann for members", "counters "+inner+" 1/1/1"))
		w.must(w.posts.Repost(ctx, ann, inner, false))
		step("repost taken back", members("gone "+of, "counters "+inner+" 1/1/0"))
		testMembersReply(w, open, step)

		hidden := all("gone " + open)
		hidden["moderator"] = []string{"counters " + open + " 1/1/1 hidden"}
		w.must(w.posts.Hide(ctx, mod, open, true))
		step("hide", hidden)
		w.must(w.posts.Like(ctx, mod, open, true))
		step("like of the hidden", moderators("counters "+open+" 2/1/1 hidden"))
		w.must(w.posts.Like(ctx, mod, answer, true))
		step("like below the hidden", moderators("counters "+answer+" 1/0/0"))
		w.must(w.posts.Repost(ctx, mod, open, true))
		step("repost of the hidden", moderators("post "+w.repostOf(mod, open)+" again "+open+" by sub-mod for everyone", "counters "+open+" 2/1/2 hidden"))
		early := w.create(mod, api.NewPost{Message: "early"})
		synctest.Wait()
		late := w.create(mod, api.NewPost{Message: "late"})
		w.must(w.posts.Hide(ctx, mod, late, true))
		gone := all("post "+early+" by sub-mod for everyone", "gone "+late)
		gone["moderator"] = []string{gone["guest"][0], "post " + late + " by sub-mod for everyone hidden", "counters " + late + " 0/0/0 hidden"}
		step("hidden before it was told", gone)
		if err := w.posts.Delete(ctx, mod, late); err != nil {
			w.Error(err)
		}
		step("deleted while hidden", moderators("gone "+late))
		w.must(w.posts.Hide(ctx, mod, open, false))
		step("shown again", all("counters "+open+" 2/1/2"))

		for _, id := range []string{answer, reply} {
			if err := w.posts.Delete(ctx, bob, id); err != nil {
				w.Error(err)
			}
		}
		both := members("gone "+answer, "counters "+open+" 2/0/2", "gone "+reply, "counters "+inner+" 1/0/0")
		both["guest"] = []string{"gone " + answer, "counters " + open + " 2/0/2"}
		step("replies deleted", both)
		f, err := w.posts.Home(ctx, bob, "", 0)
		if err != nil {
			w.Fatal(err)
		}
		for _, p := range f.Posts {
			if p.RepostOf != "" && p.Handle == "bob" {
				if err := w.posts.Delete(ctx, bob, p.ID); err != nil {
					w.Error(err)
				}
				step("repost deleted", all("gone "+p.ID, "counters "+open+" 2/0/1"))
			}
		}
		for _, id := range []string{inner, open} {
			if err := w.posts.Delete(ctx, ann, id); err != nil {
				w.Error(err)
			}
		}
		both = members("gone "+inner, "gone "+open)
		both["guest"] = []string{"gone " + open}
		step("deleted", both)
		if _, err := w.posts.ChangeProfile(ctx, ann, api.ProfileChange{Name: "A", Handle: "ann2"}); err != nil {
			w.Error(err)
		}
		step("another name", all())
	})
}

// TestQuietNumbers: what a class does not hear of does not move its position.
func TestQuietNumbers(t *testing.T) {
	inWorld(t, func(w *world) {
		guest := w.hub.Position(Guests)
		id := w.create(ann, api.NewPost{Message: "m", Audience: api.AudienceMembers})
		settle()
		member := w.hub.Position(Members)
		w.must(w.posts.Hide(w.Context(), mod, id, true))
		settle()
		hidden := w.hub.Position(Members)
		w.must(w.posts.Like(w.Context(), mod, id, true))
		settle()
		if got := w.hub.Position(Guests); got != guest {
			w.Errorf("the guests' position moved from %s to %s", guest, got)
		}
		if got := w.hub.Position(Members); got != hidden || hidden == member {
			w.Errorf("the members' position = %s, %s after the hiding, %s at the end", member, hidden, got)
		}
	})
}

// TestPace: a post that everybody likes makes few events, and the last is right.
func TestPace(t *testing.T) {
	inWorld(t, func(w *world) {
		id := w.create(ann, api.NewPost{Message: "m"})
		settle()
		r := w.read(who(Guests, "g"), w.hub.Position(Guests))
		start := time.Now()
		const likes = 200
		for n := range likes {
			w.must(w.posts.Like(w.Context(), feed.Viewer{Sub: uuid.NewString(), Handle: "x", Name: "x"}, id, true))
			if n%4 == 0 {
				time.Sleep(20 * time.Millisecond)
			}
		}
		took := time.Since(start)
		settle()
		got, _ := r.events()
		if n := len(got); n < 2 || n > int(took/pace)+2 {
			t.Errorf("%d events in %v", n, took)
		}
		if last := got[len(got)-1]; last != of(id)("counters @ %d/0/0", likes) {
			t.Errorf("the last event = %q", last)
		}
	})
}

// TestResume: who comes back hears what came since, or that it must ask again.
func TestResume(t *testing.T) {
	inWorld(t, func(w *world) {
		zero := w.hub.Position(Members)
		var ids []string
		for range 3 {
			ids = append(ids, w.create(ann, api.NewPost{Message: "m"}))
		}
		settle()
		posts := make([]string, len(ids))
		for i, id := range ids {
			posts[i] = "post " + id + " by sub-ann for everyone"
		}
		now, life := w.hub.Position(Members), zero[:len(zero)-1]
		for _, tt := range []struct {
			name, position string
			want           []string
		}{
			{"from the beginning", zero, posts},
			{"in between", life + "2", posts[2:]},
			{"at the end", now, nil},
			{"nowhere", "", []string{"resync"}},
			{"another server", "AAAAAAAAAAm1", []string{"resync"}},
			{"another class", w.hub.Position(Guests), []string{"resync"}},
			{"the future", life + "4", []string{"resync"}},
			{"far future", life + "18446744073709551615", []string{"resync"}},
			{"too large", life + "18446744073709551616", []string{"resync"}},
			{"no number", life, []string{"resync"}},
			{"negative", life + "-1", []string{"resync"}},
			{"sign", life + "+1", []string{"resync"}},
			{"leading zero", life + "01", []string{"resync"}},
			{"blank", " " + now, []string{"resync"}},
			{"huge", life + string(make([]byte, 1<<16)), []string{"resync"}},
		} {
			r := w.read(who(Members, "m"), tt.position)
			got, at := r.events()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				w.Errorf("%s: heard (-want +got):\n%s", tt.name, diff)
			}
			if len(got) > 0 && at != now {
				w.Errorf("%s: the last position = %s, want %s", tt.name, at, now)
			}
			r.cancel()
			synctest.Wait()
		}
		for n := range ringSize {
			w.hub.publish(api.Event{Kind: api.EventGone, ID: ids[n%3]}, Guests)
		}
		for position, want := range map[string]int{life + "3": ringSize, life + "2": 1} {
			r := w.read(who(Members, "m"), position)
			if got, _ := r.events(); len(got) != want {
				w.Errorf("after %d events %s hears %d, want %d", ringSize, position, len(got), want)
			}
			r.cancel()
		}
	})
}

// TestMissed: more changes than can be remembered, and changes that were not
// heard, are a resync, also for those who resume.
func TestMissed(t *testing.T) {
	for name, miss := range map[string]func(h *Hub){
		"unheard":  func(h *Hub) { h.Missed() },
		"not read": func(h *Hub) { h.Hear("?", func() {}) },
		"too many": func(h *Hub) {
			for range 3 * maxPending { // some are taken meanwhile
				h.Changed(feed.Change{Kind: feed.Counted, Post: feed.Post{ID: uuid.Must(uuid.NewV7())}})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				before := w.hub.Position(Guests)
				r := w.read(who(Guests, "g"), before)
				miss(w.hub)
				settle()
				again := w.read(who(Guests, "g"), before)
				for _, r := range []*reader{r, again} {
					// Too many may come in two rounds.
					if got, _ := r.events(); !slices.Equal(slices.Compact(got), []string{api.EventResync}) {
						t.Errorf("heard %q, want a resync", got)
					}
				}
				id := w.create(ann, api.NewPost{Message: "m"})
				settle()
				if got, _ := r.events(); len(got) != 1 || got[0] != of(id)("post @ by sub-ann for everyone") {
					t.Errorf("heard %q, want the post", got)
				}
			})
		})
	}
}

// TestStoreAway: while posts can't be read nothing is told, and nothing is lost.
func TestStoreAway(t *testing.T) {
	inWorld(t, func(w *world) {
		away := true
		h := w.newHub(Config{Post: func(ctx context.Context, v feed.View, id uuid.UUID) (feed.Post, error) {
			if away {
				return feed.Post{}, errors.New("away")
			}
			return w.store.Post(ctx, v, id)
		}})
		ctx, cancel := context.WithCancel(w.Context())
		done := make(chan struct{})
		go func() { h.Run(ctx); close(done) }()
		id := w.create(ann, api.NewPost{Message: "m"})
		before := h.Position(Guests)
		h.Changed(feed.Change{Kind: feed.Posted, Post: feed.Post{ID: uuid.MustParse(id), Audience: api.AudienceEveryone}})
		time.Sleep(10 * time.Second)
		if got := h.Position(Guests); got != before {
			w.Errorf("position = %s while the store was away, want %s", got, before)
		}
		away = false
		time.Sleep(2 * time.Second)
		if got := h.Position(Guests); got == before {
			w.Error("the post was lost")
		}
		cancel()
		<-done
	})
}

// TestServers: what one server changes, the readers of another hear.
func TestServers(t *testing.T) {
	inWorld(t, func(w *world) {
		var hubs [2]*Hub
		var refreshed [2]int
		fail := true
		for i := range hubs {
			hubs[i] = w.newHub(Config{Post: feed.Entry(w.store), Send: func(_ context.Context, note string) error {
				if fail {
					return errors.New("away")
				}
				for j, h := range hubs {
					h.Hear(note, func() { refreshed[j]++ })
				}
				return nil
			}})
		}
		ctx, cancel := context.WithCancel(w.Context())
		done := make(chan struct{}, 2)
		for _, h := range hubs {
			go func() { h.Run(ctx); done <- struct{}{} }()
		}
		id := w.create(ann, api.NewPost{Message: "m"})
		change := feed.Change{Kind: feed.Posted, Post: feed.Post{ID: uuid.MustParse(id), Audience: api.AudienceEveryone}}
		start := [2]string{hubs[0].Position(Guests), hubs[1].Position(Guests)}
		hubs[0].Changed(change)
		settle()
		if hubs[0].Position(Guests) == start[0] || hubs[1].Position(Guests) != start[1] {
			w.Error("the server itself is not told, or the other is although there was no way")
		}
		fail = false
		time.Sleep(2 * retryPause)
		wantEvents(w, hubs[1], start[1], "resync") // one note failed: who knows which
		start[1] = hubs[1].Position(Guests)
		hubs[0].Changed(change)
		settle()
		wantEvents(w, hubs[1], start[1], of(id)("post @ by sub-ann for everyone"))
		if refreshed != [2]int{0, 2} {
			w.Errorf("refreshed = %v, want the other server, for each note", refreshed)
		}
		hubs[1].Changed(feed.Change{Kind: feed.Renamed})
		settle()
		if refreshed != [2]int{1, 2} {
			w.Errorf("refreshed = %v after another name, want the other server", refreshed)
		}
		cancel()
		<-done
		<-done
	})
}

func wantEvents(w *world, h *Hub, position string, want ...string) {
	w.Helper()
	r := (&world{T: w.T, hub: h}).read(Who{}, position)
	got, _ := r.events()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("heard (-want +got):\n%s", diff)
	}
	r.cancel()
	synctest.Wait()
}

func TestNewRefuses(t *testing.T) {
	if h, err := New(Config{}); err == nil {
		t.Errorf("New(nothing) = %v, want an error", h)
	}
}
