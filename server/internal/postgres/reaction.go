package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/feed"
)

// A change is the middle of a reaction: a statement that begins with a query
// target of the post $1 in the View at $2, has a query changed, and selects how
// many rows that has, and the repost that went or NULL. Before it the post is locked, after it the post is read.
type change struct {
	what string
	v    feed.View
	id   uuid.UUID
	sql  string // what follows target
	args []any  // from $3
}

// lockAbove locks what the post $1 belongs to.
const lockAbove = `SELECT FROM posts WHERE id = (SELECT coalesce(parent, repost_of) FROM posts WHERE id = $1) FOR NO KEY UPDATE`

// shift makes the change in one transaction.
func (s *FeedStore) shift(ctx context.Context, c change) (shift feed.Shift, err error) {
	var changed, tries int
	var gone uuid.UUID
	var posts []feed.Post
	err = s.db.batch(ctx, c.what, again, func(b *pgx.Batch) {
		tries++
		id, now := ref(c.id), stamp(c.v.Now)
		b.Queue(lockAbove, id)
		b.Queue(lockPost, id)
		target := `WITH target AS (` + postInView(c.v, `p.id, p.audience, p.expires, p.parent`) + `), `
		b.Queue(target+c.sql, append([]any{id, now}, c.args...)...).QueryRow(func(r pgx.Row) error { return r.Scan(&changed, (*ref)(&gone)) })
		b.Queue(postInView(c.v, postColumns), id, now).Query(func(r pgx.Rows) (err error) {
			posts, err = pgx.CollectRows(r, scanPost)
			return err
		})
	})
	p, err := found(posts, err)
	if err != nil {
		return feed.Shift{}, err
	}
	return feed.Shift{Post: p, Changed: changed > 0 || tries > 1, Repost: gone}, nil
}

const (
	like = `changed AS (
			INSERT INTO likes (post, sub) SELECT id, $3::text FROM target ON CONFLICT DO NOTHING RETURNING post
		), counted AS (
			UPDATE posts SET likes = likes + 1 WHERE id IN (SELECT post FROM changed)
		) SELECT count(*), NULL::uuid FROM changed`
	unlike = `changed AS (
			DELETE FROM likes USING target WHERE likes.post = target.id AND likes.sub = $3 RETURNING post
		), counted AS (
			UPDATE posts SET likes = likes - 1 WHERE id IN (SELECT post FROM changed)
		) SELECT count(*), NULL::uuid FROM changed`
)

// Like implements feed.Store.
func (s *FeedStore) Like(ctx context.Context, v feed.View, sub string, id uuid.UUID, on bool) (feed.Shift, error) {
	c := change{what: "unlike post", v: v, id: id, sql: unlike, args: []any{sub}}
	if on {
		c.what, c.sql = "like post", like
	}
	return s.shift(ctx, c)
}

const (
	repost = `changed AS (
			INSERT INTO posts (id, author, handle, name, message, created, digest, forget, audience, expires, repost_of)
			SELECT $3::uuid, $4, $5, $6, '', $7::timestamptz, $8::bytea, $9::timestamptz, audience, expires, id FROM target
			ON CONFLICT DO NOTHING RETURNING repost_of
		), counted AS (
			UPDATE posts SET reposts = reposts + 1 WHERE id IN (SELECT repost_of FROM changed)
		) SELECT count(*), NULL::uuid FROM changed`
	unrepost = `changed AS (
			DELETE FROM posts USING target WHERE posts.repost_of = target.id AND posts.author = $3 AND NOT posts.removed
			RETURNING posts.repost_of, posts.id
		), counted AS (
			UPDATE posts SET reposts = reposts - 1 WHERE id IN (SELECT repost_of FROM changed)
		) SELECT count(*), (SELECT id FROM changed) FROM changed`
)

// Repost implements feed.Store.
func (s *FeedStore) Repost(ctx context.Context, v feed.View, r feed.Post) (feed.Shift, error) {
	digest := r.Digest()
	return s.shift(ctx, change{what: "repost post", v: v, id: r.RepostOf, sql: repost,
		args: []any{ref(r.ID), r.Author, r.Handle, r.Name, stamp(r.Created), digest[:], stamp(r.RepeatUntil())}})
}

// Unrepost implements feed.Store.
func (s *FeedStore) Unrepost(ctx context.Context, v feed.View, sub string, id uuid.UUID) (feed.Shift, error) {
	return s.shift(ctx, change{what: "unrepost post", v: v, id: id, sql: unrepost, args: []any{sub}})
}

// hide counts a reply that is hidden no more among its parent's.
const hide = `changed AS (
		UPDATE posts SET hidden = $3 FROM target WHERE posts.id = target.id AND posts.hidden <> $3
		RETURNING posts.parent, posts.audience, CASE WHEN $3 THEN -1 ELSE 1 END AS more
	), counted AS (
		UPDATE posts SET replies = replies + more,
			member_replies = member_replies + more * (posts.audience = 'everyone' AND changed.audience = 'members')::int
		FROM changed WHERE posts.id = changed.parent
	) SELECT count(*), NULL::uuid FROM changed`

// Hide implements feed.Store.
func (s *FeedStore) Hide(ctx context.Context, v feed.View, id uuid.UUID, on bool) (feed.Shift, error) {
	return s.shift(ctx, change{what: "hide post", v: v, id: id, sql: hide, args: []any{on}})
}
