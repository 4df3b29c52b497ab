package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// posts is a list of posts. It is a component so that a key pressed in the
// form above it does not draw the list again.
type posts struct {
	app.Compo
	List    []api.Post
	Pending []api.Post // shown first, as being on their way
	Now     time.Time
}

// Render draws the list.
func (c *posts) Render() app.UI {
	items := make([]app.UI, 0, len(c.Pending)+len(c.List))
	for _, post := range c.Pending {
		items = append(items, article(post, c.Now, true))
	}
	for _, post := range c.List {
		items = append(items, article(post, c.Now, false))
	}
	return el("div", at{"class", "posts"}, items...)
}

// article is one post.
func article(post api.Post, now time.Time, pending bool) app.UI {
	class, when := "card post", moment(post.Created, ago(now, post.Created))
	if pending {
		class, when = "card post pending", el("span", nil, text("on its way…"))
	}
	return el("article", at{"class", class, "data-post", post.ID},
		avatar(post.Author, post.Name),
		el("div", at{"class", "said"},
			el("header", at{"class", "by"},
				el("h2", at{"class", "name", "dir", "auto"}, text(post.Name)),
				el("span", at{"class", "handle"}, text("@"+post.Handle)),
				el("span", at{"class", "when"}, when),
			),
			el("p", at{"class", "message", "dir", "auto"}, text(post.Message)),
			terms(post, now),
		),
	)
}

// terms says for how long a post stays and who can read it.
func terms(post api.Post, now time.Time) app.UI {
	var audience app.UI
	if post.Audience == api.AudienceMembers {
		audience = el("span", at{"class", "badge"}, lock(), el("span", nil, text("Members only")))
	}
	fades := el("span", at{"class", "fades"}, text("stays"))
	if post.Expires != nil {
		fades = el("span", at{"class", "fades"}, text("fades "), moment(*post.Expires, in(now, *post.Expires)))
	}
	return el("footer", at{"class", "terms"}, audience, fades)
}
