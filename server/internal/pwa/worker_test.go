package pwa

import (
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// Expressions about new versions. waits is a promise.
const (
	waits     = `navigator.serviceWorker.getRegistration().then(r => Boolean(r.waiting))`
	announced = `document.getElementById("update").textContent.includes("new version")`
)

// After one visit the site starts without a network, also at addresses that
// were never visited.
func testOffline(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	b := openTab(t)
	b.open(s.URL + "/")
	b.wait(running + " && " + kept)
	if n := s.count("GET " + s.pwa.Load().assets["app.wasm"].path); n != 1 {
		t.Errorf("the program was downloaded %d times, want once", n)
	}
	b.quiet()
	s.Close()
	for _, path := range []string{"/", "/other?utm=1#part"} {
		b.open(s.URL + path)
		b.wait(running + ` && document.querySelector("h1").textContent === "Page " + location.pathname`)
		if title := eval[string](b, "document.title"); title != "Shell" {
			t.Errorf("offline %s is %q, want the shell", path, title)
		}
	}
	b.quiet()
}

// A first installation is no news; a new release is, and nothing that was typed
// is lost over it.
func testUpdate(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	b := openTab(t)
	b.open(s.URL + "/signin")
	b.wait(running + " && " + kept)
	if eval[bool](b, announced) {
		t.Error("the first installation was announced")
	}
	b.do(chromedp.SendKeys(chromedp.CSS("[name=message]"), "half a sen"))
	s.release(t, web, "2")
	b.js(`goappTryUpdate()`)
	b.wait(announced)
	if got := eval[string](b, `document.querySelector("[name=message]").value`); got != "half a sen" {
		t.Errorf("message = %q after the announcement", got)
	}
	b.js(`window.old = true; document.querySelector("#update button").click()`)
	b.wait("window.old !== true && " + running)
	if got := eval[string](b, `document.querySelector("[name=message]").value`); got != "half a sen" {
		t.Errorf("message = %q after the reload", got)
	}
	b.wait(`!` + announced)
	if n := eval[int](b, `caches.keys().then(k => k.length)`); n != 1 {
		t.Errorf("%d caches after the update, want 1", n)
	}
	b.quiet()
}

// rest stops the workers, as a browser does with those that have nothing to do,
// unless somebody debugs them, which this test does.
func (b *tab) rest() {
	b.t.Helper()
	for _, command := range []cdp.Command[cdp.Empty, cdp.Empty]{serviceworker.Enable, serviceworker.StopAllWorkers} {
		if _, err := chromedp.Call(b.ctx, command, cdp.Empty{}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// Whoever reloads by other means has the new version too, and is told nothing.
func testReload(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	b := openTab(t)
	b.open(s.URL + "/")
	b.wait(running + " && " + kept)
	s.release(t, web, "2")
	b.js(`goappTryUpdate()`)
	b.wait(announced)
	for range 5 { // a worker that is stopped before it has heard is asked by the next page
		b.open(s.URL + "/other")
		b.wait(running)
		time.Sleep(300 * time.Millisecond)
		b.rest()
		time.Sleep(300 * time.Millisecond)
		if !eval[bool](b, waits) {
			break
		}
	}
	b.wait(waits + ".then(w => !w)")
	if eval[bool](b, announced) {
		t.Error("the release was announced to a page of that release")
	}
	b.wait(`caches.keys().then(k => k.length === 1)`)
	b.quiet()
}

// A release of which one file is missing leaves the old one working, with its
// files, and is not announced. Caches of others stay.
func testBrokenUpdate(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	b := openTab(t)
	b.open(s.URL + "/")
	b.wait(running + " && " + kept)
	b.js(`caches.open("theirs")`)
	s.release(t, web, "2")
	s.gone.Store(PathShell)
	s.forget()
	b.js(`goappTryUpdate()`)
	s.await(t, "GET "+PathShell)
	b.wait(`navigator.serviceWorker.getRegistration().then(r => !r.installing && !r.waiting)`)
	if eval[bool](b, announced) {
		t.Error("a broken release was announced")
	}
	if names := eval[[]string](b, `caches.keys()`); len(names) != 2 {
		t.Errorf("caches = %v, want the old release's and theirs", names)
	}
	s.Close()
	b.open(s.URL + "/other")
	b.wait(running + ` && document.querySelector("h1").textContent === "Page /other"`)
}

// With Save-Data the front door stays plain, and other pages load the program
// when somebody does something.
func testSaveData(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	b := openTab(t)
	if _, err := chromedp.Call(b.ctx, emulation.SetDataSaverOverride, emulation.SetDataSaverOverrideParams{DataSaverEnabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	program := "GET " + s.pwa.Load().assets["app.wasm"].path
	for _, path := range []string{"/signin", "/other"} {
		b.open(s.URL + path)
		b.wait(`document.readyState === "complete"`)
		time.Sleep(500 * time.Millisecond) // nothing is awaited
		if n := s.count(program); n != 0 {
			t.Errorf("%s downloaded the program", path)
		}
	}
	b.do(chromedp.Click(chromedp.CSS("h1")))
	b.wait(running)
	b.quiet()
}

// A browser looks for the manifest in the head: it is there as the page comes,
// for browsers without scripts, and again when the page has rested.
func testManifest(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	b := openTab(t)
	const follow = `window.stood = [];
		new MutationObserver(() => {
			const where = document.querySelector("link[rel=manifest]")?.parentNode.localName;
			if (where && window.stood.at(-1)?.where !== where) window.stood.push({ where, at: performance.now() });
		}).observe(document, { childList: true, subtree: true });`
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: follow}); err != nil {
		t.Fatal(err)
	}
	for path, rest := range map[string]float64{"/signin": 1000, "/other": 0} {
		b.open(s.URL + path)
		b.wait(`stood.length === 3`)
		stood := eval[[]struct {
			Where string
			At    float64
		}](b, `stood`)
		if stood[0].Where != "head" || stood[1].Where != "body" || stood[2].Where != "head" || stood[2].At-stood[1].At < rest {
			t.Errorf("%s: the manifest's link stood in %v, want it out of the head for %v ms", path, stood, rest)
		}
	}
	b.quiet()
}

// The front door's form can be used while the program is still on its way.
func testFirstPaint(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	hold := make(chan struct{})
	s.hold.Store(&hold)
	defer close(hold)
	b := openTab(t)
	b.open(s.URL + "/signin")
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("[name=message]"), "x")); err != nil {
		t.Fatal(err)
	}
	b.wait(`document.documentElement.dataset.program === "loading"`)
	late := eval[bool](b, `performance.getEntriesByType("resource").every(e =>
		!/wasm|takeover/.test(e.name) || e.startTime >= performance.getEntriesByName("first-contentful-paint")[0].startTime)`)
	if !late {
		t.Error("the program's download began before the first paint")
	}
	b.quiet()
}

// The program leaves whoever only reads alone for a while and is there at once
// for who reaches for the page. At the front door it waits for who types.
func testWanted(t *testing.T, web fs.FS) {
	const rest = 2900 // ms, and a little more
	s := newSite(t, web)
	b := openTab(t)
	ran := func(act string) float64 {
		b.open(s.URL + "/other")
		b.js(`new MutationObserver(() => { if (document.documentElement.dataset.program === "running") window.ran ??= performance.now(); })
			.observe(document.documentElement, { attributes: true });` + act)
		b.wait(running + " && window.ran > 0")
		return eval[float64](b, "window.ran")
	}
	if at := ran(""); at < rest {
		t.Errorf("nobody touched the page, and the program started after %.0f ms", at)
	}
	for _, act := range []string{"pointermove", "pointerdown", "keydown"} {
		at := rest + 1.0
		for try := 0; try < 3 && at > rest; try++ { // the machine may be busy
			at = ran(`dispatchEvent(new Event("` + act + `"))`)
		}
		if at > rest {
			t.Errorf("after %s the program started after %.0f ms", act, at)
		}
	}

	b.open(s.URL + "/signin")
	state := eval[string](b, `new Promise(done => {
		const typing = setInterval(() => dispatchEvent(new Event("keydown")), 100);
		setTimeout(() => { clearInterval(typing); done(document.documentElement.dataset.program); }, 2000);
	})`)
	if state != "waiting" {
		t.Errorf("while somebody types at the front door the program is %s, want waiting", state)
	}
	b.wait(running)
	b.quiet()
}
