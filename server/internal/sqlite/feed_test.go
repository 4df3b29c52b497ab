package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/server/internal/sqlitedb"
	"porchlight/shared/api"
)

// newStore opens a store in a folder that goes with the test.
func newStore(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

func TestFeedStore(t *testing.T) {
	feedtest.TestStore(t, func(t *testing.T) feed.Store { return newStore(t).Feed() })
}

// TestPlans holds what the benchmarks measured: every query goes along an index.
func TestPlans(t *testing.T) {
	s := newStore(t)
	now, id := time.Unix(1, 0), uuid.Max
	tests := []struct {
		name, query string
		args        []any
		want        string
	}{
		{"home for members", homeMembers, []any{id[:], now, 20}, "SEARCH posts USING INDEX posts_home (id<?)"},
		{"home for guests", homeGuests, []any{id[:], now, 20}, "SEARCH posts USING INDEX posts_home (id<?)"},
		{"sweep", expiredPosts, []any{now, 100}, "SEARCH posts USING INDEX posts_expires (expires<?)"},
		{"forget", forgetPosts, []any{now, 100}, "SEARCH spent_posts USING COVERING INDEX spent_posts_until (until<?)"},
		{"profile", profileBySub, []any{"x"}, "SEARCH profiles USING INDEX sqlite_autoindex_profiles_1 (sub=?)"},
		{"handle", profileByHandle, []any{"x"}, "SEARCH profiles USING INDEX sqlite_autoindex_profiles_2 (handle=?)"},
		{"limit", stateByKey, []any{id[:]}, "SEARCH limits USING PRIMARY KEY (key=?)"},
		{"sweep of limits", sweepStates, []any{now, 100}, "SEARCH limits USING COVERING INDEX limits_until (until<?)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := explain(t, s.db, tt.query, tt.args)
			if !strings.Contains(plan, tt.want) {
				t.Errorf("plan:\n%s\nwant %s", plan, tt.want)
			}
			for _, bad := range []string{"SCAN", "TEMP B-TREE"} {
				if strings.Contains(plan, bad) {
					t.Errorf("plan has %s:\n%s", bad, plan)
				}
			}
		})
	}
}

func explain(t *testing.T, db *sqlitedb.DB, query string, args []any) string {
	t.Helper()
	var plan strings.Builder
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.Query("EXPLAIN QUERY PLAN "+query, args, func(r sqlitedb.Row) error {
			fmt.Fprintln(&plan, r.Text(3))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// seed stores n posts of one author, a minute apart up to now, every third for
// members. It returns the id in the middle.
func seed(b *testing.B, s *Store, n int) uuid.UUID {
	b.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	at := func(i int) time.Time { return now.Add(-time.Duration(n-i) * time.Minute) }
	const slice = 10_000
	for from := 0; from < n; from += slice {
		err := s.db.Write(b.Context(), func(tx *sqlitedb.Tx) error {
			for i := from; i < min(from+slice, n); i++ {
				p := feed.Post{
					ID: feedtest.ID(at(i), 0), Author: "0b9f7f6e-7b1c-4c5e-9a3e-0123456789ab", Handle: "ann", Name: "Ann Example",
					Message: strings.Repeat("porchlight ", 15), Audience: api.AudienceEveryone, Created: at(i),
				}
				if i%3 == 0 {
					p.Audience = api.AudienceMembers
				}
				if _, err := insertPost(tx, p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return feedtest.ID(at(n/2), 0)
}

// BenchmarkHome reads a page of 20 posts. newest and middle must cost about the
// same, however many posts there are.
func BenchmarkHome(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		s := newStore(b)
		middle := seed(b, s, n)
		for _, tt := range []struct {
			name string
			page feed.Page
		}{
			{"newest/members", feed.Page{Before: uuid.Max, Members: true}},
			{"newest/guest", feed.Page{Before: uuid.Max}},
			{"middle/members", feed.Page{Before: middle, Members: true}},
		} {
			tt.page.Limit, tt.page.Now = api.DefaultLimit+1, time.Now()
			b.Run(fmt.Sprintf("%d/%s", n, tt.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					posts, err := s.Feed().Home(b.Context(), tt.page)
					if err != nil || len(posts) != tt.page.Limit {
						b.Fatalf("%d posts, %v", len(posts), err)
					}
				}
			})
		}
	}
}

// BenchmarkSweep is how long one slice of the sweeper holds the writer.
func BenchmarkSweep(b *testing.B) {
	s := newStore(b)
	const slice = 100
	at := time.Now().UTC().Truncate(time.Microsecond)
	n := 0
	insertSlice := func(tx *sqlitedb.Tx) error {
		for range slice {
			n++
			_, err := insertPost(tx, feed.Post{
				ID: feedtest.ID(at.Add(time.Duration(n)*time.Millisecond), 0), Author: "ann", Handle: "ann", Name: "Ann",
				Message: "x", Audience: api.AudienceEveryone, Created: at, Expires: at.Add(time.Hour),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	for b.Loop() {
		b.StopTimer()
		if err := s.db.Write(b.Context(), insertSlice); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if got, err := s.Feed().Sweep(b.Context(), at.Add(time.Hour), slice); err != nil || got != slice {
			b.Fatalf("Sweep = %d, %v", got, err)
		}
	}
}
