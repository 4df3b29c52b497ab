package ui

import (
	"math"
	"reflect"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// sleep is how far a program is in taking over the posts of the page that it
// woke on. To mount them all at once holds a phone's page for half a second: so
// each keeps the nodes that the server made until its turn comes, one a frame.
// What a post that sleeps does is what a page without scripts does; a press in
// it wakes it out of turn.
type sleep struct {
	Awake int    // so many posts from the top of a list are awake
	First string // the ID of one that is, out of turn
}

// everyone is Awake when nobody sleeps.
const everyone = math.MaxInt

// holds reports whether the post at place i of a list is to sleep on.
func (s sleep) holds(i int, e entry) bool { return i >= s.Awake && e.Post.ID != s.First }

// OnInit lets a post sleep that the page shows already.
func (c *card) OnInit() {
	if c.Asleep && !c.p.live {
		was := c.Entry
		c.slept = &was
		c.p.sleepers++
	}
}

// sleeps reports whether the post sleeps on. One that has changed wakes, for it
// has to show it.
func (c *card) sleeps() bool {
	if c.slept == nil {
		return false
	}
	if c.Asleep && reflect.DeepEqual(*c.slept, c.Entry) {
		return true
	}
	c.slept = nil
	c.p.sleepers--
	if e := c.JSValue(); e != nil {
		app.Window().Call("takeOver", e, cardParts) // web/js/takeover.js
	}
	return false
}

// rouse wakes one post after the other.
func (p *Program) rouse() {
	p.rev++
	if p.sleepers == 0 {
		p.sleep = sleep{Awake: everyone}
		return
	}
	p.sleep.Awake++
	time.AfterFunc(time.Millisecond, func() { p.dispatch(p.rouse) })
}

// hold keeps the browser from sending a form of a post that sleeps: the post
// wakes, and what was pressed is pressed again.
func (p *Program) hold() {
	document().Call("addEventListener", "submit", app.FuncOf(func(_ app.Value, args []app.Value) any {
		event := args[0]
		form, button := event.Get("target"), event.Get("submitter")
		post := form.Call("closest", "[data-asleep]")
		if !post.Truthy() {
			return nil
		}
		event.Call("preventDefault")
		id := post.Get("dataset").Get("post").String()
		p.dispatch(func() {
			p.sleep.First = id
			p.rev++
			// Not on the goroutine that draws: that has to hear of the press.
			p.after(func() { p.async(func() { form.Call("requestSubmit", button) }) })
		})
		return nil
	}), true)
}
