package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"porchlight/shared/api"
)

// newest keeps the newest page of the feed, one for each class of readers: they
// see different posts, and other counters of the same ones.
//
// # Why it is never stale
//
// Whoever changes the feed calls drop after the change is on disk and before
// they are answered. So who asks after an answer finds either no page or one
// that was read later. A page that was being read meanwhile is not kept: put
// wants the mark that was taken before that read. Between servers the same holds
// from the moment that a server hears of the write (Service.Follow).
//
// Time changes the page too: it is kept until the first of its posts, or the one
// below them, expires, to the microsecond. It is not used for a time before it was read.
//
// A reader's own likes are kept with the page and go with it. They cannot
// change while it stays: a like of a post on the page is a change of the page.
type newest struct {
	mu    sync.Mutex
	off   bool // nothing is kept
	drops uint64
	pages [classes]*newestPage
}

// classes is how many kinds of readers see different posts: guests, members and
// moderators.
const classes = 3

func classOf(v View) int {
	switch {
	case v.Moderator:
		return 2
	case v.Members:
		return 1
	}
	return 0
}

// newest reports whether the page is the one that is kept.
func (p Page) newest() bool { return p.Before == uuid.Max && p.Limit == api.DefaultLimit+1 }

// get returns the kept page of the view, or nil and the mark for put.
func (n *newest) get(v View) (*newestPage, uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.pages[classOf(v)]
	if p == nil || !p.holds(v.Now) {
		return nil, n.drops
	}
	return p, n.drops
}

// put keeps a page that was read after the mark was taken, unless something was
// dropped since.
func (n *newest) put(v View, p *newestPage, mark uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.off && n.drops == mark {
		n.pages[classOf(v)] = p
	}
}

// drop forgets the pages that show the post, or all for uuid.Nil.
func (n *newest) drop(id uuid.UUID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drops++
	for i, p := range n.pages {
		if p != nil && (id == uuid.Nil || p.shows(id)) {
			n.pages[i] = nil
		}
	}
}

func (n *newest) follow(hears bool) {
	n.mu.Lock()
	n.off = !hears
	n.mu.Unlock()
	n.drop(uuid.Nil)
}

// newestFeed answers the newest page from memory when it can.
func (s *Service) newestFeed(ctx context.Context, v Viewer, page Page) (api.Feed, error) {
	p, err := s.newestPage(ctx, page)
	if err != nil {
		return api.Feed{}, err
	}
	marks, err := s.pageMarks(ctx, v, p)
	if err != nil {
		return api.Feed{}, err
	}
	return api.Feed{Posts: wires(p.posts, v.Member(), marks), Next: p.next}, nil
}

// Newest returns the newest page of api.DefaultLimit posts as JSON, an api.Feed
// and a newline: what Home returns, encoded. The caller must not change it.
func (s *Service) Newest(ctx context.Context, v Viewer) ([]byte, error) {
	page, err := s.page(v, "", 0)
	if err != nil {
		return nil, err
	}
	p, err := s.newestPage(ctx, page)
	if err != nil {
		return nil, err
	}
	if !v.Member() {
		return p.plain, nil
	}
	if own, ok := p.own(v.Sub); ok && own.text != nil {
		return own.text, nil
	}
	marks, err := s.pageMarks(ctx, v, p)
	if err != nil {
		return nil, err
	}
	text := p.encode(marks)
	p.keep(v.Sub, own{marks, text})
	return text, nil
}

func (s *Service) newestPage(ctx context.Context, page Page) (*newestPage, error) {
	kept, mark := s.newest.get(page.View)
	if kept != nil {
		return kept, nil
	}
	posts, err := s.store.Home(ctx, page)
	if err != nil {
		return nil, fmt.Errorf("read home feed: %w", err)
	}
	p, err := newNewestPage(posts, page)
	if err != nil {
		return nil, err
	}
	s.newest.put(page.View, p, mark)
	return p, nil
}

