package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A tab is a page of the site in a browser profile of its own.
type tab struct {
	*watch
	t       *testing.T
	ctx     context.Context
	browser *browser
	server  *server
	plain   bool // scripts are off
}

// open opens an empty tab for the server in a new profile, as of somebody who
// was never here. The test fails at its end for what the watch noted.
func open(t *testing.T, s *server) *tab {
	t.Helper()
	b, err := shared.browser()
	if errors.Is(err, errNoChromium) {
		missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.tab(t, s, chromedp.WithNewBrowserContext())
}

// beside opens an empty tab for the server, in the same profile.
func (p *tab) beside(s *server) *tab {
	p.t.Helper()
	profile := chromedp.FromContext(p.ctx).BrowserContextID
	return p.browser.tab(p.t, s, chromedp.WithExistingBrowserContext(profile))
}

// tab opens an empty tab in the browser's own profile, unless an option says
// otherwise.
func (b *browser) tab(t *testing.T, s *server, options ...chromedp.ContextOption) *tab {
	t.Helper()
	p := &tab{t: t, browser: b, server: s, watch: &watch{host: s.host()}}
	ctx, cancel := chromedp.NewContext(b.ctx, append(options, chromedp.WithListener(p.see))...)
	p.ctx = ctx
	p.do("open a tab")
	t.Cleanup(func() {
		p.keepCookies()
		if t.Failed() {
			p.lastPicture()
		}
		cancel()
		problems, console := p.seen()
		for _, problem := range problems {
			t.Errorf("the page: %s", problem)
		}
		if t.Failed() && len(console) > 0 {
			t.Logf("console of the page:\n%s", strings.Join(console, "\n"))
		}
	})
	p.do("watch the page", call(audits.Enable, cdp.Empty{}))
	return p
}

// call makes an action of a command of the browser.
func call[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// do runs actions, which together must be done in time.
func (p *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx := p.ctx
	if len(steps) > 0 { // the first, empty, Do binds the tab to its context
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(p.ctx, patience)
		defer cancel()
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// scriptsOff switches the scripts of pages off.
func (p *tab) scriptsOff() {
	p.t.Helper()
	p.plain = true
	p.do("switch scripts off", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// scriptsOn switches them on again, from the next page on.
func (p *tab) scriptsOn() {
	p.t.Helper()
	p.plain = false
	p.do("switch scripts on", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}))
}

// screen sets the size of the window and the colour scheme, "light" or "dark".
func (p *tab) screen(width, height int64, scheme string) {
	p.t.Helper()
	options := []chromedp.EmulateViewportOption{chromedp.EmulateScale(1)}
	if width < 600 {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	p.do("resize", chromedp.EmulateViewport(width, height, options...),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		}))
}

// load opens a path of the site, and waits for no program.
func (p *tab) load(path string) {
	p.t.Helper()
	p.do("load "+path, chromedp.Navigate(p.server.url+path))
}

// visit opens a path of the site and waits until the page is ready. At the
// front door that is some seconds: load does where the program is not the point.
func (p *tab) visit(path string) {
	p.t.Helper()
	p.load(path)
	p.ready()
}

// reload loads the page again.
func (p *tab) reload() {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
	p.ready()
}

// ready waits until the browser program has taken the page over, where there
// is one and scripts are on.
func (p *tab) ready() {
	p.t.Helper()
	if p.plain {
		return
	}
	p.wait("the program to run", `(state => {
		if (document.querySelector("script[data-start=soon]")) dispatchEvent(new Event("pointermove")); // who is about to press something
		return state === undefined || state === "running";
	})(document.documentElement.dataset.program)`)
}

// wait waits until the JavaScript expression is true, on this page or on one
// that it leads to.
func (p *tab) wait(what, expression string) {
	p.t.Helper()
	p.seek(what, expression, func(v json.RawMessage) bool { return string(v) == "true" })
}

// at waits until the address is the path, its query included.
func (p *tab) at(path string) {
	p.t.Helper()
	p.wait("the address to become "+path, fmt.Sprintf(`location.pathname + location.search === %s && document.readyState === "complete"`, quote(path)))
	p.ready()
}

// shows waits until the text stands, visibly, in what the selector finds.
func (p *tab) shows(selector, text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("%q in %s", text, selector), fmt.Sprintf(
		`[...document.querySelectorAll(%s)].some(e => e.checkVisibility() && e.innerText.includes(%s))`, quote(selector), quote(text)))
}

// lacks waits until nothing that the selector finds has the text.
func (p *tab) lacks(selector, text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("%q to be gone from %s", text, selector), fmt.Sprintf(
		`![...document.querySelectorAll(%s)].some(e => e.checkVisibility() && e.innerText.includes(%s))`, quote(selector), quote(text)))
}

// read returns the value of an expression, once it has one.
func read[T any](p *tab, expression string) T {
	p.t.Helper()
	var value T
	p.seek("a value of "+expression, expression, func(v json.RawMessage) bool { return json.Unmarshal(v, &value) == nil })
	return value
}

// seek evaluates the expression until good says so. An exception, null and
// undefined mean not yet: the page may be on its way to the next one. A promise
// is waited for.
func (p *tab) seek(what, expression string, good func(json.RawMessage) bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last string
	for {
		value, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAsValue, chromedp.EvalAwaitPromise))
		if err == nil && len(value) > 0 && string(value) != "null" && good(value) {
			return
		}
		if ctx.Err() == nil {
			last = fmt.Sprintf("%s, %v", value, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("waited %v for %s; last seen: %s\nat %s", patience, what, last, p.where())
		}
	}
}

// where says where the page is, for a failure.
func (p *tab) where() string {
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 600)`))
	if err != nil {
		return err.Error()
	}
	return text
}

// keepCookies counts the cookies of the tab among the secrets.
func (p *tab) keepCookies() {
	for _, c := range p.cookies() {
		p.server.log.secret("a cookie", c.Value)
	}
}

// cookies returns what the browser would send to the server.
func (p *tab) cookies() []*network.Cookie {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{p.server.url}})
	if err != nil {
		return nil // the tab has gone
	}
	return answer.Cookies
}

// quote makes a JavaScript string of s.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string
	}
	return string(b)
}
