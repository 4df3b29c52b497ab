package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// BenchmarkHome reads a page of 20 posts. The newest and one far down must cost
// about the same, however many posts there are.
func BenchmarkHome(b *testing.B) {
	now, err := time.Parse(time.RFC3339, "2023-11-15T00:00:00Z") // nearly nothing has expired
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{1_000, 100_000} {
		s := openAt(b, newSeeded(b, n))
		down, err := s.Feed().Home(b.Context(), feed.Page{View: feed.View{Members: true, Now: now}, Before: uuid.Max, Limit: n / 2})
		if err != nil {
			b.Fatal(err)
		}
		for _, tt := range []struct {
			name string
			page feed.Page
		}{
			{"newest/members", feed.Page{Before: uuid.Max, View: feed.View{Members: true}}},
			{"newest/guest", feed.Page{Before: uuid.Max}},
			{"down/members", feed.Page{Before: down[len(down)-1].ID, View: feed.View{Members: true}}},
		} {
			tt.page.Limit, tt.page.Now = api.DefaultLimit+1, now
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

// BenchmarkMarks looks up what a reader made of 21 posts among likes of all.
func BenchmarkMarks(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openAt(b, newSeeded(b, n))
			posts, err := s.Feed().Home(b.Context(), feed.Page{View: feed.View{Members: true, Now: time.Unix(1_700_000_000, 0)}, Before: uuid.Max, Limit: 21})
			if err != nil || len(posts) != 21 {
				b.Fatalf("%d posts, %v", len(posts), err)
			}
			var ids []uuid.UUID
			for _, p := range posts {
				ids = append(ids, p.Subject())
			}
			for b.Loop() {
				if marks, err := s.Feed().Marks(b.Context(), "sub-7", ids); err != nil || len(marks) != 21 {
					b.Fatalf("%d marks, %v", len(marks), err)
				}
			}
		})
	}
}

// BenchmarkSearch looks for a word that every post has, one that a single post
// has, and one that none has.
func BenchmarkSearch(b *testing.B) {
	const n = 100_000
	s := openAt(b, newSeeded(b, n))
	page := feed.Page{View: feed.View{Members: true, Now: time.Unix(1_700_000_000, 0)}, Before: uuid.Max, Limit: 21}
	for word, want := range map[string]int{"porchlight": 21, "needle": 1, "nowhere": 0} {
		b.Run(word, func(b *testing.B) {
			for b.Loop() {
				if posts, err := s.Feed().Search(b.Context(), page, []string{word}); err != nil || len(posts) != want {
					b.Fatalf("%d posts, %v, want %d", len(posts), err, want)
				}
			}
		})
	}
}

// BenchmarkInsert is many writers at once.
func BenchmarkInsert(b *testing.B) {
	s := newStore(b)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id, err := uuid.NewV7()
			if err != nil {
				b.Error(err)
				return
			}
			_, err = s.Feed().Insert(b.Context(), feed.Post{
				ID: id, Author: "ann", Handle: "ann", Name: "Ann", Message: "still here",
				Audience: api.AudienceEveryone, Created: time.Now(),
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}
