package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/sqlitedb"
)

// searchPosts finds posts from the newest millisecond down. The first table is
// fixed by CROSS JOIN: the words find the posts, never the other way round.
const searchPosts = "SELECT " + postColumns + " FROM post_words AS w CROSS JOIN posts INDEXED BY posts_place ON posts.place = w.rowid" +
	" WHERE post_words MATCH ?4 AND w.rowid < ?5 AND" + inView +
	" AND (parent IS NULL OR (1" + withParent + ")) ORDER BY w.rowid DESC"

// errEnough ends a query whose further rows are not needed.
var errEnough = errors.New("enough rows")

// Search implements feed.Store. Places order posts by their millisecond only,
// so those of the last one are read to its end and put in order here.
func (s *FeedStore) Search(ctx context.Context, page feed.Page, words []string) ([]feed.Post, error) {
	var posts []feed.Post
	args := viewArgs(page.View, matchAll(words, page.Members), endPlace(page.Before))
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query(searchPosts, args, func(r sqlitedb.Row) error {
			p := scanPost(r)
			if n := len(posts); n >= page.Limit && milliseconds(p.ID) != milliseconds(posts[n-1].ID) {
				return errEnough
			}
			if slices.Compare(p.ID[:], page.Before[:]) < 0 {
				posts = append(posts, p)
			}
			return nil
		})
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	slices.SortFunc(posts, func(a, b feed.Post) int { return slices.Compare(b.ID[:], a.ID[:]) })
	return posts[:min(len(posts), page.Limit)], nil
}

// matchAll is the FTS5 query for posts that have all the words. A word has
// letters, digits and symbols only (feed.Words); in quotes it is a string and
// never an operator ("FTS5 Strings" in the SQLite documentation), and should
// one have a quote after all, it is doubled.
func matchAll(words []string, members bool) string {
	if !members {
		words = append([]string{forEveryone}, words...)
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = `"` + strings.ReplaceAll(w, `"`, `""`) + `"`
	}
	return strings.Join(quoted, " ")
}

// firstPlace is the first place of the ID's millisecond.
func firstPlace(id uuid.UUID) int64 { return milliseconds(id) << placeBits }

// endPlace is the first place after the ID's millisecond. uuid.Max has the last
// millisecond there is, after which no place is left.
func endPlace(id uuid.UUID) int64 {
	if next := milliseconds(id) + 1; next < 1<<48 {
		return next << placeBits
	}
	return math.MaxInt64
}

// milliseconds returns the time in a UUIDv7 (RFC 9562 section 5.7).
func milliseconds(id uuid.UUID) int64 { return int64(binary.BigEndian.Uint64(id[:8]) >> 16) }
