package sqlite

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/server/internal/sqlitedb"
	"porchlight/shared/api"
)

// large makes BenchmarkHome use ten million posts, which takes some minutes and
// 6 GB to store.
const large = "PORCHLIGHT_BENCH_LARGE"

// A seeded store has posts of one author, a minute apart, every third for
// members.
type seeded struct {
	feed  *FeedStore
	posts int
	now   time.Time
}

// at is when the ith post was written.
func (s seeded) at(i int) time.Time { return s.now.Add(-time.Duration(s.posts-i) * time.Minute) }

func seed(b *testing.B, posts int) seeded {
	b.Helper()
	store := newStore(b)
	s := seeded{store.Feed(), posts, time.Now().UTC().Truncate(time.Microsecond)}
	const slice = 10_000
	for from := 0; from < posts; from += slice {
		err := store.db.Write(b.Context(), func(tx *sqlitedb.Tx) error {
			for i := from; i < min(from+slice, posts); i++ {
				p := feed.Post{
					ID: feedtest.ID(s.at(i), 0), Author: "0b9f7f6e-7b1c-4c5e-9a3e-0123456789ab", Handle: "ann", Name: "Ann Example",
					Message: strings.Repeat("porchlight ", 15), Audience: api.AudienceEveryone, Created: s.at(i),
				}
				if i%3 == 0 {
					p.Audience = api.AudienceMembers
				}
				if err := storePost(tx, p, nil, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// read takes the time of one page, the newest or one near 99 % depth.
func (s seeded) read(b *testing.B, v feed.View, deep bool) time.Duration {
	page := feed.Page{View: v, Before: uuid.Max, Limit: api.DefaultLimit + 1}
	if deep {
		page.Before = feedtest.ID(s.at(s.posts/100+rand.IntN(s.posts/200)), 0)
	}
	start := time.Now()
	posts, err := s.feed.Home(b.Context(), page)
	took := time.Since(start)
	if err != nil || len(posts) != page.Limit {
		b.Fatalf("%d posts, %v", len(posts), err)
	}
	return took
}

// BenchmarkHome reads pages of 20 posts from a store and from one ten times as
// large, in turn, and reports the medians. x-newest and x-deep are the larger one's
// time over the smaller one's; above 1.25 the benchmark fails.
//
//	go test -run '^$' -bench Home -benchtime 2000x ./server/internal/sqlite
//	PORCHLIGHT_BENCH_LARGE=1 go test ... compares 1 and 10 million posts
func BenchmarkHome(b *testing.B) {
	posts := 100_000
	if os.Getenv(large) != "" {
		posts = 1_000_000
	}
	stores := []seeded{seed(b, posts), seed(b, 10*posts)}
	for range 5000 { // what was just written is still on its way to the disk, and in no reader's memory
		for _, s := range stores {
			s.read(b, feed.View{Now: time.Now()}, true)
		}
	}
	for name, v := range map[string]feed.View{
		"guest": {}, "member": {Members: true}, "moderator": {Members: true, Moderator: true},
	} {
		v.Now = time.Now()
		b.Run(fmt.Sprintf("%d-%d/%s", posts, 10*posts, name), func(b *testing.B) {
			var took [4][]time.Duration
			for b.Loop() {
				for i := range took {
					took[i] = append(took[i], stores[i/2].read(b, v, i%2 == 1))
				}
			}
			newest, deep := median(took[0]), median(took[1])
			b.ReportMetric(0, "ns/op") // of all together
			b.ReportMetric(newest, "newest-µs")
			b.ReportMetric(deep, "deep-µs")
			xNewest, xDeep := median(took[2])/newest, median(took[3])/deep
			b.ReportMetric(xNewest, "x-newest")
			b.ReportMetric(xDeep, "x-deep")
			if max(xNewest, xDeep) > 1.25 {
				b.Errorf("ten times the posts cost %.3g times as much, %.3g when deep, want 1.25 at most", xNewest, xDeep)
			}
		})
	}
}

// median is in microseconds.
func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2]) / 1000
}

// BenchmarkSearch finds a page of 20 posts by a word that most posts have, for a
// guest, who may see two of three.
func BenchmarkSearch(b *testing.B) {
	s := newStore(b)
	at := time.Now().UTC().Truncate(time.Microsecond)
	err := s.db.Write(b.Context(), func(tx *sqlitedb.Tx) error {
		for n := range 50_000 {
			p := feed.Post{
				ID: feedtest.ID(at.Add(time.Duration(n)*time.Millisecond), 0), Author: "ann", Handle: "ann", Name: "Ann",
				Message: "the porch light number " + strconv.Itoa(n), Audience: api.AudienceEveryone, Created: at,
			}
			if n%3 == 0 {
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
	page := feed.Page{View: feed.View{Now: at}, Before: uuid.Max, Limit: api.DefaultLimit + 1}
	for name, words := range map[string][]string{"common": {"porch"}, "two": {"porch", "light"}, "rare": {"number", "40000"}, "none": {"porch", "nowhere"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Feed().Search(b.Context(), page, words); err != nil {
					b.Fatal(err)
				}
			}
		})
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
		if got, _, err := s.Feed().Sweep(b.Context(), at.Add(time.Hour), slice); err != nil || got != slice {
			b.Fatalf("Sweep = %d, %v", got, err)
		}
	}
}
