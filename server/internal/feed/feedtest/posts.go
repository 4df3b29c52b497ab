package feedtest

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// testPosts: what comes out is what went in, to the microsecond and the byte.
func testPosts(t *testing.T, store feed.Store) {
	tests := []struct {
		name   string
		change func(p *feed.Post)
	}{
		{"plain", func(*feed.Post) {}},
		{"longest message", func(p *feed.Post) { p.Message = strings.Repeat("🏮", api.MaxMessageRunes) }},
		{"text of all kinds", func(p *feed.Post) {
			p.Message = "<b>'\"; DROP TABLE posts; --\n\tZoë \u202eolleh 👩‍👩‍👧 %s ?1 $1"
		}},
		{"name of all kinds", func(p *feed.Post) { p.Name, p.Author = "Ünï “x” 名前", "sub'; --" }},
		{"composed and decomposed stay apart", func(p *feed.Post) { p.Message = "é e\u0301" }},
		{"members", func(p *feed.Post) { p.Audience = api.AudienceMembers }},
		{"expires", func(p *feed.Post) { p.Expires = p.Created.Add(time.Hour) }},
		{"far ahead", func(p *feed.Post) { p.Expires = time.Date(2999, 12, 31, 23, 59, 59, 999_999_000, time.UTC) }},
		{"end of a second", func(p *feed.Post) { p.Created = epoch.Truncate(time.Second).Add(999_999 * time.Microsecond) }},
	}
	for i, tt := range tests {
		p := post(i)
		tt.change(&p)
		got, err := store.Insert(t.Context(), p)
		if err != nil {
			t.Fatalf("%s: Insert = %v", tt.name, err)
		}
		if diff := cmp.Diff(feed.Shift{Post: p, Changed: true}, got); diff != "" {
			t.Errorf("%s: Insert (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(p, home(t, store, all())[0]); diff != "" {
			t.Errorf("%s: Home (-want +got):\n%s", tt.name, diff)
		}
	}
}

// testOrder: by id alone, byte by byte, and newest first; also within one
// millisecond, and whatever the order of arrival and the time of creation.
func testOrder(t *testing.T, store feed.Store) {
	var want []feed.Post
	for n := range 6 {
		p := post(n / 3)
		p.ID = ID(p.Created, uint16(n%3)<<7) // up to 0x100: above and below half a byte
		p.Created = epoch.Add(-time.Duration(n) * time.Hour)
		want = append(want, p)
	}
	last := post(0)
	last.ID[15] = 0xff
	last.ID[8] = 0xbf
	want = slices.Insert(want, 3, last)
	for _, i := range []int{4, 0, 6, 2, 5, 1, 3} {
		insert(t, store, want[i])
	}
	slices.Reverse(want)
	wantHome(t, store, all(), want...)
}

// testPages: keyset pages are whole and disjoint, also when posts arrive and go
// between them.
func testPages(t *testing.T, store feed.Store) {
	wantHome(t, store, all())
	var posts []feed.Post
	for n := range 7 {
		posts = append(posts, post(n))
	}
	insert(t, store, posts...)
	slices.Reverse(posts)
	page := all()
	page.Limit = 3
	wantHome(t, store, page, posts[:3]...)
	page.Before = posts[2].ID
	insert(t, store, post(100)) // a newer one moves nothing
	wantHome(t, store, page, posts[3:6]...)
	page.Before = posts[5].ID
	wantHome(t, store, page, posts[6])
	page.Before = posts[6].ID
	wantHome(t, store, page)
	page.Before = ID(epoch.Add(4*time.Millisecond), 1) // no post has it
	wantHome(t, store, page, posts[2:5]...)
	page.Before = uuid.Nil
	wantHome(t, store, page)
}

// testAudience: no query gives a guest what is for members.
func testAudience(t *testing.T, store feed.Store) {
	var every, members []feed.Post
	for n := range 10 {
		p := post(n)
		if n%2 == 1 {
			p.Audience = api.AudienceMembers
			members = append(members, p)
		}
		every = append(every, p)
		insert(t, store, p)
	}
	slices.Reverse(every)
	guests := slices.DeleteFunc(slices.Clone(every), func(p feed.Post) bool { return slices.Contains(members, p) })
	page := all()
	wantHome(t, store, page, every...)
	page.Members = false
	wantHome(t, store, page, guests...)
	page.Limit = 2
	wantHome(t, store, page, guests[:2]...)
	page.Before = members[2].ID // a member's post as cursor shows nothing of it
	wantHome(t, store, page, guests[2:4]...)
}

// testExpiry: a post is there up to its last microsecond, and not at its end.
func testExpiry(t *testing.T, store feed.Store) {
	end := epoch.Add(time.Hour)
	never, hour, second := post(1), post(2), post(3)
	hour.Expires = end
	second.Expires = end.Add(time.Second)
	insert(t, store, never, hour, second)
	tests := []struct {
		name string
		now  time.Time
		want []feed.Post
	}{
		{"before", end.Add(-time.Second), []feed.Post{second, hour, never}},
		{"last microsecond", end.Add(-time.Microsecond), []feed.Post{second, hour, never}},
		{"end", end, []feed.Post{second, never}},
		{"a second later", end.Add(time.Second), []feed.Post{never}},
		{"years later", end.AddDate(100, 0, 0), []feed.Post{never}},
	}
	for _, tt := range tests {
		page := all()
		page.Now = tt.now
		if diff := cmp.Diff(ids(tt.want), ids(home(t, store, page))); diff != "" {
			t.Errorf("%s: members see (-want +got):\n%s", tt.name, diff)
		}
		page.Members = false
		if diff := cmp.Diff(ids(tt.want), ids(home(t, store, page))); diff != "" {
			t.Errorf("%s: guests see (-want +got):\n%s", tt.name, diff)
		}
	}
}

// testWriters: what many write at once is all there, while others read.
func testWriters(t *testing.T, store feed.Store) {
	const writers, each = 8, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				p := post(n)
				p.ID[9] = byte(w)
				if _, err := store.Insert(t.Context(), p); err != nil {
					t.Error(err)
				}
				posts, err := store.Home(t.Context(), all())
				if err != nil {
					t.Error(err)
				}
				if !slices.Contains(ids(posts), p.ID.String()) {
					t.Errorf("a writer does not see its own post %v", p.ID)
				}
				if !slices.IsSortedFunc(posts, func(a, b feed.Post) int { return -slices.Compare(a.ID[:], b.ID[:]) }) {
					t.Error("a page is out of order")
				}
			}
		})
	}
	wg.Wait()
	if got := len(home(t, store, all())); got != writers*each {
		t.Errorf("%d posts, want %d", got, writers*each)
	}
}
