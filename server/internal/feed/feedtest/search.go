package feedtest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
)

// wantFound searches for the words of a text and compares the ids.
func wantFound(t *testing.T, store feed.Store, page feed.Page, text string, want ...feed.Post) {
	t.Helper()
	posts, err := store.Search(t.Context(), page, feed.Words(text))
	if err != nil {
		t.Errorf("Search(%q) = %v", text, err)
		return
	}
	if diff := cmp.Diff(ids(want), ids(posts)); diff != "" {
		t.Errorf("Search(%q) (-want +got):\n%s", text, diff)
	}
}

// testSearchWords: all words, whole, in message or handle, whatever the case.
func testSearchWords(t *testing.T, store feed.Store) {
	texts := []string{
		"The porch light is on", "the PORCH, and only the porch!", "Café à Zürich", "名前は木村です", "🏮🏮 lamp 👍🏽",
		"Ἀθήνᾱ ΟΔΟΣ", "AND OR NOT near", "snake_case x2", "ДОМ дома",
	}
	posts := make([]feed.Post, len(texts))
	for i, text := range texts {
		posts[i] = post(i)
		posts[i].Message = text
		if i == 1 {
			posts[i].Handle = "zoe_lee"
		}
	}
	insert(t, store, posts...)
	for _, tt := range []struct {
		query string
		want  []int
	}{
		{"porch", []int{1, 0}}, {"Porch LIGHT", []int{0}}, {"light porch", []int{0}}, {"porc", nil}, {"porch lamp", nil},
		{"cafe", []int{2}}, {"CAFÉ", []int{2}}, {"cafe\u0301", []int{2}}, {"zurich", []int{2}},
		{"木村", []int{3}}, {"前", []int{3}}, {"木林", nil}, {"🏮", []int{4}}, {"👍", []int{4}}, {"👍🏿 lamp", []int{4}},
		{"αθηνα οδος", []int{5}}, {"οδοσ", []int{5}}, {"and", []int{6, 1}}, {"near not", []int{6}},
		{"case", []int{7}}, {"snake_case", []int{7}}, {"X2", []int{7}}, {"дом", []int{8}},
		{"@zoe_lee", []int{1}}, {"lee porch", []int{1}}, {"zoe light", nil},
	} {
		want := []feed.Post{}
		for _, i := range tt.want {
			want = append(want, posts[i])
		}
		wantFound(t, store, all(), tt.query, want...)
	}
}

// testSearchOrder: by falling id in keyset pages, also within one millisecond
// and whatever the order of arrival.
func testSearchOrder(t *testing.T, store feed.Store) {
	var want []feed.Post
	for n := range 12 {
		p := post(n / 5)
		p.ID[8], p.ID[15] = 0x80|byte(n%5)<<3, byte(n)
		want = append(want, p)
	}
	for _, i := range []int{3, 11, 0, 7, 4, 1, 9, 2, 10, 5, 8, 6} {
		insert(t, store, want[i])
		other := post(100 + i)
		other.Message = "something else"
		insert(t, store, other)
	}
	slices.Reverse(want)
	wantFound(t, store, all(), "hello", want...)
	for _, limit := range []int{1, 2, 5, 7} {
		page := all()
		page.Limit = limit
		for from := 0; from < len(want); from += limit {
			wantFound(t, store, page, "hello", want[from:min(from+limit, len(want))]...)
			page.Before = want[min(from+limit, len(want))-1].ID
		}
		wantFound(t, store, page, "hello")
	}
	page := all()
	page.Before = uuid.Nil
	wantFound(t, store, page, "hello")

	// The cursor may be gone.
	gone := want[3]
	if _, err := store.Delete(t.Context(), all().View, gone.Author, gone.ID); err != nil {
		t.Fatal(err)
	}
	page = all()
	page.Before = gone.ID
	wantFound(t, store, page, "hello", want[4:]...)
}

// testSearchHostile: a query has no syntax. Even what Words never returns may
// be refused, and finds nothing that it does not say.
func testSearchHostile(t *testing.T, store feed.Store) {
	p := post(0)
	p.Message = "hello world"
	insert(t, store, p)
	for _, word := range []string{
		`"`, `hello" OR "world`, `hello*`, `hel*`, `-hello`, `words:hello`, `NEAR(hello world)`, `^hello`, `(hello`, `'`, `; DROP TABLE posts`,
		`hello & world`, `hello:*`, `!hello`, `\`, `%`, `_____`, `NOT`, "",
	} {
		if posts, _ := store.Search(t.Context(), all(), []string{"hello", word, "nowhere"}); len(posts) != 0 {
			t.Errorf("Search(%q) = %v, want nothing", word, ids(posts))
		}
		wantFound(t, store, all(), "hello "+word+" nowhere")
	}
	wantFound(t, store, all(), "hello", p)
}
