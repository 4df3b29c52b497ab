package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/sqlitedb"
)

// FeedStore keeps posts and profiles. It is a feed.Store.
type FeedStore struct{ db *sqlitedb.DB }

var _ feed.Store = (*FeedStore)(nil)

// Feed returns the store of posts and profiles.
func (s *Store) Feed() *FeedStore { return &FeedStore{s.db} }

// postColumns are the columns that scanPost reads.
const postColumns = "id, author, handle, name, message, audience, created, expires"

func scanPost(r sqlitedb.Row) feed.Post {
	return feed.Post{
		ID: uuid.UUID(r.Blob(0)), Author: r.Text(1), Handle: r.Text(2), Name: r.Text(3),
		Message: r.Text(4), Audience: r.Text(5), Created: r.Time(6), Expires: r.Time(7),
	}
}

// Insert implements feed.Store.
func (s *FeedStore) Insert(ctx context.Context, p feed.Post) (stored feed.Post, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		stored, err = insertPost(tx, p)
		return err
	})
	return stored, err
}

func insertPost(tx *sqlitedb.Tx, p feed.Post) (feed.Post, error) {
	if spent, found, err := spentPost(tx, p); err != nil || found {
		return spent, err
	}
	n, err := tx.Exec("INSERT INTO posts ("+postColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		p.ID[:], p.Author, p.Handle, p.Name, p.Message, p.Audience, p.Created, p.Expires)
	if err != nil || n == 1 {
		return p, err
	}
	var first feed.Post
	err = tx.Query("SELECT "+postColumns+" FROM posts WHERE id = ?", []any{p.ID[:]}, func(r sqlitedb.Row) error {
		first = scanPost(r)
		return nil
	})
	if err == nil && first.Digest() != p.Digest() {
		err = feed.ErrConflict
	}
	return first, err
}

// spentPost looks for p among the posts that were removed.
func spentPost(tx *sqlitedb.Tx, p feed.Post) (spent feed.Post, found bool, err error) {
	const query = "SELECT digest, created FROM spent_posts WHERE id = ?"
	err = tx.Query(query, []any{p.ID[:]}, func(r sqlitedb.Row) error {
		found = true
		if [32]byte(r.Blob(0)) != p.Digest() {
			return feed.ErrConflict
		}
		lifetime := p.Lifetime()
		p.Created = r.Time(1)
		if lifetime > 0 {
			p.Expires = p.Created.Add(lifetime)
		}
		return nil
	})
	return p, found, err
}

// The home page, for guests and for members. The index is named because the
// table has another one on id, without the rest.
const (
	homeMembers = "SELECT " + postColumns + " FROM posts INDEXED BY posts_home" +
		" WHERE parent IS NULL AND id < ?1 AND (expires IS NULL OR expires > ?2)" +
		" ORDER BY id DESC LIMIT ?3"
	homeGuests = "SELECT " + postColumns + " FROM posts INDEXED BY posts_home" +
		" WHERE parent IS NULL AND id < ?1 AND (expires IS NULL OR expires > ?2) AND audience = 'everyone'" +
		" ORDER BY id DESC LIMIT ?3"
)

// Home implements feed.Store.
func (s *FeedStore) Home(ctx context.Context, page feed.Page) ([]feed.Post, error) {
	query := homeGuests
	if page.Members {
		query = homeMembers
	}
	posts := make([]feed.Post, 0, page.Limit)
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query(query, []any{page.Before[:], page.Now, page.Limit}, func(r sqlitedb.Row) error {
			posts = append(posts, scanPost(r))
			return nil
		})
	})
	return posts, err
}

// Sweep implements feed.Store.
func (s *FeedStore) Sweep(ctx context.Context, now time.Time, limit int) (n int, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n, err = sweepPosts(tx, now, limit)
		return err
	})
	return n, err
}

// Forget implements feed.Store.
func (s *FeedStore) Forget(ctx context.Context, now time.Time, limit int) (n int, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n, err = tx.Exec(forgetPosts, now, limit)
		return err
	})
	return n, err
}

// The slices of Sweep and Forget.
const (
	expiredPosts = "SELECT " + postColumns + " FROM posts WHERE expires <= ?1 ORDER BY expires LIMIT ?2"
	forgetPosts  = "DELETE FROM spent_posts WHERE id IN" +
		" (SELECT id FROM spent_posts WHERE until <= ?1 ORDER BY until LIMIT ?2)"
)

func sweepPosts(tx *sqlitedb.Tx, now time.Time, limit int) (int, error) {
	var expired []feed.Post
	err := tx.Query(expiredPosts, []any{now, limit}, func(r sqlitedb.Row) error {
		expired = append(expired, scanPost(r))
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, p := range expired {
		if err := spendPost(tx, p, now); err != nil {
			return 0, err
		}
	}
	return len(expired), nil
}

// spendPost removes a post and remembers its id as long as it can be repeated.
func spendPost(tx *sqlitedb.Tx, p feed.Post, now time.Time) error {
	if until := p.RepeatUntil(); until.After(now) {
		digest := p.Digest()
		const query = "INSERT INTO spent_posts (id, digest, created, until) VALUES (?, ?, ?, ?)"
		if _, err := tx.Exec(query, p.ID[:], digest[:], p.Created, until); err != nil {
			return err
		}
	}
	_, err := tx.Exec("DELETE FROM posts WHERE id = ?", p.ID[:])
	return err
}

const (
	profileBySub    = "SELECT sub, handle, name FROM profiles WHERE sub = ?"
	profileByHandle = "SELECT sub, handle, name FROM profiles WHERE handle = ?"
)

// AddProfile implements feed.Store.
func (s *FeedStore) AddProfile(ctx context.Context, p feed.Profile, now time.Time) (stored feed.Profile, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		stored, err = queryProfile(tx, profileBySub, p.Sub)
		if !errors.Is(err, feed.ErrNotFound) {
			return err
		}
		stored = p
		_, err := tx.Exec("INSERT INTO profiles (sub, handle, name, created) VALUES (?, ?, ?, ?)", p.Sub, p.Handle, p.Name, now)
		if errors.Is(err, sqlitedb.ErrConstraint) {
			return fmt.Errorf("%w: %w", feed.ErrHandleTaken, err)
		}
		return err
	})
	if err != nil {
		return feed.Profile{}, err
	}
	return stored, nil
}

// Profile implements feed.Store.
func (s *FeedStore) Profile(ctx context.Context, sub string) (feed.Profile, error) {
	return s.readProfile(ctx, profileBySub, sub)
}

// ProfileOf implements feed.Store.
func (s *FeedStore) ProfileOf(ctx context.Context, handle string) (feed.Profile, error) {
	return s.readProfile(ctx, profileByHandle, handle)
}

func (s *FeedStore) readProfile(ctx context.Context, query, arg string) (p feed.Profile, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		p, err = queryProfile(tx, query, arg)
		return err
	})
	return p, err
}

func queryProfile(tx *sqlitedb.Tx, query, arg string) (p feed.Profile, err error) {
	found := false
	err = tx.Query(query, []any{arg}, func(r sqlitedb.Row) error {
		p, found = feed.Profile{Sub: r.Text(0), Handle: r.Text(1), Name: r.Text(2)}, true
		return nil
	})
	if err == nil && !found {
		err = feed.ErrNotFound
	}
	return p, err
}
