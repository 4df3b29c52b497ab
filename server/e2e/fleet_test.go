package e2e

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"testing"

	"porchlight/shared/api"
)

// A fleet is several servers on one PostgreSQL and one user pool, which runs in
// a process of its own.
type fleet struct {
	servers []*server
	pool    *outside
}

// startFleet runs two servers on the database at the URL.
func startFleet(t *testing.T, databaseURL string) *fleet {
	t.Helper()
	f := &fleet{pool: outsidePool(t)}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	for range 2 {
		s := start(t, append(f.pool.env,
			"PORCHLIGHT_DATABASE_URL="+databaseURL,
			"PORCHLIGHT_SESSION_KEY="+hex.EncodeToString(key))...)
		s.log.secret("the session key", hex.EncodeToString(key))
		s.mails = f.pool.mails
		f.servers = append(f.servers, s)
	}
	return f
}

// arrive signs two people in, each at their server. They rest at the door
// together, and come to the feed without another document: the stream that
// begins with the sign-in goes on.
func arrive(p *tab, ann *person, q *tab, bob *person) {
	p.t.Helper()
	p.load(api.PathSignIn)
	q.load(api.PathSignIn)
	for _, guest := range []struct {
		*tab
		who *person
	}{{p, ann}, {q, bob}} {
		guest.ready()
		guest.signIn(guest.who)
		guest.shows("article", "Is anybody there?")
	}
}

// goHome goes to the feed by the link at the top, within the document.
func (p *tab) goHome() {
	p.t.Helper()
	p.press(`header a[href="/"]`)
	p.at(api.PathHome)
}

// takeNews waits for the word of one new post, asks for it, and comes to it.
func (p *tab) takeNews(words string) {
	p.t.Helper()
	p.shows(".news", "1 new post")
	p.lacks("article", words)
	p.press(".news button")
	p.shows("article", words)
	p.wait("the new post in focus", `document.activeElement.closest("article") === document.querySelector("article")`)
}

// postID returns the id of the one post on the page that has the words.
func (p *tab) postID(words string) string {
	p.t.Helper()
	return read[string](p, fmt.Sprintf(
		`[...document.querySelectorAll("article[data-post]:not(.pending)")].find(e => e.innerText.includes(%s))?.dataset.post`, quote(words)))
}
