package sqlite

import (
	"context"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/sqlitedb"
)

// react runs change on the post with the ID, if it is in the view, and returns
// the post as it is then.
func (s *FeedStore) react(ctx context.Context, v feed.View, id uuid.UUID, change func(tx *sqlitedb.Tx, p feed.Post) (changed bool, err error)) (done feed.Shift, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		p, err := queryPost(tx, onePost, viewArgs(v, id[:])...)
		if err != nil {
			return err
		}
		changed, err := change(tx, p)
		if err != nil {
			return err
		}
		done.Changed = changed
		done.Post, err = queryPost(tx, anyPost, id[:])
		return err
	})
	if err != nil {
		return feed.Shift{}, err
	}
	return done, nil
}

const (
	addLike    = "INSERT INTO likes (sub, post) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
	removeLike = "DELETE FROM likes WHERE sub = ?1 AND post = ?2"
	countLikes = "UPDATE posts SET likes = likes + ?2 WHERE id = ?1"
)

// Like implements feed.Store.
func (s *FeedStore) Like(ctx context.Context, v feed.View, sub string, id uuid.UUID, on bool) (feed.Shift, error) {
	query, by := addLike, 1
	if !on {
		query, by = removeLike, -1
	}
	return s.react(ctx, v, id, func(tx *sqlitedb.Tx, p feed.Post) (bool, error) {
		n, err := tx.Exec(query, sub, id[:])
		if err != nil || n == 0 {
			return false, err
		}
		_, err = tx.Exec(countLikes, id[:], by)
		return true, err
	})
}

const (
	ownRepost    = "SELECT " + postColumns + " FROM posts WHERE repost_of = ? AND author = ?"
	countReposts = "UPDATE posts SET reposts = reposts + 1 WHERE id = ?"
)

// Repost implements feed.Store.
func (s *FeedStore) Repost(ctx context.Context, v feed.View, r feed.Post) (feed.Shift, error) {
	return s.react(ctx, v, r.RepostOf, func(tx *sqlitedb.Tx, p feed.Post) (bool, error) {
		own, err := queryPosts(tx, ownRepost, []any{p.ID[:], r.Author})
		if err != nil || len(own) > 0 {
			return false, err
		}
		r.Audience, r.Expires = p.Audience, p.Expires
		if err := storePost(tx, r, nil, nil); err != nil {
			return false, err
		}
		_, err = tx.Exec(countReposts, p.ID[:])
		return true, err
	})
}

// Unrepost implements feed.Store.
func (s *FeedStore) Unrepost(ctx context.Context, v feed.View, sub string, id uuid.UUID) (feed.Shift, error) {
	var gone uuid.UUID
	done, err := s.react(ctx, v, id, func(tx *sqlitedb.Tx, p feed.Post) (bool, error) {
		own, err := queryPosts(tx, ownRepost, []any{id[:], sub})
		if err != nil || len(own) == 0 {
			return false, err
		}
		gone = own[0].ID
		return true, removeRepost(tx, own[0])
	})
	if err == nil {
		done.Repost = gone
	}
	return done, err
}

const hidePost = "UPDATE posts SET hidden = ?2 WHERE id = ?1 AND hidden <> ?2"

// Hide implements feed.Store.
func (s *FeedStore) Hide(ctx context.Context, v feed.View, id uuid.UUID, on bool) (feed.Shift, error) {
	by := 1
	if on {
		by = -1
	}
	return s.react(ctx, v, id, func(tx *sqlitedb.Tx, p feed.Post) (bool, error) {
		n, err := tx.Exec(hidePost, id[:], on)
		if err != nil || n == 0 {
			return false, err
		}
		if p.IsReply() {
			_, err = tx.Exec(countReplies, p.Parent[:], by, p.Audience)
		}
		return true, err
	})
}
