package postgres

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/feed"
)

// Columns of a post p, and of the original of a repost, above, which other
// posts lack.
const (
	postColumns = `p.id, p.author, p.handle, p.name, p.message, p.audience, p.created, p.expires,
		p.parent, p.repost_of, p.likes, p.replies, p.member_replies, p.reposts, p.hidden`
	originalColumns = `, above.id, coalesce(above.author, ''), coalesce(above.handle, ''), coalesce(above.name, ''),
		coalesce(above.message, ''), coalesce(above.audience, ''), above.created, above.expires,
		above.parent, above.repost_of, coalesce(above.likes, 0), coalesce(above.replies, 0),
		coalesce(above.member_replies, 0), coalesce(above.reposts, 0), coalesce(above.hidden, false)`
)

// targets are where the columns of a post go.
func targets(p *feed.Post) []any {
	return []any{
		(*ref)(&p.ID), &p.Author, &p.Handle, &p.Name, &p.Message, &p.Audience, (*stamp)(&p.Created), (*stamp)(&p.Expires),
		(*ref)(&p.Parent), (*ref)(&p.RepostOf), &p.Likes, &p.Replies, &p.MemberReplies, &p.Reposts, &p.Hidden,
	}
}

// scanPost reads postColumns.
func scanPost(r pgx.CollectableRow) (p feed.Post, err error) {
	err = r.Scan(targets(&p)...)
	return p, err
}

// scanWithOriginal reads postColumns and originalColumns.
func scanWithOriginal(r pgx.CollectableRow) (p feed.Post, err error) {
	var original feed.Post
	err = r.Scan(append(targets(&p), targets(&original)...)...)
	if p.IsRepost() && original.ID != uuid.Nil {
		p.Original = &original
	}
	return p, err
}

// fromPosts joins a post p with what it belongs to, above: the parent of a
// reply, the original of a repost. top is the parent of an original that is a
// reply. They are found by their primary keys.
const fromPosts = ` FROM posts p
	LEFT JOIN posts above ON above.id = coalesce(p.parent, p.repost_of)
	LEFT JOIN posts top ON top.id = above.parent`

// where returns the condition of the View on fromPosts. now is the number of
// the parameter that is View.Now. What belongs to something is for the
// readers of it or fewer and ends with it or before, so these are looked at once.
func where(v feed.View, now int) string {
	audience, hidden, aboveHidden, topHidden := ` AND p.audience = 'everyone'`, ` AND NOT p.hidden`, ` AND NOT above.hidden`, ` AND NOT top.hidden`
	if v.Members {
		audience = ""
	}
	if v.Moderator {
		hidden, aboveHidden, topHidden = "", "", ""
	}
	return fmt.Sprintf(` NOT p.removed AND p.expires > $%d`, now) + audience + hidden + `
		AND (p.parent IS NULL AND p.repost_of IS NULL OR NOT above.removed` + aboveHidden + `)
		AND (above.parent IS NULL OR NOT top.removed` + topHidden + `)`
}

// postInView is the post $1 at $2, unless it is a repost.
func postInView(v feed.View, columns string) string {
	return `SELECT ` + columns + fromPosts + ` WHERE p.id = $1 AND p.repost_of IS NULL AND` + where(v, 2)
}
