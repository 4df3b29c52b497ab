package e2e

import (
	"net/http"
	"testing"

	"porchlight/server/internal/postgres/pgtest"
	"porchlight/shared/api"
)

// TestServers has two people at two servers on one PostgreSQL, each with a
// browser: what one does the other sees happen.
func TestServers(t *testing.T) {
	t.Parallel()
	f := startFleet(t, pgtest.Start(t))
	ann, bob := f.servers[0].member(t, "ann"), f.servers[1].member(t, "bob")
	p, q := open(t, f.servers[0]), open(t, f.servers[1])
	p.needProgram()
	bob.post(t, "Is anybody there?", api.AudienceMembers)
	p.screen(375, 812, "light")
	q.screen(375, 812, "light")
	arrive(p, ann, q, bob)

	const words = "The porch light is on."
	p.write(words)
	q.takeNews(words)
	id := q.postID(words)
	q.act(id, api.ActLike)
	p.counts(id, api.ActLike, "false", "1")

	thread := `article[data-post="` + id + `"] .acts > a`
	for _, tab := range []*tab{p, q} {
		tab.press(thread)
		tab.at(api.PostPath(id))
	}
	q.fill("message", "I am on my way.")
	q.send("message")
	p.shows("article[data-post]", "I am on my way.")
	p.shoot("replied")
	for _, tab := range []*tab{p, q} {
		tab.goHome()
		tab.shows("article", words)
	}
	p.remove(id)
	q.lacks("article", words)
	ann.finds(t, words, 0)
}

// TestServersSession uses one sign-in at two servers: cookies don't know ports.
// Signing out at one of them is signing out.
func TestServersSession(t *testing.T) {
	t.Parallel()
	f := startFleet(t, pgtest.Start(t))
	ann := f.servers[0].member(t, "ann")
	ann.post(t, "For members.", api.AudienceMembers)
	p := open(t, f.servers[0])
	other := p.beside(f.servers[1])
	p.needProgram()
	p.enter(ann)
	other.visit(api.PathHome)
	other.home(ann)
	other.shows("article", "For members.")
	other.write("From the other server.")
	ann.finds(t, "From the other server.", 1)

	p.signOut()
	other.expect(http.StatusUnauthorized) // asks who is signed in: nobody
	other.reload()
	other.wait("the other server to know", `!document.querySelector('form[action="/signout"]')`)
	other.lacks("body", "For members.")
}

// TestServersKilled kills the server of somebody who then writes. What they
// wrote waits, and is sent once when the server is there again; whoever is at
// the other server goes on meanwhile, and hears of it.
func TestServersKilled(t *testing.T) {
	t.Parallel()
	f := startFleet(t, pgtest.Start(t))
	ann, bob := f.servers[0].member(t, "ann"), f.servers[1].member(t, "bob")
	p, q := open(t, f.servers[0]), open(t, f.servers[1])
	p.needProgram()
	bob.post(t, "Is anybody there?", api.AudienceMembers)
	arrive(p, ann, q, bob)
	p.write("Before.")
	q.takeNews("Before.")

	p.watch.cut(true) // the browser logs every request that fails
	f.servers[0].kill(t)
	p.fill("message", "Written to nobody.")
	p.send("message")
	p.shows("article.pending", "Written to nobody.")
	p.shows("article.pending", "waiting for the network")
	p.waiting(1)
	p.shoot("waiting")
	q.write("Meanwhile.")
	bob.finds(t, "Before.", 1)
	bob.finds(t, "Written to nobody.", 0)

	f.servers[0].restart(t)
	p.shows("article[data-post]:not(.pending)", "Written to nobody.")
	p.waiting(0)
	q.takeNews("Written to nobody.")
	p.shows(".news", "1 new post") // Bob's, from meanwhile
	bob.finds(t, "Written to nobody.", 1)
	ann.finds(t, "Meanwhile.", 1)
}
