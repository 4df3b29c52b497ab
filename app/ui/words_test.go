//go:build !js

package ui

import (
	"slices"
	"testing"
	"time"

	"porchlight/shared/api"
)

func TestAgo(t *testing.T) {
	tests := []struct {
		name string
		past time.Duration
		want string
	}{
		{"ahead of our clock", -time.Hour, "just now"},
		{"now", 0, "just now"},
		{"59 s", 59 * time.Second, "just now"},
		{"one minute", time.Minute, "1 minute ago"},
		{"under an hour", 59*time.Minute + 59*time.Second, "59 minutes ago"},
		{"an hour", time.Hour, "1 hour ago"},
		{"a day", day, "1 day ago"},
		{"29 days", 30*day - time.Second, "29 days ago"},
		{"30 days", 30 * day, "on 4 April 2026"},
	}
	for _, test := range tests {
		if got := ago(evening(), evening().Add(-test.past)); got != test.want {
			t.Errorf("%s: ago(%v) = %q, want %q", test.name, test.past, got, test.want)
		}
	}
}

func TestIn(t *testing.T) {
	tests := []struct {
		ahead time.Duration
		want  string
	}{
		{-time.Hour, "in under a minute"}, {59 * time.Second, "in under a minute"}, {time.Minute, "in 1 minute"},
		{3 * time.Hour, "in 3 hours"}, {7 * day, "in 7 days"},
	}
	for _, test := range tests {
		if got := in(evening(), evening().Add(test.ahead)); got != test.want {
			t.Errorf("in(%v) = %q, want %q", test.ahead, got, test.want)
		}
	}
}

func TestClock(t *testing.T) {
	tests := map[time.Duration]string{
		time.Millisecond: "0:01", 9 * time.Second: "0:09", time.Minute: "1:00", 90 * time.Second: "1:30", 754 * time.Second: "12:34",
	}
	for d, want := range tests {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestInitial(t *testing.T) {
	tests := map[string]string{"ada": "A", " Éva": "É", "": "·", "\xff": "·", "نور": "ن", "🕯️": "🕯"}
	for name, want := range tests {
		if got := initial(name); got != want {
			t.Errorf("initial(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	feed := func(next string, ids ...string) api.Feed {
		f := api.Feed{Next: next}
		for _, id := range ids {
			f.Posts = append(f.Posts, api.Post{ID: id})
		}
		return f
	}
	ids := func(f *api.Feed) (ids []string) {
		for _, p := range f.Posts {
			ids = append(ids, p.ID)
		}
		return ids
	}
	old := feed("2", "5", "4", "3", "2")
	tests := []struct {
		name  string
		old   *api.Feed
		fresh api.Feed
		want  []string
		next  string
	}{
		{"nothing before", nil, feed("4", "5", "4"), []string{"5", "4"}, "4"},
		{"overlap keeps what was loaded", &old, feed("4", "6", "5", "4"), []string{"6", "5", "4", "3", "2"}, "2"},
		{"a post has gone", &old, feed("3", "6", "4", "3"), []string{"6", "4", "3", "2"}, "2"},
		{"a gap", &old, feed("8", "9", "8"), []string{"9", "8"}, "8"},
		{"all that there is", &old, feed("", "4"), []string{"4"}, ""},
		{"ends where the old ends", &old, feed("2", "6", "5", "4", "3", "2"), []string{"6", "5", "4", "3", "2"}, "2"},
		{"empty", &old, feed(""), nil, ""},
	}
	for _, test := range tests {
		got := merge(test.old, test.fresh)
		if !slices.Equal(ids(got), test.want) || got.Next != test.next {
			t.Errorf("%s: merge = %v, next %q, want %v, next %q", test.name, ids(got), got.Next, test.want, test.next)
		}
	}
}

func TestAlive(t *testing.T) {
	now := evening()
	posts := []api.Post{{ID: "never"}, {ID: "now", Expires: &now}, {ID: "later", Expires: new(now.Add(time.Second))}}
	got := alive(posts, now)
	if len(got) != 2 || got[0].ID != "never" || got[1].ID != "later" {
		t.Errorf("alive = %v", got)
	}
	if posts[1].ID != "now" {
		t.Error("alive changed what it was given")
	}
}

func TestTitle(t *testing.T) {
	tests := []struct {
		page api.Page
		want string
	}{
		{api.Page{}, "Porchlight"},
		{api.Page{Path: api.PathHome}, "Porchlight"},
		{api.Page{Path: api.PathSignIn}, "Sign in · Porchlight"},
		{api.Page{Path: "/x"}, "Nobody lives here · Porchlight"},
		{api.Page{Path: "/x", Problem: problem(api.ProblemMethod, 405)}, "Something went wrong · Porchlight"},
	}
	for _, test := range tests {
		if got := Title(test.page); got != test.want {
			t.Errorf("Title(%q) = %q, want %q", test.page.Path, got, test.want)
		}
	}
}

// BenchmarkHTML is what a page costs the server: `go test -bench HTML ./app/ui`.
func BenchmarkHTML(b *testing.B) {
	p := everyPage()["home member"]
	for b.Loop() {
		HTML(p)
	}
}
