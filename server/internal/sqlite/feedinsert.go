package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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
	var digest []byte
	if p.IsReply() {
		asked := p.Digest()
		digest = asked[:]
		if p, err = addReply(tx, p); err != nil {
			return feed.Shift{}, err
		}
	}
	place, err := addWords(tx, p)
	if err != nil {
		return feed.Shift{}, err
	}
	return feed.Shift{Post: p, Changed: true}, storePost(tx, p, place, digest)
}

// countReplies gives a post ?2 replies for ?3 more.
const countReplies = "UPDATE posts SET replies = replies + ?2," +
	" member_replies = member_replies + ?2 * (audience = 'everyone' AND ?3 = 'members') WHERE id = ?1"

// addReply counts a new reply and returns it as it is to be stored: for no more
// readers than its post, and for no longer.
func addReply(tx *sqlitedb.Tx, p feed.Post) (feed.Post, error) {
	parent, err := parentOf(tx, p)
	if err != nil {
		return p, err
	}
	if p.Audience != api.AudienceMembers {
		p.Audience = parent.Audience
	}
	if p.Expires.IsZero() || !parent.Expires.IsZero() && parent.Expires.Before(p.Expires) {
		p.Expires = parent.Expires
	}
	_, err = tx.Exec(countReplies, p.Parent[:], 1, p.Audience)
	return p, err
}

const storeOne = "INSERT INTO posts (id, author, handle, name, message, audience, created, expires, parent, repost_of, place, digest)" +
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// storePost writes the row of a new post. place is where its words are, and nil
// without any; digest is the Digest that a reply had before it got what it has,
// and nil of others.
func storePost(tx *sqlitedb.Tx, p feed.Post, place any, digest []byte) error {
	var parent, repostOf []byte
	if p.IsReply() {
		parent = p.Parent[:]
	}
	if p.IsRepost() {
		repostOf = p.RepostOf[:]
	}
	_, err := tx.Exec(storeOne, p.ID[:], p.Author, p.Handle, p.Name, p.Message, p.Audience,
		p.Created, p.Expires, parent, repostOf, place, digest)
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
	case first.IsRepost():
		return first, true, feed.ErrConflict
	}
	digest, err := digestOf(tx, first)
	if err == nil && digest != p.Digest() {
		err = feed.ErrConflict
	}
	return first, true, err
}

// digestOf returns the Digest of what the author of a stored post has sent. The
// replies of before there was one in the row asked for nothing.
func digestOf(tx *sqlitedb.Tx, p feed.Post) (digest [32]byte, err error) {
	if p.IsReply() {
		p.Audience, p.Expires = "", time.Time{}
	}
	digest = p.Digest()
	if !p.IsReply() {
		return digest, nil
	}
	err = tx.Query("SELECT digest FROM posts WHERE id = ? AND digest IS NOT NULL", []any{p.ID[:]}, func(r sqlitedb.Row) error {
		digest = [32]byte(r.Blob(0))
		return nil
	})
	return digest, err
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
