package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"porchlight/server/internal/feed"
)

// removeSlice removes the posts of the query slice at $1: a repost, and a post
// whose id is too old to be repeated, altogether; of others the texts.
const removeSlice = `gone AS (
		DELETE FROM posts WHERE id = ANY (ARRAY(SELECT id FROM slice)) AND (repost_of IS NOT NULL OR forget <= $1)
	), spent AS (
		UPDATE posts SET removed = true, author = '', handle = '', name = '', message = '', words = NULL
		WHERE id = ANY (ARRAY(SELECT id FROM slice)) AND repost_of IS NULL AND forget > $1
	)`

const (
	ownPost     = `SELECT ` + postColumns + ` FROM posts p WHERE p.id = $1 AND p.author = $2 AND NOT p.removed`
	removedPost = `SELECT ` + postColumns + ` FROM posts p WHERE p.id = $1 AND p.removed`

	// deletePost is for the author $3 of the post $2, which is locked with what
	// it belongs to.
	deletePost = `WITH slice AS (
			SELECT id, parent, audience, repost_of, hidden, likes, reposts FROM posts WHERE id = $2 AND author = $3 AND NOT removed
		), ` + removeSlice + `, counted AS (
			UPDATE posts SET replies = posts.replies - (slice.parent IS NOT NULL AND NOT slice.hidden)::int,
				member_replies = posts.member_replies - (slice.parent IS NOT NULL AND NOT slice.hidden
					AND posts.audience = 'everyone' AND slice.audience = 'members')::int,
				reposts = posts.reposts - (slice.repost_of IS NOT NULL)::int
			FROM slice WHERE posts.id = coalesce(slice.parent, slice.repost_of)
		)
		INSERT INTO leftovers (post) SELECT id FROM slice
		WHERE likes > 0 OR reposts > 0 OR EXISTS (SELECT FROM posts r WHERE r.parent = slice.id AND NOT r.removed)
		ON CONFLICT DO NOTHING`
)

// clearAtOnce is how much of what belonged to posts Delete takes with it. The
// rest is left to the sweeper.
const clearAtOnce = 100

// Delete implements feed.Store.
func (s *FeedStore) Delete(ctx context.Context, v feed.View, sub string, id uuid.UUID) (feed.Post, error) {
	var own, before []feed.Post
	var seen []bool
	var left int64
	posts := func(list *[]feed.Post) func(pgx.Rows) error {
		return func(r pgx.Rows) (err error) {
			*list, err = pgx.CollectRows(r, scanPost)
			return err
		}
	}
	err := s.db.batch(ctx, "delete post", again, func(b *pgx.Batch) {
		b.Queue(lockAbove, ref(id))
		b.Queue(lockPost, ref(id))
		b.Queue(ownPost, ref(id), sub).Query(posts(&own))
		b.Queue(removedPost, ref(id)).Query(posts(&before))
		b.Queue(`SELECT true`+fromPosts+` WHERE p.id = $1 AND`+where(v, 2), ref(id), stamp(v.Now)).Query(func(r pgx.Rows) (err error) {
			seen, err = pgx.CollectRows(r, pgx.RowTo[bool])
			return err
		})
		b.Queue(deletePost, stamp(v.Now), ref(id), sub).Exec(func(tag pgconn.CommandTag) error {
			left = tag.RowsAffected()
			return nil
		})
	})
	switch {
	case err != nil:
		return feed.Post{}, err
	case len(own) > 0:
		if left > 0 {
			// The post is gone whatever comes of this: the sweeper clears too.
			_, _ = s.Clear(ctx, v.Now, clearAtOnce)
		}
		return own[0], nil
	case len(seen) > 0:
		return feed.Post{}, feed.ErrNotAuthor
	case len(before) > 0:
		return before[0], feed.ErrNotFound
	}
	return feed.Post{}, feed.ErrNotFound
}

const (
	expired = ` FROM posts WHERE expires <= $1 AND expires < 'infinity' AND NOT removed ORDER BY expires LIMIT $2`

	// lockCounting locks the posts that count some of what sweepPosts will remove.
	lockCounting = `SELECT FROM posts WHERE id = ANY (ARRAY(SELECT parent` + expired + `)) AND expires > $1
		ORDER BY id FOR NO KEY UPDATE`

	// sweepPosts removes $2 posts that expired at $1. Their reposts expire with
	// them, and their replies then or before; likes are left to Clear. What
	// somebody is changing waits for the next slice. Of the answer only replies
	// that were counted by posts which stay are in the second column.
	sweepPosts = `WITH slice AS (
			SELECT *` + expired + ` FOR UPDATE SKIP LOCKED
		), ` + removeSlice + `, leave AS (
			INSERT INTO leftovers (post) SELECT id FROM slice WHERE likes > 0 ON CONFLICT DO NOTHING
		), fewer AS (
			SELECT parent, count(*) AS n, count(*) FILTER (WHERE audience = 'members') AS of_members
			FROM slice WHERE parent IS NOT NULL AND NOT hidden GROUP BY parent
		), counted AS (
			UPDATE posts SET replies = posts.replies - fewer.n,
				member_replies = posts.member_replies - CASE posts.audience WHEN 'everyone' THEN fewer.of_members ELSE 0 END
			FROM fewer WHERE posts.id = ANY (ARRAY(SELECT parent FROM fewer)) AND posts.id = fewer.parent
				AND posts.expires > $1 AND NOT posts.removed
			RETURNING posts.id
		)
		SELECT counted.id IS NOT NULL, ` + postColumns + ` FROM slice p LEFT JOIN counted ON counted.id = p.parent AND NOT p.hidden`
)

