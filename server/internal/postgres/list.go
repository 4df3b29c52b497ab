package postgres

import (
	"context"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/feed"
)

// A list is a query of a Page: $1 is its Before, $2 its Now. Its Limit is a
// number in the text, so that a plan for any values is as good as one for these.

// homePage and authorPage, of the sub $3, are along their indexes.
func homePage(v feed.View, limit int) string {
	return `SELECT ` + postColumns + originalColumns + fromPosts +
		` WHERE p.home < $1 AND` + where(v, 2) + ` ORDER BY p.home DESC` + first(limit)
}

func authorPage(v feed.View, limit int) string {
	return `SELECT ` + postColumns + originalColumns + fromPosts +
		` WHERE p.author = $3 AND p.home < $1 AND` + where(v, 2) + ` ORDER BY p.home DESC` + first(limit)
}

func first(limit int) string { return ` LIMIT ` + strconv.Itoa(limit) }

// Home implements feed.Store.
func (s *FeedStore) Home(ctx context.Context, page feed.Page) ([]feed.Post, error) {
	return collect(ctx, s.db, "read home page", again, scanWithOriginal, homePage(page.View, page.Limit), pageArgs(page)...)
}

// ByAuthor implements feed.Store.
func (s *FeedStore) ByAuthor(ctx context.Context, page feed.Page, sub string) ([]feed.Post, error) {
	if !storable(sub) {
		return nil, nil
	}
	return collect(ctx, s.db, "read posts of author", again, scanWithOriginal, authorPage(page.View, page.Limit), pageArgs(page, sub)...)
}

func pageArgs(page feed.Page, more ...any) []any {
	return append([]any{[16]byte(page.Before), stamp(page.Now)}, more...)
}

// repliesPage is of the replies to $3 that are after $1.
func repliesPage(v feed.View, limit int) string {
	return `SELECT ` + postColumns + fromPosts +
		` WHERE p.parent = $3 AND p.id > $1 AND` + where(v, 2) + ` ORDER BY p.id` + first(limit)
}

// Replies implements feed.Store.
func (s *FeedStore) Replies(ctx context.Context, v feed.View, parent, after uuid.UUID, limit int) ([]feed.Post, error) {
	page := feed.Page{View: v, Before: after, Limit: limit}
	return collect(ctx, s.db, "read replies", again, scanPost, repliesPage(v, limit), pageArgs(page, [16]byte(parent))...)
}

// marks looks up each id by itself: asked with EXISTS, the database would read
// all likes into a table of its own, 588 ms of ten million posts. LIMIT keeps it
// from that.
const marks = `SELECT liked.yes IS NOT NULL, reposted.yes IS NOT NULL
	FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, place)
	LEFT JOIN LATERAL (SELECT p.id FROM posts p WHERE p.id = asked.id AND NOT p.removed LIMIT 1) post ON true
	LEFT JOIN LATERAL (SELECT true AS yes FROM likes l WHERE l.post = post.id AND l.sub = $1 LIMIT 1) liked ON true
	LEFT JOIN LATERAL (SELECT true AS yes FROM posts r
		WHERE r.repost_of = post.id AND r.author = $1 AND NOT r.removed LIMIT 1) reposted ON true
	ORDER BY asked.place`

// Marks implements feed.Store.
func (s *FeedStore) Marks(ctx context.Context, sub string, ids []uuid.UUID) ([]feed.Mark, error) {
	if !storable(sub) {
		return make([]feed.Mark, len(ids)), nil
	}
	scan := func(r pgx.CollectableRow) (m feed.Mark, err error) {
		err = r.Scan(&m.Liked, &m.Reposted)
		return m, err
	}
	return collect(ctx, s.db, "read marks", again, scan, marks, sub, refs(ids))
}
