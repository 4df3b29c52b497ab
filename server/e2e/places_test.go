package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"porchlight/shared/api"
)

// TestPagesOfPosts opens the pages of posts, people and searches in every state
// that a person can meet, as TestPages does with the others.
func TestPagesOfPosts(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob, mod := s.member(t, "ann"), s.member(t, "bob"), s.member(t, "mod_of_the_porch")
	writeSamples(t, s, bob)
	post := bob.post(t, "Soup at seven: https://example.com/soup?for=all. Bring a bowl.", api.AudienceEveryone)
	for n, words := range []string{"Is there bread?", "There is.\n\nAnd butter, if nobody minds. It is the good one, from https://example.com/" + fmt.Sprintf("%080d", 0)} {
		who := []*person{ann, bob}[n]
		if _, err := who.api.CreatePost(t.Context(), api.NewPost{Parent: post.ID, Message: words}); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []*person{ann, mod} {
		if _, err := who.api.Like(t.Context(), post.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, err := who.api.Repost(t.Context(), post.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	s.moderator(t, mod)
	p := open(t, s)
	p.screen(375, 812, "light")
	p.expect(http.StatusUnauthorized)
	p.page("thread-guest", api.PostPath(post.ID))
	p.page("profile-guest", api.UserPath("bob"))
	p.page("thread-gone", api.PostPath("018f0000-0000-7000-8000-000000000000"))
	p.page("search-empty", api.PathSearch)
	p.page("search-none", api.PathSearch+"?q=zebra")

	p.enter(bob)
	p.page("home-reactions", api.PathHome)
	p.page("thread", api.PostPath(post.ID), func() {
		p.press(`article[data-post="` + post.ID + `"] summary`)
	})
	p.page("reply", api.PostPath(ann.thread(t, post.ID).Replies[0].ID))
	p.page("profile", api.UserPath("bob"))
	p.page("profile-long", api.UserPath("dora_of_the_porch"))
	p.page("search", api.PathSearch+"?q=bob")
	p.page("account-refused", api.PathAccount, func() {
		p.fill("handle", "ANN")
		p.expect(http.StatusUnprocessableEntity)
		p.send("handle")
		p.shows("[role=alert]", "This handle is taken.")
	})
	p.signOut()
	p.signIn(mod)
	p.press(`article[data-post="` + post.ID + `"] summary`)
	p.act(post.ID, api.ActHidden)
	p.shows(".badge", "Hidden by a moderator")
	p.page("home-moderator", "")
	if !s.hasProgram(t) {
		return
	}
	p.signOut()
	p.signIn(ann)
	p.shows("article", "Coming home.")
	s.member(t, "eve").post(t, "I am here.", api.AudienceEveryone)
	p.shows(".news", "1 new post")
	p.page("home-news", "")
}
