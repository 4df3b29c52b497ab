package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/outbox"
	"porchlight/shared/api"
)

// entry is a post as it stands in a list.
type entry struct {
	Post api.Post
	// Waiting says why the server does not have it yet; "" is that it has.
	Waiting string
	// Problem is why the server refused it.
	Problem *api.Problem
	// Asked is set where the page asks about the post: nothing else can be done
	// with it there.
	Asked bool
}

// posts is a list of posts. It is a component so that a key pressed in the
// form above it does not draw the list again.
type posts struct {
	app.Compo
	List   []entry
	Viewer viewer
	Now    time.Time
	Next   string // the address of the page, to come back to
	Sleep  sleep

	p *Program
}

// viewer is what a list has to know of who reads it.
type viewer struct {
	Sub       string
	Moderator bool
}

// posts makes a list of entries, as this reader sees them now.
func (p *Program) posts(list []entry) app.UI {
	c := &posts{List: list, Now: p.now().Truncate(10 * time.Second), Next: p.address(), Sleep: p.sleep, p: p}
	if p.session != nil {
		c.Viewer = viewer{p.session.Subject, p.session.Moderator()}
	}
	return c
}

// Render draws the list.
func (c *posts) Render() app.UI {
	items := make([]app.UI, 0, len(c.List))
	for i, e := range c.List {
		items = append(items, &card{Entry: e, Asleep: c.Sleep.holds(i, e), Viewer: c.Viewer, Now: c.Now, Next: c.Next, p: c.p})
	}
	return el("div", at{"class", "posts"}, items...)
}

// card is one post. What it shows is in its exported fields: go-app hands them
// on to the card that stands at the same place, which may have shown another.
type card struct {
	app.Compo
	Entry  entry
	Asleep bool
	Viewer viewer
	Now    time.Time
	Next   string

	p     *Program
	slept *entry // what it fell asleep with; nil when it is awake
}

// shown is the post whose text is read: of a repost, the original.
func (c *card) shown() api.Post {
	if o := c.Entry.Post.Original; o != nil {
		return *o
	}
	return c.Entry.Post
}

// Render draws the post.
func (c *card) Render() app.UI {
	if c.sleeps() {
		return c.article()
	}
	post := c.shown()
	return c.article(
		avatar(post.Author, post.Name),
		el("div", at{"class", "said"},
			c.again(),
			el("header", at{"class", "by"},
				el("h2", at{"class", "name", "dir", "auto"}, link("", api.UserPath(post.Handle), called(post.Name))),
				el("span", at{"class", "handle"}, text("@"+post.Handle)),
				el("span", at{"class", "when"}, c.when(post)),
			),
			message(post.Message),
			terms(post, c.Now),
			c.below(post),
		),
	)
}

// cardParts is how many elements Render puts into the article.
const cardParts = 2

func (c *card) article(parts ...app.UI) app.UI {
	class := "card post"
	if c.Entry.Waiting != "" || c.Entry.Problem != nil {
		class = "card post pending"
	}
	id := c.Entry.Post.ID
	return el("article", at{"class", class, "id", mark(id), "data-post", id, "data-asleep", flag(c.slept != nil)}, parts...)
}

// mark is the id of the post's element.
func mark(id string) string { return "p-" + id }

// again says who shows a post again.
func (c *card) again() app.UI {
	if c.Entry.Post.RepostOf == "" {
		return nil
	}
	by := c.Entry.Post
	return el("p", at{"class", "reposted"}, arrows(),
		el("span", at{"dir", "auto"}, link("", api.UserPath(by.Handle), called(by.Name)), text(" reposted")))
}

func (c *card) when(post api.Post) app.UI {
	switch {
	case c.Entry.Problem != nil:
		return el("span", nil, text("not sent"))
	case c.Entry.Waiting != "":
		return el("span", nil, text(c.Entry.Waiting))
	}
	return el("a", at{"href", api.PostPath(post.ID)}, moment(post.Created, ago(c.Now, post.Created)))
}

// terms says for how long a post stays and who can read it.
func terms(post api.Post, now time.Time) app.UI {
	var audience, hidden app.UI
	if post.Audience == api.AudienceMembers {
		audience = el("span", at{"class", "badge"}, lock(), el("span", nil, text("Members only")))
	}
	if post.Hidden {
		hidden = el("span", at{"class", "badge bad"}, text("Hidden by a moderator"))
	}
	fades := el("span", at{"class", "fades"}, text("stays"))
	if post.Expires != nil {
		fades = el("span", at{"class", "fades"}, text("fades "), moment(*post.Expires, in(now, *post.Expires)))
	}
	return el("footer", at{"class", "terms"}, audience, hidden, fades)
}

