package ui

import (
	"net/url"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/device"
	"porchlight/shared/api"
)

// Root is the component of every address: the shell around a screen. There is
// one for as long as the tab lives, so what is dispatched to it is never lost.
type Root struct {
	app.Compo
	// Path is the address that is shown, without its query.
	Path string

	p *Program
}

// Root returns what go-app asks for a component when somebody goes to path.
func (p *Program) Root(path string) func() app.Composer {
	return func() app.Composer { return p.root(path) }
}

// root opens the page at path. The first one is the page that the server made,
// whatever its address: a refused form is shown at the address it was sent to.
func (p *Program) root(path string) *Root {
	switch {
	case p.live && path != p.page.Path:
		p.page = api.Page{Path: path, Local: p.page.Local}
		p.begun = p.now()
		p.flash, p.leaving = nil, nil
	case !p.live && p.page.Path == "":
		p.page.Path = path
	}
	return &Root{Path: p.page.Path, p: p}
}

// Render draws the page.
func (r *Root) Render() app.UI {
	p := r.p
	class := ""
	if p.page.Path == api.PathHome || p.page.Path == api.PathAccount || listed(p.page.Path) {
		class = "wide"
	}
	return el("div", at{"id", "porch"},
		link("skip", "#main", "Skip to the page"),
		p.header(),
		el("main", at{"id", "main", "class", class}, p.notices(), p.screen()),
		p.footer(),
		p.undo(),
	)
}

// screen draws what belongs to the address. Rev makes go-app draw a screen
// again when the program has changed.
func (p *Program) screen() app.UI {
	if failed(p.page) {
		return p.failure()
	}
	if id, ok := postOf(p.page.Path); ok {
		return &thread{p: p, Rev: p.rev, Of: id}
	}
	if id, ok := removalOf(p.page.Path); ok {
		return &removal{p: p, Rev: p.rev, Of: id}
	}
	if _, ok := userOf(p.page.Path); ok {
		return &profile{p: p, Rev: p.rev}
	}
	switch p.page.Path {
	case api.PathSignIn:
		return &signin{p: p, Rev: p.rev, form: form{id: "signin"}}
	case api.PathSignUp:
		return &signup{p: p, Rev: p.rev, form: form{id: "signup"}}
	case api.PathConfirm:
		return &confirm{p: p, Rev: p.rev, form: form{id: "confirm"}}
	case api.PathRecover:
		return &recovery{p: p, Rev: p.rev, form: form{id: "recover"}}
	case api.PathRecoverConfirm:
		return &renewal{p: p, Rev: p.rev, form: form{id: "renew"}}
	case api.PathSearch:
		return &search{p: p, Rev: p.rev}
	case api.PathAccount:
		return newAccount(p)
	}
	return &feed{p: p, Rev: p.rev}
}

// OnMount wakes the program: it has taken over the page.
func (r *Root) OnMount(ctx app.Context) {
	p := r.p
	if p.live {
		return
	}
	p.stage = stage{
		dispatch: func(f func()) { ctx.Dispatch(func(app.Context) { f() }) },
		after:    func(f func()) { ctx.Defer(func(app.Context) { f() }) },
		async:    func(f func()) { go f() },
		draw:     device.Draw,
		navigate: func(destination string, back bool) { p.travel(ctx, destination, back) },
	}
	p.wake()
	p.listen()
}

// OnNav opens the page that an address names. The first address is that of the
// page which is there.
func (r *Root) OnNav(ctx app.Context) {
	if r.p.opened {
		r.p.open(ctx.Page().URL())
	}
	r.p.opened = true
}

// wake begins what only a browser does. From here on the clock is this
// browser's: what a page of an hour ago, come back from a cache, says of the
// time is no measure for it.
func (p *Program) wake() {
	p.begun = loaded(p.Now())
	p.live = true
	p.rev++
	p.tick()
	p.countPage()
	p.wakeFeed()
	p.watchLive()
	if p.sleepers > 0 {
		p.hold()
		p.rouse()
	}
}

// loaded returns when, by this browser's clock, the page came: with the document,
// or into one that was there (web/js/send.js).
func loaded(now time.Time) time.Time {
	if came := app.Window().Get("pageCame"); came.Truthy() {
		return time.UnixMilli(int64(came.Float()))
	}
	origin := app.Window().Get("performance").Get("timeOrigin")
	if !origin.Truthy() {
		return now
	}
	return time.UnixMilli(int64(origin.Float()))
}

// tick draws again what is said in words about time: each second while
// something counts down.
func (p *Program) tick() {
	d := 15 * time.Second
	if p.now().Before(p.counting) {
		d = time.Second
	}
	if p.timer != nil { // always the same one: two would tick for ever
		p.timer.Reset(d)
		return
	}
	p.timer = time.AfterFunc(d, func() {
		p.dispatch(func() {
			p.rev++
			p.still() // posts leave when their time is over
			p.tick()
		})
	})
}

// open follows an address: what its query says, what the page has to fetch,
// where the focus goes.
func (p *Program) open(u *url.URL) {
	p.rev++
	p.Typed, p.page.Problem = nil, nil
	p.page.Thread, p.page.Profile, p.page.Search, p.place = nil, nil, nil, place{}
	p.query(u)
	p.page.Delivery, p.delivery = p.delivery, nil
	p.countPage()
	if p.lead() {
		return
	}
	p.watchLive()
	switch p.page.Path {
	case api.PathHome:
		p.openFeed(p.page.Form["before"])
	case api.PathAccount:
		p.openAccount()
	}
	if listed(p.page.Path) {
		p.openPlace()
	}
	p.learn()
	p.present()
}

// query takes from an address what its page begins with, as the server does.
func (p *Program) query(u *url.URL) {
	q := u.Query()
	p.page.Form = map[string]string{"next": api.SafeNext(q.Get("next"))}
	for _, name := range []string{"email", "before", "after"} {
		if v := q.Get(name); v != "" && len(v) <= api.MaxEmailBytes && api.ValidText(v) {
			p.page.Form[name] = v
		}
	}
	if words, wrong := api.CheckQuery(q.Get("q")); words != "" && wrong == "" {
		p.page.Form["q"] = words
	}
	p.page.Notice = q.Get("notice")
}

// lead takes people on from where they have nothing to do, as the server does.
func (p *Program) lead() bool {
	switch p.page.Path {
	case api.PathSignIn, api.PathSignUp, api.PathRecover:
		if p.session != nil {
			p.navigate(p.page.Form["next"], true)
			return true
		}
	}
	if _, asks := removalOf(p.page.Path); (asks || p.page.Path == api.PathAccount) && p.known && p.session == nil {
		p.navigate(withNext(api.PathSignIn, p.page.Path), true)
		return true
	}
	return false
}

// present tells of a page that has been opened: its title, and its heading to
// who cannot see it.
func (p *Program) present() {
	title := Title(p.page)
	p.after(func() {
		document().Set("title", title)
		if h, ok := element("title"); ok {
			h.Call("focus", map[string]any{"preventScroll": true})
		}
	})
}
