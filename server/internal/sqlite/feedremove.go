package sqlite

import (
	"context"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/sqlitedb"
)

// clearAtOnce is how much of what belonged to a post Delete takes with it. The
// rest is left to Clear: everyone waits for the writer.
const clearAtOnce = 100

// Delete implements feed.Store.
func (s *FeedStore) Delete(ctx context.Context, v feed.View, sub string, id uuid.UUID) (gone feed.Post, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		gone, err = deletePost(tx, v, sub, id)
		return err
	})
	if err != nil {
		return feed.Post{}, err
	}
	return gone, nil
}

func deletePost(tx *sqlitedb.Tx, v feed.View, sub string, id uuid.UUID) (feed.Post, error) {
	p, err := queryPost(tx, anyPost, id[:])
	if err != nil {
		return feed.Post{}, err
	}
	if p.Author != sub {
		subject := p.Subject()
		if _, err := queryPost(tx, onePost, viewArgs(v, subject[:])...); err != nil {
			return feed.Post{}, err
		}
		return feed.Post{}, feed.ErrNotAuthor
	}
	if _, err := removePost(tx, p, v.Now); err != nil {
		return feed.Post{}, err
	}
	_, err = clearGone(tx, v.Now, clearAtOnce)
	return p, err
}

// removePost removes a post. Its ID stays known for as long as it can be
// repeated, and what belongs to it waits for clearGone. uncounted reports whether
// it is a reply that was counted by a post which has not expired.
func removePost(tx *sqlitedb.Tx, p feed.Post, now time.Time) (uncounted bool, err error) {
	if p.IsRepost() {
		return false, removeRepost(tx, p)
	}
	if until := p.RepeatUntil(); until.After(now) {
		if err := keepSpent(tx, p, until); err != nil {
			return false, err
		}
	}
	if p.IsReply() && !p.Hidden {
		err := tx.Query(countReplies+" RETURNING expires", []any{p.Parent[:], -1, p.Audience}, func(r sqlitedb.Row) error {
			uncounted = r.Null(0) || r.Time(0).After(now)
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	if _, err := tx.Exec(addGone, p.ID[:]); err != nil {
		return false, err
	}
	if _, err := tx.Exec("DELETE FROM post_words WHERE rowid = (SELECT place FROM posts WHERE id = ?)", p.ID[:]); err != nil {
		return false, err
	}
	_, err = tx.Exec("DELETE FROM posts WHERE id = ?", p.ID[:])
	return uncounted, err
}

// keepSpent makes the ID of a post that is being removed known until then.
func keepSpent(tx *sqlitedb.Tx, p feed.Post, until time.Time) error {
	digest, err := digestOf(tx, p)
	if err != nil {
		return err
	}
	const query = "INSERT INTO spent_posts (id, digest, created, until, audience, expires) VALUES (?, ?, ?, ?, ?, ?)"
	_, err = tx.Exec(query, p.ID[:], digest[:], p.Created, until, p.Audience, p.Expires)
	return err
}

// addGone remembers a post that has gone while anything of it is left. The
// counters do not tell: hidden replies are not in them.
const addGone = "INSERT INTO gone_posts (id) SELECT ?1" +
	" WHERE EXISTS (SELECT 1 FROM likes WHERE post = ?1)" +
	" OR EXISTS (SELECT 1 FROM posts WHERE parent = ?1)" +
	" OR EXISTS (SELECT 1 FROM posts WHERE repost_of = ?1)"

func removeRepost(tx *sqlitedb.Tx, p feed.Post) error {
	if _, err := tx.Exec("UPDATE posts SET reposts = reposts - 1 WHERE id = ?", p.RepostOf[:]); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM posts WHERE id = ?", p.ID[:])
	return err
}

// Sweep implements feed.Store.
func (s *FeedStore) Sweep(ctx context.Context, now time.Time, limit int) (n int, uncounted []feed.Post, err error) {
	n, err = s.slice(ctx, now, limit, func(tx *sqlitedb.Tx, now time.Time, limit int) (n int, err error) {
		n, uncounted, err = removeAll(tx, expiredPosts, []any{now, limit}, now)
		return n, err
	})
	if err != nil {
		return 0, nil, err
	}
	return n, uncounted, nil
}

// Clear implements feed.Store.
func (s *FeedStore) Clear(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.slice(ctx, now, limit, clearGone)
}

// Forget implements feed.Store.
func (s *FeedStore) Forget(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.slice(ctx, now, limit, func(tx *sqlitedb.Tx, now time.Time, limit int) (int, error) {
		return tx.Exec(forgetPosts, now, limit)
	})
}

func (s *FeedStore) slice(ctx context.Context, now time.Time, limit int, remove func(*sqlitedb.Tx, time.Time, int) (int, error)) (n int, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n, err = remove(tx, now, limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// The slices of Sweep, Clear and Forget.
const (
	expiredPosts = "SELECT " + postColumns + " FROM posts WHERE expires <= ?1 ORDER BY expires LIMIT ?2"
	goneLikes    = "DELETE FROM likes WHERE (sub, post) IN (SELECT sub, post FROM likes WHERE post = ?1 LIMIT ?2)"
	goneReplies  = "SELECT " + postColumns + " FROM posts WHERE parent = ?1 LIMIT ?2"
	goneReposts  = "SELECT " + postColumns + " FROM posts WHERE repost_of = ?1 LIMIT ?2"
	forgetPosts  = "DELETE FROM spent_posts WHERE id IN" +
		" (SELECT id FROM spent_posts WHERE until <= ?1 ORDER BY until LIMIT ?2)"
)

// removeAll removes the posts of a query, and returns how many they were and
// which of them removePost calls uncounted.
func removeAll(tx *sqlitedb.Tx, query string, args []any, now time.Time) (n int, uncounted []feed.Post, err error) {
	posts, err := queryPosts(tx, query, args)
	if err != nil {
		return 0, nil, err
	}
	for _, p := range posts {
		was, err := removePost(tx, p, now)
		if err != nil {
			return 0, nil, err
		}
		if was {
			uncounted = append(uncounted, p)
		}
	}
	return len(posts), uncounted, nil
}

// clearGone removes at most limit rows that belonged to posts that are gone.
func clearGone(tx *sqlitedb.Tx, now time.Time, limit int) (total int, err error) {
	for total < limit {
		var id []byte
		err := tx.Query("SELECT id FROM gone_posts LIMIT 1", nil, func(r sqlitedb.Row) error {
			id = r.Blob(0)
			return nil
		})
		if err != nil || id == nil {
			return total, err
		}
		n, err := clearPost(tx, id, now, limit-total)
		total += n
		if err != nil {
			return total, err
		}
		if total < limit {
			if _, err := tx.Exec("DELETE FROM gone_posts WHERE id = ?", id); err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// clearPost removes at most limit rows that belonged to one post.
func clearPost(tx *sqlitedb.Tx, id []byte, now time.Time, limit int) (total int, err error) {
	for _, step := range []func(limit int) (int, error){
		func(limit int) (int, error) { return tx.Exec(goneLikes, id, limit) },
		func(limit int) (n int, err error) {
			n, _, err = removeAll(tx, goneReplies, []any{id, limit}, now)
			return n, err
		},
		func(limit int) (n int, err error) {
			n, _, err = removeAll(tx, goneReposts, []any{id, limit}, now)
			return n, err
		},
	} {
		if total == limit {
			return total, nil
		}
		n, err := step(limit - total)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}