// Sweep implements feed.Store.
func (s *FeedStore) Sweep(ctx context.Context, now time.Time, limit int) (n int, uncounted []feed.Post, err error) {
	err = s.db.batch(ctx, "sweep posts", again, func(b *pgx.Batch) {
		n, uncounted = 0, nil
		b.Queue(lockCounting, stamp(now), limit)
		b.Queue(sweepPosts, stamp(now), limit).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var p feed.Post
				var counted bool
				if err := rows.Scan(append([]any{&counted}, targets(&p)...)...); err != nil {
					return err
				}
				n++
				if counted {
					uncounted = append(uncounted, p)
				}
			}
			return rows.Err()
		})
	})
	if err != nil {
		return 0, nil, err
	}
	return n, uncounted, nil
}

const (
	// clearSlice removes $2 likes, replies and reposts of the first leftovers.
	clearSlice = `WITH posts_left AS (
			SELECT post FROM leftovers ORDER BY post LIMIT $2
		), likes_gone AS (
			DELETE FROM likes USING (
				SELECT l.post, l.sub FROM posts_left
				CROSS JOIN LATERAL (SELECT post, sub FROM likes WHERE likes.post = posts_left.post LIMIT $2) l
				LIMIT $2
			) l WHERE likes.post = l.post AND likes.sub = l.sub RETURNING 1
		), slice AS (
			SELECT below.id, below.likes FROM posts_left
			CROSS JOIN LATERAL (
				(SELECT id, likes FROM posts WHERE parent = posts_left.post AND NOT removed LIMIT $2)
				UNION ALL
				(SELECT id, 0 FROM posts WHERE repost_of = posts_left.post AND NOT removed LIMIT $2)
			) below
			LIMIT $2 - (SELECT count(*) FROM likes_gone)
		), ` + removeSlice + `, leave AS (
			INSERT INTO leftovers (post) SELECT id FROM slice WHERE likes > 0 ON CONFLICT DO NOTHING
		)
		SELECT (SELECT count(*) FROM likes_gone) + (SELECT count(*) FROM slice)`

	// clearDone takes from the first $1 leftovers those of which nothing is left.
	clearDone = `DELETE FROM leftovers f WHERE post = ANY (ARRAY(SELECT post FROM leftovers ORDER BY post LIMIT $1))
		AND NOT EXISTS (SELECT FROM likes WHERE likes.post = f.post)
		AND NOT EXISTS (SELECT FROM posts WHERE posts.parent = f.post AND NOT posts.removed)
		AND NOT EXISTS (SELECT FROM posts WHERE posts.repost_of = f.post AND NOT posts.removed)`
)

// classClear is the advisory lock of the server that clears.
const classClear int32 = 2

// Clear implements feed.Store. What a slice leaves of replies is for the next.
func (s *FeedStore) Clear(ctx context.Context, now time.Time, limit int) (total int, err error) {
	for total < limit {
		n, err := s.clearSlice(ctx, now, limit-total)
		total += n
		if n == 0 || err != nil {
			return total, err
		}
	}
	return total, nil
}

// clearSlice lets one server clear at a time.
func (s *FeedStore) clearSlice(ctx context.Context, now time.Time, limit int) (n int, err error) {
	err = s.db.batch(ctx, "clear leftovers", again, func(b *pgx.Batch) {
		lock(b, classClear, "")
		b.Queue(clearSlice, stamp(now), limit).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
		b.Queue(clearDone, limit)
	})
	return n, err
}

const forgetPosts = `DELETE FROM posts WHERE id = ANY (ARRAY(
	SELECT id FROM posts WHERE removed AND forget <= $1 ORDER BY forget LIMIT $2 FOR UPDATE SKIP LOCKED))`

// Forget implements feed.Store.
func (s *FeedStore) Forget(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.db.exec(ctx, "forget posts", again, forgetPosts, stamp(now), limit)
}