// pageMarks returns the viewer's marks on the posts of the page.
func (s *Service) pageMarks(ctx context.Context, v Viewer, p *newestPage) ([]Mark, error) {
	if !v.Member() {
		return make([]Mark, len(p.posts)), nil
	}
	if own, ok := p.own(v.Sub); ok {
		return own.marks, nil
	}
	marks, err := s.marks(ctx, v, p.subjects)
	if err == nil {
		p.keep(v.Sub, own{marks: marks})
	}
	return marks, err
}

// A newestPage is a page of posts and its encoding. It does not change but for
// what is kept of its readers.
type newestPage struct {
	posts    []Post
	subjects []uuid.UUID
	next     string
	from     time.Time // when it was read
	until    time.Time // when the first of what was read expires; zero is never
	plain    []byte    // encoded, without marks
	slots    []int     // for each post, where in plain its marks belong

	mu   sync.Mutex
	owns map[string]own // by sub
}

// An own is what one reader sees of a page: their marks and, once it was asked
// for, the page encoded with them.
type own struct {
	marks []Mark
	text  []byte
}

// maxOwn is for how many readers a page is kept, about 8 kB each. When it is
// reached their marks are read again.
const maxOwn = 1024

func newNewestPage(posts []Post, page Page) (*newestPage, error) {
	p := &newestPage{posts: posts, from: page.Now, owns: map[string]own{}}
	if limit := page.Limit - 1; len(posts) > limit {
		p.posts = posts[:limit]
		p.next = posts[limit-1].ID.String()
	}
	p.subjects = subjects(p.posts)
	for _, post := range posts { // also the one that only says that there is a next page
		if e := post.Expires; !e.IsZero() && (p.until.IsZero() || e.Before(p.until)) {
			p.until = e
		}
	}
	return p, p.encodePlain(page.Members)
}

// encodePlain writes the page as encoding/json would, and remembers where the
// members liked and reposted would stand: before the end of the post or, in a
// repost, of its original.
func (p *newestPage) encodePlain(members bool) error {
	b := []byte(`{"posts":[`)
	for i, post := range p.posts {
		text, err := json.Marshal(post.wire(members, Mark{}))
		if err != nil {
			return fmt.Errorf("encode post: %w", err)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, text...)
		end := 1
		if post.Original != nil {
			end = 2
		}
		p.slots = append(p.slots, len(b)-end)
	}
	b = append(b, ']')
	if p.next != "" {
		b = append(b, `,"next":"`+p.next+`"`...)
	}
	p.plain = append(b, '}', '\n')
	return nil
}

// encode returns the page with the marks in it.
func (p *newestPage) encode(marks []Mark) []byte {
	b, from := []byte(nil), 0
	for i, m := range marks {
		if m == (Mark{}) {
			continue
		}
		if b == nil {
			b = make([]byte, 0, len(p.plain)+len(marks)*len(`,"liked":true,"reposted":true`))
		}
		b = append(b, p.plain[from:p.slots[i]]...)
		from = p.slots[i]
		if m.Liked {
			b = append(b, `,"liked":true`...)
		}
		if m.Reposted {
			b = append(b, `,"reposted":true`...)
		}
	}
	if b == nil {
		return p.plain
	}
	return append(b, p.plain[from:]...)
}

func (p *newestPage) holds(now time.Time) bool {
	return !now.Before(p.from) && (p.until.IsZero() || now.Before(p.until))
}

// shows reports whether the post is on the page, as itself or as an original.
func (p *newestPage) shows(id uuid.UUID) bool {
	for i, s := range p.subjects {
		if s == id || p.posts[i].ID == id {
			return true
		}
	}
	return false
}

func (p *newestPage) own(sub string) (own, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, ok := p.owns[sub]
	return o, ok
}

func (p *newestPage) keep(sub string, o own) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.owns) >= maxOwn {
		clear(p.owns)
	}
	p.owns[sub] = o
}
