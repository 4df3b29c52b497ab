package postgres

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"porchlight/server/internal/feed"
)

// FeedStore keeps posts and profiles. It is a feed.Store.
type FeedStore struct{ db *db }

var _ feed.Store = (*FeedStore)(nil)

// Feed returns the store of posts and profiles.
func (s *Store) Feed() *FeedStore { return &FeedStore{s.db} }

// lockPost makes whoever else changes the post $1 wait for the end of the
// transaction. It is a statement of its own, so that the next one sees what the
// one before has done. A post is locked before what belongs to it.
const lockPost = `SELECT FROM posts WHERE id = $1 FOR NO KEY UPDATE`

const (
	insertPost = `INSERT INTO posts (id, author, handle, name, message, created, digest, forget, words, audience, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, array_to_tsvector($9::text[]), $10, $11) ON CONFLICT (id) DO NOTHING`

	// insertReply is for no more readers than its parent $12 and for no longer,
	// and counts itself there.
	insertReply = `WITH added AS (
			INSERT INTO posts (id, author, handle, name, message, created, digest, forget, words, audience, expires, parent)
			SELECT $1::uuid, $2, $3, $4, $5, $6::timestamptz, $7::bytea, $8::timestamptz, array_to_tsvector($9::text[]),
				CASE WHEN $10 = 'members' THEN 'members' ELSE audience END, least($11::timestamptz, expires), id
			FROM posts WHERE id = $12 AND parent IS NULL AND repost_of IS NULL AND NOT removed AND NOT hidden AND expires > $6
			ON CONFLICT (id) DO NOTHING RETURNING parent, audience
		)
		UPDATE posts SET replies = replies + 1,
			member_replies = member_replies + (posts.audience = 'everyone' AND added.audience = 'members')::int
		FROM added WHERE posts.id = added.parent`

	// storedPost is what the id $1 stands for, with whether that is what $2
	// digests.
	storedPost = `SELECT p.digest = $2, p.removed, ` + postColumns + ` FROM posts p WHERE p.id = $1`
)

// An insertion is what the batch of an Insert came to.
type insertion struct {
	added, found, same, removed, nested bool
	first                               feed.Post
}

// Insert implements feed.Store.
func (s *FeedStore) Insert(ctx context.Context, p feed.Post) (feed.Shift, error) {
	var in insertion
	tries := 0
	err := s.db.batch(ctx, "insert post", again, func(b *pgx.Batch) {
		tries++
		in = insertion{}
		in.queue(b, p)
	})
	if err != nil {
		return feed.Shift{}, err
	}
	// A second try may have found what the first one did: say so rather once too
	// often than never.
	return in.shift(p, tries > 1)
}

// queue fills the batch.
func (in *insertion) queue(b *pgx.Batch, p feed.Post) {
	digest := p.Digest()
	args := []any{ref(p.ID), p.Author, p.Handle, p.Name, p.Message, stamp(p.Created), digest[:], stamp(p.RepeatUntil()), p.SearchText(), p.Audience, expiry(p.Expires)}
	added := func(tag pgconn.CommandTag) error { in.added = tag.RowsAffected() == 1; return nil }
	if p.IsReply() {
		b.Queue(lockPost, ref(p.Parent))
		b.Queue(insertReply, append(args, ref(p.Parent))...).Exec(added)
		b.Queue(postInView(feed.View{Members: true}, "p.parent IS NOT NULL"), ref(p.Parent), stamp(p.Created)).Query(in.scanNested)
	} else {
		b.Queue(insertPost, args...).Exec(added)
	}
	b.Queue(storedPost, ref(p.ID), digest[:]).Query(in.scanStored)
}

// scanNested reads whether the parent, if it is there, is a reply itself.
func (in *insertion) scanNested(rows pgx.Rows) error {
	nested, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	in.nested = slices.Contains(nested, true)
	return err
}

// scanStored reads what the id stands for now.
func (in *insertion) scanStored(rows pgx.Rows) error {
	for rows.Next() {
		in.found = true
		if err := rows.Scan(append([]any{&in.same, &in.removed}, targets(&in.first)...)...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// shift says what the insertion of p came to.
func (in *insertion) shift(p feed.Post, unsure bool) (feed.Shift, error) {
	switch {
	case in.found && !in.same:
		return feed.Shift{}, feed.ErrConflict
	case in.found && in.removed:
		p.Audience, p.Created, p.Expires = in.first.Audience, in.first.Created, in.first.Expires
		return feed.Shift{Post: p}, nil
	case in.found:
		return feed.Shift{Post: in.first, Changed: in.added || unsure}, nil
	case in.nested:
		return feed.Shift{}, feed.ErrNested
	}
	return feed.Shift{}, feed.ErrNotFound
}

// Post implements feed.Store.
func (s *FeedStore) Post(ctx context.Context, v feed.View, id uuid.UUID) (feed.Post, error) {
	posts, err := collect(ctx, s.db, "read post", again, scanPost, postInView(v, postColumns), ref(id), stamp(v.Now))
	return found(posts, err)
}

// found returns the one thing there can be, or feed.ErrNotFound.
func found[T any](list []T, err error) (v T, _ error) {
	if err != nil {
		return v, err
	}
	if len(list) == 0 {
		return v, feed.ErrNotFound
	}
	return list[0], nil
}
