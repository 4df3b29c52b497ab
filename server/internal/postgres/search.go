package postgres

import (
	"context"
	"slices"
	"strings"

	"porchlight/server/internal/feed"
)

// recentPosts is how many posts before the page's beginning are looked through
// for the words before the index is asked.
//
// The index knows no order: of a word that a tenth of all posts have it would
// collect that tenth to show twenty. Such words fill the page among the recent
// posts already. The planner can't be left the choice: it takes a word that it
// has never seen for a common one, and would read all posts for it.
const recentPosts = 4000

// recentSearch finds posts by the words $3 among the recent ones, wholeSearch
// among all by the index.
func recentSearch(v feed.View, limit int) string {
	from := strings.Replace(fromPosts, "posts p", `(
		SELECT * FROM posts WHERE id < $1 ORDER BY id DESC`+first(recentPosts)+`) p`, 1)
	return `SELECT ` + postColumns + from + ` WHERE` + hasWords + where(v, 2) + ` ORDER BY p.id DESC` + first(limit)
}

// IS TRUE hides the comparison from the primary key, which would be taken for
// words that the server knows nothing of yet.
func wholeSearch(v feed.View, limit int) string {
	from := strings.Replace(fromPosts, "posts p", "matches p", 1)
	return `WITH matches AS MATERIALIZED (
		SELECT * FROM posts p WHERE` + hasWords + ` NOT p.removed AND (p.id < $1) IS TRUE
	) SELECT ` + postColumns + from + ` WHERE` + where(v, 2) + ` ORDER BY p.id DESC` + first(limit)
}

// hasWords is the condition that a post has the words $3.
const hasWords = ` p.words @@ $3::tsquery AND p.repost_of IS NULL AND`

// Search implements feed.Store.
func (s *FeedStore) Search(ctx context.Context, page feed.Page, words []string) ([]feed.Post, error) {
	if slices.ContainsFunc(words, func(w string) bool { return w == "" || !storable(w) }) {
		return nil, nil // no text has such a word
	}
	args := pageArgs(page, allOf(words))
	posts, err := collect(ctx, s.db, "search recent posts", again, scanPost, recentSearch(page.View, page.Limit), args...)
	if err != nil || len(posts) == page.Limit {
		return posts, err
	}
	return collect(ctx, s.db, "search posts", again, scanPost, wholeSearch(page.View, page.Limit), args...)
}

// allOf returns the words as a tsquery that wants all of them. Each is quoted;
// the quote itself is no part of any word, and doubled in case it were.
func allOf(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(w) + "'"
	}
	return strings.Join(quoted, " & ")
}