// below is what can be done with the post.
func (c *card) below(post api.Post) app.UI {
	switch {
	case c.Entry.Problem != nil:
		return c.refused()
	case c.Entry.Waiting != "" || c.Entry.Asked:
		return nil
	}
	var reply app.UI
	if post.Parent == "" {
		reply = el("a", at{"class", "act", "href", api.PostPath(post.ID), "aria-label", count(post.Replies, "answer") + ": read and write"},
			bubble(), number(post.Replies))
	}
	return el("div", at{"class", "acts"},
		reply,
		c.toggle(toggle{act: api.ActLike, label: "Like, " + count(post.Likes, "like"), n: post.Likes, on: post.Liked, icon: heart(post.Liked), press: c.onLike}),
		c.toggle(toggle{act: api.ActRepost, label: "Repost, " + count(post.Reposts, "repost"), n: post.Reposts, on: post.Reposted, icon: arrows(), press: c.onRepost}),
		c.extra(post),
	)
}

// toggle is a button that does something to a post or takes it back.
type toggle struct {
	act, label string
	n          int
	on         bool
	icon       app.UI
	press      app.EventHandler
}

func (c *card) toggle(t toggle) app.UI {
	class := "act"
	if t.on {
		class = "act on"
	}
	return c.act(t.act, !t.on, t.press, el("button", at{"type", "submit", "class", class,
		"aria-pressed", strconv.FormatBool(t.on), "aria-label", t.label}, t.icon, number(t.n)))
}

// act is the plain form behind a button.
func (c *card) act(act string, do bool, press app.EventHandler, button app.UI) app.UI {
	next := c.Next
	if post := c.shown(); next == api.PostPath(post.ID) {
		next = "" // the server's own choice
	} else {
		next += "#" + mark(c.Entry.Post.ID)
	}
	return on("submit", press, el("form", at{"method", "post", "action", api.PostPath(c.shown().ID) + act},
		hidden("on", strconv.FormatBool(do)), hidden("next", next), button))
}

// ask is the plain form of a button whose act cannot be taken back without the
// program: it leads to a page that asks first.
func (c *card) ask(act string, press app.EventHandler, button app.UI) app.UI {
	return on("submit", press, el("form", at{"action", api.PostPath(c.shown().ID) + act},
		hidden("next", c.Next+"#"+mark(c.Entry.Post.ID)), button))
}

// number is a counter; nothing is no number.
func number(n int) app.UI {
	if n <= 0 {
		return nil
	}
	return el("span", nil, text(strconv.Itoa(n)))
}

// extra holds what few may do. It opens without the program.
func (c *card) extra(post api.Post) app.UI {
	var remove, hide app.UI
	if c.Viewer.Sub != "" && c.Viewer.Sub == post.Author {
		remove = c.ask(api.ActDelete, c.onDelete, el("button", at{"type", "submit", "class", "button small danger"}, text("Delete")))
	}
	if c.Viewer.Moderator {
		label := "Hide"
		if post.Hidden {
			label = "Show again"
		}
		hide = c.act(api.ActHidden, !post.Hidden, c.onHide, el("button", at{"type", "submit", "class", "button small"}, text(label)))
	}
	if remove == nil && hide == nil {
		return nil
	}
	return el("details", nil,
		el("summary", at{"class", "act", "aria-label", "More"}, dots()),
		el("div", at{"class", "menu"}, remove, hide),
	)
}

// refused says why a post was refused, and what can become of its text.
func (c *card) refused() app.UI {
	words := c.Entry.Problem.Error()
	if errs := c.Entry.Problem.Errors; len(errs) > 0 {
		words = errs[0].Detail
	}
	var edit app.UI
	if !failed(c.p.page) { // there is a form
		edit = on("click", c.onEdit, el("button", at{"type", "button", "class", "button small"}, text("Edit")))
	}
	return el("div", at{"class", "problem", "role", "alert"},
		para("", "Not sent: "+words),
		el("p", at{"class", "actions"}, edit,
			on("click", c.onDiscard, el("button", at{"type", "button", "class", "button small danger"}, text("Discard")))),
	)
}

func (c *card) onLike(_ app.Context, e app.Event) {
	e.PreventDefault()
	c.p.press(outbox.Like, c.shown(), !c.shown().Liked)
}

func (c *card) onRepost(_ app.Context, e app.Event) {
	e.PreventDefault()
	c.p.press(outbox.Repost, c.shown(), !c.shown().Reposted)
}

func (c *card) onHide(ctx app.Context, e app.Event) {
	e.PreventDefault()
	closeMenu(ctx)
	c.p.press(outbox.Hide, c.shown(), !c.shown().Hidden)
}

func (c *card) onDelete(ctx app.Context, e app.Event) {
	e.PreventDefault()
	closeMenu(ctx)
	c.p.remove(c.shown())
}

// closeMenu closes the menu of the button: its element may show another post
// next.
func closeMenu(ctx app.Context) {
	if menu := ctx.JSSrc().Call("closest", "details"); menu.Truthy() {
		menu.Set("open", false)
	}
}

func (c *card) onEdit(app.Context, app.Event)    { c.p.edit(c.Entry.Post.ID) }
func (c *card) onDiscard(app.Context, app.Event) { c.p.discard(c.Entry.Post.ID) }
