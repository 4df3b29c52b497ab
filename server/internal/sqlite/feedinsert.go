package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/sqlitedb"
	"porchlight/shared/api"
)

// Insert implements feed.Store.
func (s *FeedStore) Insert(ctx context.Context, p feed.Post) (done feed.Shift, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		done, err = insertPost(tx, p)
		return err
	})
	return done, err
}

func insertPost(tx *sqlitedb.Tx, p feed.Post) (feed.Shift, error) {
	first, found, err := earlierPost(tx, p)
	if err != nil || found {
		return feed.Shift{Post: first}, err
	}
	if p.IsReply() {
		parent, err := parentOf(tx, p)
		if err != nil {
			return feed.Shift{}, err
		}
		p.Audience, p.Expires = parent.Audience, parent.Expires
		if _, err := tx.Exec("UPDATE posts SET replies = replies + 1 WHERE id = ?", p.Parent[:]); err != nil {
			return feed.Shift{}, err
		}
	}
	place, err := addWords(tx, p)
	if err != nil {
		return feed.Shift{}, err
	}
	return feed.Shift{Post: p, Changed: true}, storePost(tx, p, place)
}

const storeOne = "INSERT INTO posts (id, author, handle, name, message, audience, created, expires, parent, repost_of, place)" +
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// storePost writes the row of a new post. place is where its words are, and nil
// without any.
func storePost(tx *sqlitedb.Tx, p feed.Post, place any) error {
	var parent, repostOf []byte
	if p.IsReply() {
		parent = p.Parent[:]
	}
	if p.IsRepost() {
		repostOf = p.RepostOf[:]
	}
	_, err := tx.Exec(storeOne, p.ID[:], p.Author, p.Handle, p.Name, p.Message, p.Audience,
		p.Created, p.Expires, parent, repostOf, place)
	return err
}

// earlierPost looks for a post of p's ID, among those that are there and those
// that were removed.
func earlierPost(tx *sqlitedb.Tx, p feed.Post) (first feed.Post, found bool, err error) {
	first, err = queryPost(tx, anyPost, p.ID[:])
	switch {
	case errors.Is(err, feed.ErrNotFound):
		return spentPost(tx, p)
	case err != nil:
		return first, false, err
	case first.IsRepost() || first.Digest() != p.Digest():
		return first, true, feed.ErrConflict
	}
	return first, true, nil
}

// spentPost looks for p among the posts that were removed.
func spentPost(tx *sqlitedb.Tx, p feed.Post) (spent feed.Post, found bool, err error) {
	const query = "SELECT digest, created, audience, expires FROM spent_posts WHERE id = ?"
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
		if !r.Null(2) {
			p.Audience, p.Expires = r.Text(2), r.Time(3)
		}
		return nil
	})
	return p, found, err
}

// parentOf returns the post that a new reply answers.
func parentOf(tx *sqlitedb.Tx, p feed.Post) (feed.Post, error) {
	v := feed.View{Members: true, Now: p.Created}
	parent, err := queryPost(tx, onePost, viewArgs(v, p.Parent[:])...)
	if err == nil && parent.IsReply() {
		err = feed.ErrNested
	}
	return parent, err
}

// placeBits is how many bits of a place number the posts of one millisecond.
const placeBits = 15

// errCrowded refuses a post in a millisecond that has no place left.
var errCrowded = fmt.Errorf("%d posts in one millisecond", 1<<placeBits)

// lastPlace is the place in a range that was given last.
const lastPlace = "SELECT max(place) FROM posts WHERE place >= ?1 AND place < ?2"

// forEveryone is a word that no text has: it marks the posts that guests find.
const forEveryone = "\ue000"

// addWords puts a new post into the search and returns its place.
func addWords(tx *sqlitedb.Tx, p feed.Post) (any, error) {
	first := firstPlace(p.ID)
	place := first
	err := tx.Query(lastPlace, []any{first, first + 1<<placeBits}, func(r sqlitedb.Row) error {
		if !r.Null(0) {
			place = r.Int(0) + 1
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if place >= first+1<<placeBits {
		return nil, errCrowded
	}
	words := p.SearchText()
	if p.Audience == api.AudienceEveryone {
		words = append(words, forEveryone)
	}
	_, err = tx.Exec("INSERT INTO post_words (rowid, words) VALUES (?, ?)", place, strings.Join(words, " "))
	return place, err
}
