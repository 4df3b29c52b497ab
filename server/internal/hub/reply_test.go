package hub

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/shared/api"
)

// testMembersReply: what is for members below a post for everyone, which has the
// counters 1/1/1. Guests hear of nothing but other counters, with their number.
func testMembersReply(w *world, open string, step func(name string, want map[string][]string)) {
	w.Helper()
	ctx := w.Context()
	members := func(events ...string) map[string][]string {
		return map[string][]string{"member": events, "moderator": events}
	}
	aside := w.create(bob, api.NewPost{Message: "aside", Parent: open, Audience: api.AudienceMembers})
	step("reply for members to a post for everyone", members("post "+aside+" in "+open+" by sub-bob for members", "counters "+open+" 1/2/1"))
	w.must(w.posts.Like(ctx, bob, aside, true))
	step("like of it", members("counters "+aside+" 1/0/0"))
	w.must(w.posts.Like(ctx, bob, open, false))
	both := members("counters " + open + " 0/2/1")
	both["guest"] = []string{"counters " + open + " 0/1/1"}
	step("like of its post taken back", both)
	w.must(w.posts.Hide(ctx, mod, aside, true))
	hidden := members("gone "+aside, "counters "+open+" 0/1/1")
	hidden["moderator"] = []string{"counters " + aside + " 1/0/0 hidden", "counters " + open + " 0/1/1"}
	step("hide it", hidden)
	w.must(w.posts.Hide(ctx, mod, aside, false))
	step("show it", members("counters "+aside+" 1/0/0", "counters "+open+" 0/2/1"))
	if err := w.posts.Delete(ctx, bob, aside); err != nil {
		w.Error(err)
	}
	step("delete it", members("gone "+aside, "counters "+open+" 0/1/1"))
	w.must(w.posts.Like(ctx, bob, open, true))
	step("like of its post", map[string][]string{
		"guest": {"counters " + open + " 1/1/1"}, "member": {"counters " + open + " 1/1/1"}, "moderator": {"counters " + open + " 1/1/1"},
	})
}

// TestQuietReply: a post for everyone and a reply for members, told in one round.
// Guests hear of a new post, and not that it has counters.
func TestQuietReply(t *testing.T) {
	inWorld(t, func(w *world) {
		guest, member := w.read(who(Guests, "g"), w.hub.Position(Guests)), w.read(who(Members, "m"), w.hub.Position(Members))
		w.create(ann, api.NewPost{Message: "so that the next ones wait for a round"})
		synctest.Wait()
		open := w.create(ann, api.NewPost{Message: "open"})
		aside := w.create(bob, api.NewPost{Message: "aside", Parent: open, Audience: api.AudienceMembers})
		settle()
		got, _ := guest.events()
		if diff := cmp.Diff([]string{"post " + open + " by sub-ann for everyone"}, got[1:]); diff != "" {
			t.Errorf("the guest hears (-want +got):\n%s", diff)
		}
		want := []string{
			"post " + open + " by sub-ann for everyone", "counters " + open + " 0/1/0",
			"post " + aside + " in " + open + " by sub-bob for members",
		}
		got, _ = member.events()
		if diff := cmp.Diff(want, got[1:]); diff != "" {
			t.Errorf("the member hears (-want +got):\n%s", diff)
		}
	})
}

// TestHiddenReply: what a moderator has hidden is deleted. That changes no number,
// so nobody but moderators hears of it.
func TestHiddenReply(t *testing.T) {
	inWorld(t, func(w *world) {
		open := w.create(ann, api.NewPost{Message: "open"})
		reply := w.create(bob, api.NewPost{Message: "rude", Parent: open})
		w.must(w.posts.Hide(w.Context(), mod, reply, true))
		settle()
		readers := map[Class]*reader{}
		for _, c := range []Class{Guests, Members, Moderators} {
			readers[c] = w.read(who(c, "reader"), w.hub.Position(c))
		}
		if err := w.posts.Delete(w.Context(), bob, reply); err != nil {
			t.Fatal(err)
		}
		settle()
		for c, r := range readers {
			got, _ := r.events()
			if c != Moderators && len(got) != 0 || c == Moderators && !slices.Contains(got, "gone "+reply) {
				t.Errorf("class %v hears %v", c, got)
			}
		}
	})
}

// TestSweptReply: when a reply has expired before its post, those who could see it
// are told the number that is left.
func TestSweptReply(t *testing.T) {
	inWorld(t, func(w *world) {
		open := w.create(ann, api.NewPost{Message: "open"})
		for _, audience := range []string{api.AudienceEveryone, api.AudienceMembers} {
			expires := "3h"
			if audience == api.AudienceMembers {
				expires = "1h"
			}
			w.create(bob, api.NewPost{Message: "brief", Parent: open, Audience: audience, ExpiresIn: expires})
		}
		settle()
		guest, member := w.read(who(Guests, "g"), w.hub.Position(Guests)), w.read(who(Members, "m"), w.hub.Position(Members))
		for _, want := range []struct{ guest, member []string }{
			{nil, []string{"counters " + open + " 0/1/0"}},
			{[]string{"counters " + open + " 0/0/0"}, []string{"counters " + open + " 0/0/0"}},
		} {
			time.Sleep(2 * time.Hour)
			if n, err := w.posts.Sweep(w.Context()); n != 1 || err != nil {
				t.Errorf("Sweep = %d, %v, want 1", n, err)
			}
			settle()
			for r, want := range map[*reader][]string{guest: want.guest, member: want.member} {
				got, _ := r.events()
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("after the sweep (-want +got):\n%s", diff)
				}
			}
		}
	})
}
