package sqlite

import (
	"context"

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
const postColumns = "posts.id, author, handle, name, message, audience, created, expires," +
	" parent, repost_of, likes, replies, reposts, hidden, member_replies"

func scanPost(r sqlitedb.Row) feed.Post {
	return feed.Post{
		ID: uuid.UUID(r.Blob(0)), Author: r.Text(1), Handle: r.Text(2), Name: r.Text(3),
		Message: r.Text(4), Audience: r.Text(5), Created: r.Time(6), Expires: r.Time(7),
		Parent: idOf(r, 8), RepostOf: idOf(r, 9),
		Likes: int(r.Int(10)), Replies: int(r.Int(11)), Reposts: int(r.Int(12)), Hidden: r.Bool(13),
		MemberReplies: int(r.Int(14)),
	}
}

// idOf returns a column that is an id or NULL.
func idOf(r sqlitedb.Row, i int) uuid.UUID {
	if r.Null(i) {
		return uuid.Nil
	}
	return uuid.UUID(r.Blob(i))
}

// inView is a feed.View in SQL. Its parameters are those of viewArgs.
const inView = " (expires IS NULL OR expires > ?1) AND (?2 OR audience = 'everyone') AND hidden <= ?3"

// What a post belongs to must be in the view too. It is for the same readers or
// more and does not expire before, so only its being there and hidden is asked.
const (
	withParent   = " AND EXISTS (SELECT 1 FROM posts AS t WHERE t.id = posts.parent AND t.hidden <= ?3)"
	withOriginal = " AND (repost_of IS NULL OR EXISTS (SELECT 1 FROM posts AS o WHERE o.id = posts.repost_of AND o.hidden <= ?3" +
		" AND (o.parent IS NULL OR EXISTS (SELECT 1 FROM posts AS t WHERE t.id = o.parent AND t.hidden <= ?3))))"
)

func viewArgs(v feed.View, more ...any) []any {
	hidden := 0
	if v.Moderator {
		hidden = 1
	}
	return append([]any{v.Now, v.Members, hidden}, more...)
}

// The lists. The indexes are named because the table has others on id, without
// the rest.
const (
	homePosts = "SELECT " + postColumns + " FROM posts INDEXED BY posts_home" +
		" WHERE parent IS NULL AND id < ?4 AND" + inView + withOriginal + " ORDER BY id DESC LIMIT ?5"
	authorPosts = "SELECT " + postColumns + " FROM posts INDEXED BY posts_author" +
		" WHERE parent IS NULL AND author = ?6 AND id < ?4 AND" + inView + withOriginal + " ORDER BY id DESC LIMIT ?5"
	replyPosts = "SELECT " + postColumns + " FROM posts INDEXED BY posts_parent" +
		" WHERE parent = ?4 AND id > ?5 AND" + inView + withParent + " ORDER BY id LIMIT ?6"
	onePost = "SELECT " + postColumns + " FROM posts" +
		" WHERE id = ?4 AND repost_of IS NULL AND" + inView + " AND (parent IS NULL OR (1" + withParent + "))"
	anyPost = "SELECT " + postColumns + " FROM posts WHERE id = ?"
)

// queryPosts runs a query whose columns are postColumns.
func queryPosts(tx *sqlitedb.Tx, query string, args []any) ([]feed.Post, error) {
	var posts []feed.Post
	err := tx.Query(query, args, func(r sqlitedb.Row) error {
		posts = append(posts, scanPost(r))
		return nil
	})
	return posts, err
}

// queryPost is queryPosts for the one post that there can be, or
// feed.ErrNotFound.
func queryPost(tx *sqlitedb.Tx, query string, args ...any) (feed.Post, error) {
	posts, err := queryPosts(tx, query, args)
	if err == nil && len(posts) == 0 {
		err = feed.ErrNotFound
	}
	if err != nil {
		return feed.Post{}, err
	}
	return posts[0], nil
}

func (s *FeedStore) list(ctx context.Context, query string, args []any) (posts []feed.Post, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		posts, err = queryPosts(tx, query, args)
		if err != nil {
			return err
		}
		return addOriginals(tx, posts)
	})
	return posts, err
}

// addOriginals gives the reposts their originals.
func addOriginals(tx *sqlitedb.Tx, posts []feed.Post) error {
	for i, p := range posts {
		if !p.IsRepost() {
			continue
		}
		original, err := queryPost(tx, anyPost, p.RepostOf[:])
		if err != nil {
			return err
		}
		posts[i].Original = &original
	}
	return nil
}

// Home implements feed.Store.
func (s *FeedStore) Home(ctx context.Context, page feed.Page) ([]feed.Post, error) {
	return s.list(ctx, homePosts, viewArgs(page.View, page.Before[:], page.Limit))
}

// ByAuthor implements feed.Store.
func (s *FeedStore) ByAuthor(ctx context.Context, page feed.Page, sub string) ([]feed.Post, error) {
	return s.list(ctx, authorPosts, viewArgs(page.View, page.Before[:], page.Limit, sub))
}

// Replies implements feed.Store.
func (s *FeedStore) Replies(ctx context.Context, v feed.View, parent, after uuid.UUID, limit int) ([]feed.Post, error) {
	return s.list(ctx, replyPosts, viewArgs(v, parent[:], after[:], limit))
}

// Post implements feed.Store.
func (s *FeedStore) Post(ctx context.Context, v feed.View, id uuid.UUID) (p feed.Post, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		p, err = queryPost(tx, onePost, viewArgs(v, id[:])...)
		return err
	})
	return p, err
}

// The reader's own reactions, each a look into an index.
const oneMark = "SELECT EXISTS (SELECT 1 FROM likes WHERE sub = ?1 AND post = ?2)," +
	" EXISTS (SELECT 1 FROM posts WHERE repost_of = ?2 AND author = ?1)"

// Marks implements feed.Store.
func (s *FeedStore) Marks(ctx context.Context, sub string, ids []uuid.UUID) ([]feed.Mark, error) {
	marks := make([]feed.Mark, len(ids))
	err := s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		for i, id := range ids {
			err := tx.Query(oneMark, []any{sub, id[:]}, func(r sqlitedb.Row) error {
				marks[i] = feed.Mark{Liked: r.Bool(0), Reposted: r.Bool(1)}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return marks, err
}
