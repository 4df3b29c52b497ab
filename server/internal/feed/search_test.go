package feed_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

func TestWords(t *testing.T) {
	long := strings.Repeat("a", 100)
	tests := []struct{ text, want string }{
		{"", ""}, {" \n\t", ""}, {`"'*:^()-+;`, ""}, {"Hello, World! hello", "hello world"},
		{"don't stop", "don t stop"}, {"snake_case #tag @ann", "snake case tag ann"},
		{"Crème brûlée", "creme brulee"}, {"e\u0301", "e"}, {"ΟΔΌΣ οδός", "οδοσ"}, {"İstanbul", "istanbul"},
		{"ﬁne Ⅳ ½", "fine iv 1 2"}, {"木村さん", "木 村 さ ん"}, {"カﾞ", "カ"}, {"🏮lamp🏮", "🏮 lamp"}, {"👍🏽", "👍"},
		{long + "b", long[:64]}, {"\xff\xfe", ""}, {"\x00a\x00", "a"}, {"\ue000", ""}, {"a\u200db", "a b"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, strings.Join(feed.Words(tt.text), " ")); diff != "" {
			t.Errorf("Words(%q) (-want +got):\n%s", tt.text, diff)
		}
	}
}

// FuzzWords: a word has no syntax of any database, is in one place only, and
// its words are itself.
func FuzzWords(f *testing.F) {
	for _, s := range []string{`a" OR b*`, "é木🏮ß", "ﷺ", "\xff\x00", "NEAR(a b)", "ﬃ ǅ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := feed.Words(text)
		seen := map[string]bool{}
		for _, w := range words {
			if seen[w] || w == "" || len([]rune(w)) > 64 {
				t.Errorf("Words(%q) has %q twice, empty or too long", text, w)
			}
			seen[w] = true
			if strings.ContainsFunc(w, func(r rune) bool {
				return r < 0x80 && !('a' <= r && r <= 'z' || '0' <= r && r <= '9') || unicode.IsSpace(r) || unicode.Is(unicode.Co, r)
			}) {
				t.Errorf("Words(%q) has %q", text, w)
			}
		}
		if diff := cmp.Diff(words, feed.Words(strings.Join(words, " "))); diff != "" {
			t.Errorf("Words of the words of %q (-want +got):\n%s", text, diff)
		}
	})
}

func TestSearch(t *testing.T) {
	s, _ := newService(t)
	for i, text := range []string{"one porch", "two porch", "three"} {
		create(t, s, ann, api.NewPost{ID: postID(i), Message: text})
	}
	create(t, s, bob, api.NewPost{ID: postID(9), Message: "a porch below", Parent: postID(2)})
	f, err := s.Search(t.Context(), guest, " Porch ", "", 2)
	if err != nil || f.Query != "Porch" || len(f.Posts) != 2 || f.Posts[0].Parent != postID(2) || f.Next != postID(1) || len(f.People) != 0 {
		t.Errorf("Search = %+v, %v", f, err)
	}
	f, err = s.Search(t.Context(), guest, "porch", f.Next, 2)
	if err != nil || len(f.Posts) != 1 || f.Posts[0].ID != postID(0) || f.Next != "" {
		t.Errorf("Search(second page) = %+v, %v", f, err)
	}
	for _, tt := range []struct {
		query, before string
		people        int
	}{
		{"an", "", 1}, {"@Ann", "", 1}, {"ann b", "", 0}, {"ann", postID(9), 0}, {"zoe", "", 0}, {"_", "", 0}, {"@", "", 0}, {"", "", 0},
	} {
		f, err := s.Search(t.Context(), guest, tt.query, tt.before, 0)
		if err != nil || len(f.People) != tt.people || f.Posts == nil {
			t.Errorf("Search(%q) = %+v, %v, want %d people", tt.query, f, err, tt.people)
		}
	}
	for _, q := range []string{strings.Repeat("é", api.MaxQueryRunes+1), "a\x00b", "\xff"} {
		_, err := s.Search(t.Context(), guest, q, "", 0)
		if f, ok := errors.AsType[*feed.FieldsError](err); !ok || f.Fields[0].Pointer != "#/q" {
			t.Errorf("Search(%.20q) = %v, want a problem of #/q", q, err)
		}
	}
}

func TestUser(t *testing.T) {
	s, _ := newService(t)
	create(t, s, ann, api.NewPost{ID: postID(1), Message: "mine", Audience: api.AudienceMembers})
	create(t, s, bob, api.NewPost{ID: postID(2), Message: "his"})
	if _, err := s.ChangeProfile(t.Context(), ann, api.ProfileChange{Name: " Annie ", Handle: "@Annie_1"}); err != nil {
		t.Fatal(err)
	}
	for _, handle := range []string{"ann", "ANN", "annie_1"} {
		u, err := s.User(t.Context(), bob, handle, "", 0)
		if err != nil || u.Person.Handle != "annie_1" || u.Person.Name != "Annie" || u.Person.Subject != ann.Sub || len(u.Posts) != 1 || u.Posts[0].Handle != "ann" {
			t.Errorf("User(%s) = %+v, %v", handle, u, err)
		}
	}
	if u, err := s.User(t.Context(), guest, "ann", "", 0); err != nil || len(u.Posts) != 0 || u.Posts == nil {
		t.Errorf("User(guest) = %+v, %v, want no posts", u, err)
	}
	for _, handle := range []string{"nobody", "", strings.Repeat("a", 1<<20), "ann'--"} {
		if _, err := s.User(t.Context(), ann, handle, "", 0); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("User(%.20q) = %v, want ErrNotFound", handle, err)
		}
	}
	if p := create(t, s, ann, api.NewPost{ID: postID(3), Message: "new"}); p.Handle != "annie_1" {
		t.Errorf("a new post has the handle %q", p.Handle)
	}
	for _, tt := range []struct {
		viewer  feed.Viewer
		change  api.ProfileChange
		pointer string
	}{
		{bob, api.ProfileChange{Name: "Bob", Handle: "ANN"}, "#/handle"},
		{bob, api.ProfileChange{Name: "Bob", Handle: "annie_1"}, "#/handle"},
		{bob, api.ProfileChange{Name: "", Handle: "bob"}, "#/name"},
		{bob, api.ProfileChange{Name: "Bob", Handle: "b b"}, "#/handle"},
	} {
		_, err := s.ChangeProfile(t.Context(), tt.viewer, tt.change)
		if f, ok := errors.AsType[*feed.FieldsError](err); !ok || f.Fields[0].Pointer != tt.pointer {
			t.Errorf("ChangeProfile(%+v) = %v, want a problem of %s", tt.change, err, tt.pointer)
		}
	}
	if _, err := s.ChangeProfile(t.Context(), guest, api.ProfileChange{Name: "G", Handle: "guest"}); !errors.Is(err, feed.ErrNotMember) {
		t.Errorf("ChangeProfile(guest) = %v, want ErrNotMember", err)
	}
}
