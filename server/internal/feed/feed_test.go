package feed_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/server/internal/sqlite"
	"porchlight/shared/api"
)

// clock is a time that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// noon is where the tests begin, not in UTC and with nanoseconds.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 123_456_789, time.FixedZone("CEST", 2*3600))

func newService(t *testing.T) (*feed.Service, *clock) {
	t.Helper()
	c := &clock{at: noon}
	s, err := feed.New(feed.Config{Store: newStore(t), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func newStore(t *testing.T) feed.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return store.Feed()
}

var (
	guest = feed.Viewer{}
	ann   = feed.Viewer{Sub: "sub-ann", Handle: "ann", Name: "Ann"}
	bob   = feed.Viewer{Sub: "sub-bob", Handle: "bob", Name: "Bob"}
)

func create(t *testing.T, s *feed.Service, v feed.Viewer, p api.NewPost) api.Post {
	t.Helper()
	got, err := s.Create(t.Context(), v, p)
	if err != nil {
		t.Fatalf("Create(%+v) = %v", p, err)
	}
	return got
}

// messages returns the texts on the newest page.
func messages(t *testing.T, s *feed.Service, v feed.Viewer) []string {
	t.Helper()
	f, err := s.Home(t.Context(), v, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{}
	for _, p := range f.Posts {
		texts = append(texts, p.Message)
	}
	return texts
}

func wantMessages(t *testing.T, s *feed.Service, v feed.Viewer, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, messages(t, s, v)); diff != "" {
		t.Errorf("Home(%q) (-want +got):\n%s", v.Sub, diff)
	}
}

func TestHomeAudience(t *testing.T) {
	s, _ := newService(t)
	create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, 1).String(), Message: "for all"})
	create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, 2).String(), Message: "for us", Audience: api.AudienceMembers})
	wantMessages(t, s, guest, "for all")
	wantMessages(t, s, bob, "for us", "for all")
	wantMessages(t, s, feed.Viewer{Handle: "ann", Name: "Ann", Moderator: true}, "for all") // no sub: a guest
}

func TestHomeExpiry(t *testing.T) {
	s, c := newService(t)
	p := create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, 1).String(), Message: "soon gone", ExpiresIn: "1h"})
	c.set(p.Expires.Add(-time.Nanosecond))
	wantMessages(t, s, ann, "soon gone")
	c.set(*p.Expires)
	wantMessages(t, s, ann)

	// A repeat whose answer was lost is still acknowledged, and shows nothing.
	again := create(t, s, ann, api.NewPost{ID: p.ID, Message: "soon gone", ExpiresIn: "1h"})
	if diff := cmp.Diff(p, again); diff != "" {
		t.Errorf("Create(again, expired) (-want +got):\n%s", diff)
	}
	if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("Sweep = %d, %v, want 1", n, err)
	}
	again = create(t, s, ann, api.NewPost{ID: p.ID, Message: "soon gone", ExpiresIn: "1h"})
	if diff := cmp.Diff(p, again); diff != "" {
		t.Errorf("Create(again, swept) (-want +got):\n%s", diff)
	}
	wantMessages(t, s, ann)
}

func TestHomePages(t *testing.T) {
	s, _ := newService(t)
	var want []string
	for i := range 45 {
		p := create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, uint16(i)).String(), Message: fmt.Sprint(i)})
		want = append([]string{p.ID}, want...)
	}
	for _, limit := range []int{0, 1, 15, 44, 45, 100} {
		var got []string
		before, pages := "", 0
		for {
			f, err := s.Home(t.Context(), guest, before, limit)
			if err != nil {
				t.Fatal(err)
			}
			if most := max(limit, 1); limit > 0 && len(f.Posts) > most || limit == 0 && len(f.Posts) > api.DefaultLimit {
				t.Fatalf("limit %d: a page of %d", limit, len(f.Posts))
			}
			for _, p := range f.Posts {
				got = append(got, p.ID)
			}
			if pages++; f.Next == "" {
				break
			}
			if f.Next != f.Posts[len(f.Posts)-1].ID {
				t.Fatalf("limit %d: Next = %s, want the last id", limit, f.Next)
			}
			before = f.Next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, diff)
		}
		if size := max(limit, 1); limit > 0 && pages != (45+size-1)/size {
			t.Errorf("limit %d: %d pages", limit, pages)
		}
	}
}

func TestHomeRefuses(t *testing.T) {
	s, _ := newService(t)
	id := feedtest.ID(noon, 0x00ab).String()
	for _, before := range []string{
		"x", "0", " " + id, id + " ", strings.ToUpper(id), "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", ""),
		uuid.Nil.String(), uuid.Max.String(), "3f2b8c1e-7a64-4c6e-9d35-0a1b2c3d4e5f", // version 4
		id[:19] + "c" + id[20:], // another variant
		id[:35] + "é", strings.Repeat("a", 1<<20), "' OR 1=1 --",
	} {
		if _, err := s.Home(t.Context(), ann, before, 0); !errors.Is(err, feed.ErrCursor) {
			t.Errorf("Home(before %.50q) = %v, want ErrCursor", before, err)
		}
	}
	for _, limit := range []int{-1, 101, 1 << 40} {
		_, err := s.Home(t.Context(), ann, "", limit)
		if f, ok := errors.AsType[*feed.FieldsError](err); !ok || f.Fields[0].Pointer != "#/limit" {
			t.Errorf("Home(limit %d) = %v, want a problem of #/limit", limit, err)
		}
	}
	f, err := s.Home(t.Context(), ann, id, 0)
	if err != nil || f.Posts == nil || len(f.Posts) != 0 || f.Next != "" {
		t.Errorf("Home(nothing) = %+v, %v, want an empty list", f, err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(feedtest.ID(noon, 7).String())
	f.Add(uuid.Max.String())
	f.Add("urn:uuid:3f2b8c1e-7a64-4c6e-9d35-0a1b2c3d4e5f")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := feed.ParseID(text)
		if ok && (id.String() != text || id.Version() != 7) {
			t.Errorf("ParseID(%q) accepts another spelling of %v", text, id)
		}
		if inShared := (api.NewPost{ID: text, Message: "x", ExpiresIn: "1h", Audience: api.AudienceEveryone}).Check() == nil; text != "" && inShared != ok {
			t.Errorf("ParseID(%q) = %v, but Check says %v", text, ok, inShared)
		}
	})
}
