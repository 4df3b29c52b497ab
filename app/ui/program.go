package ui

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/client"
	"porchlight/app/device"
	"porchlight/app/live"
	"porchlight/app/outbox"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// Config says what a Program begins with. All but Page is needed in the browser
// only.
type Config struct {
	// Page is what the server knew. An empty Path is the shell, which knows
	// nothing.
	Page api.Page
	// Kept is the device's copy of the feed when the shell shows it already.
	Kept *device.Snapshot
	// Standing says that the document shows Page, or Kept, already: the program
	// takes its nodes over.
	Standing bool
	// Typed is what stood in the page's inputs, by name, when the program woke.
	Typed  map[string]string
	API    *client.Client
	Device *device.Device
	Outbox *outbox.Box
	// Live tells of what changes on the server; nil is that nothing does.
	Live *live.Reader
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Program is what one browser tab knows. All of it belongs to the goroutine
// that draws; do brings the answers of the server there.
type Program struct {
	Config
	stage

	page   api.Page  // the page that is shown; its Session, Feed and Sessions are not kept up
	begun  time.Time // when the page was opened
	opened bool      // the first page is there
	rev    int       // counts changes, so that screens know when to draw

	session *claims.Display // who is signed in; nil is a guest
	known   bool            // the server said so; otherwise the device did, or nobody
	reader  int             // counts changes of who is signed in

	sleep    sleep
	sleepers int // posts that sleep

	home     home
	place    place
	queue    queue
	stream   stream
	draft    string            // the post that is being written
	replies  map[string]string // the replies that are, by the ID of what they answer
	writer   string            // sub of who writes
	delivery *api.Delivery
	sessions []api.Session

	offline  bool         // the last call did not reach the server
	cut      bool         // the browser says that there is no network
	outdated bool         // the server wants a newer program; the boot script tells of those that wait
	leaving  func()       // leaves after all, when signing out waits for a word about what was not sent
	flash    *api.Problem // why the last press of a button in the shell failed
	counting time.Time    // something on the page counts down until then
	timer    *time.Timer
}

// stage is what a Program needs of the browser. Before the program wakes, and
// on the server, it is empty.
type stage struct {
	live     bool
	dispatch func(f func())                      // runs f on the goroutine that draws, then draws
	async    func(f func())                      // runs f on another goroutine
	after    func(f func())                      // runs f when the page is drawn
	draw     func() string                       // makes a drawing of the page for the device
	navigate func(destination string, back bool) // back: take the place of this page in the history
}

// New returns a program that shows c.Page.
func New(c Config) *Program {
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Program{Config: c, page: c.Page, begun: c.Page.Now, replies: map[string]string{}}
	p.session, p.known = c.Page.Session, knows(c.Page)
	if !c.Standing {
		p.sleep.Awake = everyone
	}
	p.home = home{feed: c.Page.Feed, before: c.Page.Form["before"]}
	if c.Page.Feed != nil {
		p.home.when = c.Page.Now
	}
	if c.Page.Path == api.PathHome && c.Page.Feed == nil {
		p.home.wrong = c.Page.Problem
	}
	p.stream.since = c.Page.Live
	if k := c.Kept; k != nil && c.Page.Path == "" {
		p.session, p.home.feed, p.home.when = k.Session, &k.Feed, k.When
		p.page.Now = c.Now()
	}
	p.sessions = c.Page.Sessions
	parent, _ := postOf(c.Page.Path)
	p.setDraft(parent, c.Page.Form["message"])
	return p
}

// now is the time by which the page is drawn: at first the server's, so that
// the browser draws what the server drew, then the browser's.
func (p *Program) now() time.Time {
	if !p.live {
		return p.page.Now
	}
	return p.Now()
}

// do runs work away from the goroutine that draws, and there what it returns.
func (p *Program) do(work func(ctx context.Context) (then func())) {
	p.async(func() {
		then := work(context.Background())
		p.dispatch(func() {
			if then != nil {
				then()
			}
			p.rev++
		})
	})
}

// told makes a problem of any error of the client, and draws conclusions from
// it: that the network is gone, that the program is old.
func (p *Program) told(err error) *api.Problem {
	if problem, ok := errors.AsType[*api.Problem](err); ok {
		p.reached()
		return problem
	}
	switch {
	case errors.Is(err, client.ErrOffline):
		p.offline = true
		return &api.Problem{Title: "Offline", Detail: "You are offline. Nothing you typed is lost: try again when the network is back."}
	case errors.Is(err, client.ErrOutdated):
		p.outdated = true
		return &api.Problem{Title: "Outdated", Detail: "This page is older than the server. Reload it to go on."}
	}
	return &api.Problem{Title: "Unexpected answer", Detail: "The server's answer could not be read. Try again in a moment."}
}

// reached notes that the server has answered. What was on its way when the
// browser lost its network may still come; that is no news of one.
func (p *Program) reached() { p.offline = p.cut }

// countTo keeps the page ticking until t.
func (p *Program) countTo(t time.Time) {
	if t.After(p.counting) {
		p.counting = t
	}
	if p.timer != nil {
		p.timer.Reset(time.Second)
	}
}

// countPage keeps the page ticking for what the server said to wait for.
func (p *Program) countPage() {
	if d := p.page.Delivery; d != nil {
		p.countTo(p.begun.Add(seconds(d.ResendAfter)))
	}
	if problem := p.page.Problem; problem != nil {
		p.countTo(p.begun.Add(seconds(problem.RetryAfter)))
	}
}

// seconds is how waits are told on the wire.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// field returns what an input begins with: what was typed before the program
// woke, or what the server put there.
func (p *Program) field(name string) string {
	if typed, ok := p.Typed[name]; ok {
		return typed
	}
	return p.page.Form[name]
}

// shows reports whether the program shows the address itself.
func shows(path string) bool { return listed(path) || slices.Contains(Paths(), path) }

// withNext adds a page to come back to.
func withNext(path, next string) string {
	if next = api.SafeNext(next); next == api.PathHome {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

// document is the browser's; on the server its methods do nothing.
func document() app.Value { return app.Window().Get("document") }

// element returns the element with the id; ok is false when there is none.
func element(id string) (e app.Value, ok bool) {
	e = app.Window().GetElementByID(id)
	return e, e.Truthy()
}

// knows reports whether the page says who reads it: the shell and errors don't.
func knows(p api.Page) bool {
	return p.Path != "" && !failed(p) && (p.Path != api.PathHome || p.Feed != nil)
}

// failed reports whether the page is an error and nothing else. A form that
// was refused is a page with a problem beside it, and so are a feed that could
// not be read and a form that did not reach the server, which has no status.
func failed(p api.Page) bool {
	switch {
	case p.Path == "" || p.Path == api.PathHome:
		return false
	case !shows(p.Path):
		return true
	case listed(p.Path):
		return p.Problem != nil && empty(p) && p.Problem.Field("q") == ""
	}
	return p.Problem != nil && p.Problem.Status != 0 && len(p.Problem.Errors) == 0 && len(p.Form) == 0 && p.Session == nil
}

// missing reports whether an error page says that there is no such page.
func missing(p api.Page) bool {
	return p.Problem == nil || p.Problem.OfKind(api.ProblemNotFound)
}
