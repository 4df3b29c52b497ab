package e2e

import (
	"fmt"
	"sync"
	"time"

	"porchlight/app/client"
	"porchlight/shared/api"
)

// A ledger is what was sent to servers and what they acknowledged.
type ledger struct {
	anchors []string // posts that are answered and liked

	mu      sync.Mutex
	entries map[string]*entry
	likes   map[mark]*entry
	changed map[string]time.Time // when what anchors count was last being changed
}

// A mark is one person's on one post.
type mark struct{ post, sub string }

// An entry is a write of which there is, or may be, something to be found. One
// of which nobody knows whether it was done may be there or not.
type entry struct {
	post   api.NewPost
	author string
	began  time.Time
	gone   bool // what was acknowledged last is that it is not there any more, or yet
	sure   bool // what was last asked for was acknowledged
}

func newLedger() *ledger {
	return &ledger{entries: map[string]*entry{}, likes: map[mark]*entry{}, changed: map[string]time.Time{}}
}

// sending notes a post that is about to be sent.
func (l *ledger) sending(p api.NewPost, author string) *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &entry{post: p, author: author, began: time.Now()}
	l.entries[p.ID] = e
	return e
}

// sent notes that it was acknowledged.
func (l *ledger) sent(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.sure = true
	l.changed[e.post.Parent] = e.began
}

func (l *ledger) deleting(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[id]
	e.sure, e.began = false, time.Now()
}

func (l *ledger) deleted(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[id]
	e.gone, e.sure = true, true
	l.changed[e.post.Parent] = e.began
}

// liking returns what is to be asked for: the other of what is.
func (l *ledger) liking(id, sub string) (on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := mark{id, sub}
	if l.likes[m] == nil {
		l.likes[m] = &entry{gone: true}
	}
	e := l.likes[m]
	e.sure, e.began = false, time.Now()
	return e.gone
}

func (l *ledger) liked(id, sub string, on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.likes[mark{id, sub}]
	e.gone, e.sure = !on, true
	l.changed[id] = e.began
}

// compare holds what one server shows against the ledger: nothing that was
// acknowledged is lost, nothing is there twice, and counters count what is
// there.
func (l *load) compare(server int) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.found(server)
	for id, e := range l.entries {
		n := len(found[id])
		switch {
		case n > 1:
			l.t.Errorf("post %s is there %d times", id, n)
		case e.sure && e.gone && n > 0:
			l.t.Errorf("post %s is there, and its deletion was acknowledged", id)
		case e.sure && !e.gone && n == 0:
			l.t.Errorf("post %s was acknowledged and is lost", id)
		}
		for _, p := range found[id] {
			if p.Message != e.post.Message || p.Author != e.author || p.Parent != e.post.Parent {
				l.t.Errorf("post %s is %+v, want that of %s: %+v", id, p, e.author, e.post)
			}
		}
	}
	for id := range found {
		if l.entries[id] == nil {
			l.t.Errorf("post %s is there and was never sent", id)
		}
	}
	for _, id := range l.anchors {
		l.compareLikes(server, found[id][0])
	}
}

// found returns what the server has, by id.
func (l *load) found(server int) map[string][]api.Post {
	l.t.Helper()
	c := l.writers[0].at[server]
	found := map[string][]api.Post{}
	for before, more := "", true; more; {
		f, err := c.Feed(l.t.Context(), before, api.MaxLimit)
		if err != nil {
			l.t.Fatalf("Feed(%q): %v", before, err)
		}
		for _, p := range f.Posts {
			found[p.ID] = append(found[p.ID], p)
		}
		before, more = f.Next, f.Next != "" && f.Next != before
	}
	for _, id := range l.anchors {
		if len(found[id]) != 1 {
			l.t.Fatalf("post %s, written before the load, is there %d times", id, len(found[id]))
		}
		replies := l.replies(c, id)
		for _, p := range replies {
			found[p.ID] = append(found[p.ID], p)
		}
		if p := found[id][0]; p.Replies != len(replies) {
			l.t.Errorf("post %s counts %d replies and has %d", id, p.Replies, len(replies))
		}
	}
	return found
}

func (l *load) replies(c *client.Client, id string) (replies []api.Post) {
	l.t.Helper()
	for after, more := "", true; more; {
		th, err := c.Thread(l.t.Context(), id, after)
		if err != nil {
			l.t.Fatalf("Thread(%q): %v", after, err)
		}
		replies = append(replies, th.Replies...)
		after, more = th.Next, th.Next != "" && th.Next != after
	}
	return replies
}

// compareLikes asks everybody whether they like the post.
func (l *load) compareLikes(server int, p api.Post) {
	l.t.Helper()
	likes := 0
	for _, w := range l.writers {
		th, err := w.at[server].Thread(l.t.Context(), p.ID, "")
		if err != nil {
			l.t.Fatal(err)
		}
		if th.Post.Liked {
			likes++
		}
		if e := l.likes[mark{p.ID, w.sub}]; e != nil && e.sure && p.ID != l.probe && th.Post.Liked == e.gone {
			l.t.Errorf("post %s is liked by %s: %t, and the opposite was acknowledged", p.ID, w.sub, th.Post.Liked)
		}
	}
	if p.Likes != likes {
		l.t.Errorf("post %s counts %d likes and has %d", p.ID, p.Likes, likes)
	}
}

// summary says how much there was.
func (l *load) summary() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	posts, gone, unsure := 0, 0, 0
	for _, e := range l.entries {
		switch {
		case !e.sure:
			unsure++
		case e.gone:
			gone++
		default:
			posts++
		}
	}
	return fmt.Sprintf("%d writes acknowledged, %d answers that were none; %d posts, %d deleted, %d unsure",
		l.acks.Load(), l.refused.Load(), posts, gone, unsure)
}
