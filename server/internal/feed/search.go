package feed

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"porchlight/shared/api"
)

// maxWordRunes is where a word is cut: no language has longer ones, and a
// database's index has a limit.
const maxWordRunes = 64

// Search returns a page of posts and replies that have all words of the query,
// newest first, and on the first page the people whose handle begins with it.
// A query without words finds nothing; one that api.CheckQuery refuses is a
// *FieldsError.
func (s *Service) Search(ctx context.Context, v Viewer, query, before string, limit int) (api.Search, error) {
	page, err := s.page(v, before, limit)
	if err != nil {
		return api.Search{}, err
	}
	query, wrong := api.CheckQuery(query)
	if wrong != "" {
		return api.Search{}, &FieldsError{[]api.FieldError{{Pointer: "#/q", Detail: wrong}}}
	}
	found := api.Search{Query: query, Feed: api.Feed{Posts: []api.Post{}}}
	words := Words(query)
	if len(words) == 0 {
		return found, nil
	}
	posts, err := s.store.Search(ctx, page, words)
	if err != nil {
		return api.Search{}, fmt.Errorf("search posts: %w", err)
	}
	if found.Feed, err = s.feedOf(ctx, v, posts, page.Limit-1); err != nil {
		return api.Search{}, err
	}
	if before == "" {
		found.People, err = s.people(ctx, query)
	}
	return found, err
}

// people returns those whose handle begins with the query.
func (s *Service) people(ctx context.Context, query string) ([]api.Person, error) {
	prefix := strings.ToLower(strings.TrimPrefix(query, "@"))
	if prefix == "" || len(prefix) > api.MaxHandleBytes || prefix != handleBytes(prefix) {
		return nil, nil
	}
	profiles, err := s.store.Profiles(ctx, prefix, api.MaxPeople)
	if err != nil {
		return nil, fmt.Errorf("search handles: %w", err)
	}
	var people []api.Person
	for _, p := range profiles {
		people = append(people, p.Person())
	}
	return people, nil
}

// SearchText returns the words by which a post is found.
func (p Post) SearchText() []string { return Words(p.Message + " " + p.Handle) }

// Words returns the words of a text for the search, each once, in the order in
// which they come: runs of letters and digits, without case, accents and other
// marks, cut at 64 characters. A character of a script that puts no spaces
// between words is a word by itself, and so is a symbol such as an emoji.
//
// Texts and queries are cut into words here and not by the database, so that
// every database finds the same, and nothing that a person types can be syntax.
func Words(text string) []string {
	var words []string
	seen := map[string]bool{}
	add := func(word []rune) {
		if w := string(word); len(word) > 0 && !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	var run []rune
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(text, " ")) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case alone(r):
			add(run)
			add([]rune{r})
			run = run[:0]
		case unicode.In(r, unicode.L, unicode.N, unicode.Mc):
			if len(run) < maxWordRunes {
				run = append(run, unicode.ToLower(unicode.ToUpper(r)))
			}
		default:
			add(run)
			run = run[:0]
		}
	}
	add(run)
	return words
}

// alone reports whether the character is a word by itself.
func alone(r rune) bool {
	return r != unicode.ReplacementChar && unicode.In(r, unicode.So, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
