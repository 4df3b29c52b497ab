package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/page"

	"porchlight/shared/api"
)

// early notes in what state the program was when the first post stood there,
// and whether ages were shown.
const early = `new MutationObserver(() => {
	const post = document.querySelector("article[data-post]"), { program } = document.documentElement.dataset;
	if (post) window.early ??= program + " " + getComputedStyle(post.querySelector("time")).visibility;
}).observe(document, { childList: true, subtree: true, attributes: true })`

// Values of early.
const (
	shownEarly = "loading hidden"  // from the device, before the program
	shownLate  = "running visible" // by the program
)

// TestKeptPage loads the feed where there is no network: it is shown before the
// program has started, and the program takes it over as it stands. What cannot
// be right any more is left to the program.
func TestKeptPage(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	ann.post(t, "Written before the tunnel.", api.AudienceMembers)
	quoted := ann.post(t, `"Quoted" & <b>bare</b>: https://example.com/?a=1&b=2`, api.AudienceMembers)
	p := open(t, s)
	p.needProgram()
	p.do("look from the start", call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: early}))
	p.enterByProgram(ann)
	p.shows("article[data-post]", `"Quoted" & <b>bare</b>`)
	p.controlled()
	p.drawn(true)
	p.network(false)
	s.stop(t)

	p.reload()
	p.came(shownEarly)
	p.showsLast(ann)
	p.shows("article[data-post] a[href='https://example.com/?a=1&b=2']", "https://example.com/?a=1&b=2")
	took := read[map[string]int](p, `window.__takeover`)
	if took["adopted"] < 10*took["created"] {
		t.Errorf("take-over = %v, want most nodes adopted", took)
	}
	t.Logf("take-over: %v", took)

	for _, test := range []struct{ name, change string }{
		{"an expired post", `snapshot.feed.posts[0].expires = new Date(Date.now() - 1)`},
		{"the drawing of another release", `drawing[0] = "/web/app.0123.wasm"`},
		{"an element of nobody's", `drawing[1].push(["script", { src: "/worker.js" }])`},
		{"no drawing", `drawing = null`},
		{"a drawing of another kind", `drawing = [drawing[0], ["div", null, 7]]`},
	} {
		p.keeping(test.name, test.change)
		p.reload()
		p.came(shownLate)
		p.showsLast(ann)
		p.keeping("what was there again", "")
	}

	p.keeping("what must not come back", `drawing[1].push(["a", { id: "bad", href: "javascript:alert(1)", onclick: "alert(2)", style: "top: 0" }],
		["form", { id: "worse", action: "https://example.com/" }], ["p", {}, "x<img src=x onerror=alert(3)>"])`)
	p.do("stop at the drawing", call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `new MutationObserver(() => { const bad = document.getElementById("bad"); if (bad) window.hostile ??= bad.parentNode.outerHTML; }).observe(document, { childList: true, subtree: true })`}))
	p.reload()
	if got := read[string](p, `window.hostile.slice(window.hostile.indexOf('<a id="bad"'))`); got != `<a id="bad"></a><form id="worse"></form><p>x&lt;img src=x onerror=alert(3)&gt;</p></div>` {
		t.Errorf("of a hostile drawing came %s", got)
	}
	p.keeping("what was there again", "")
	p.came(shownEarly)

	// What waits is not in the drawing, so that there is none while something does.
	p.act(quoted.ID, api.ActLike)
	p.drawn(false)
	p.reload()
	p.came(shownLate)
	p.showsLast(ann)
	p.wait("the like", `document.querySelector("[data-post] button[aria-pressed=true]") !== null`)
}

// TestKeptUntouched looks at the feed and leaves before the program has started:
// the feed is on the device all the same. Meanwhile another tab signs out.
func TestKeptUntouched(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	ann.post(t, "Written before the tunnel.", api.AudienceMembers)
	p := open(t, s)
	other := p.beside(s)
	p.needProgram()
	p.enter(ann)
	p.controlled()
	p.do("look from the start", call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: early}))
	state := "running"
	for try := 0; try < 3 && state == "running"; try++ { // the machine may be busy
		p.drawn(true)
		p.keeping("nothing", `store.clear(); snapshot = drawing = null`)
		p.load(api.PathHome)
		p.drawn(true)
		state = read[string](p, `document.documentElement.dataset.program`)
	}
	if state == "running" {
		t.Error("the feed was not kept before the program ran")
	}
	p.network(false)
	s.stop(t)
	p.reload()
	p.came(shownEarly)
	p.showsLast(ann)

	s.restart(t)
	p.network(true)
	other.visit(api.PathHome)
	p.load(api.PathHome)
	p.shows("article[data-post]", "Written before the tunnel.")
	p.expect(401) // asks who is signed in: nobody
	other.signOut()
	p.wait("the tab to be a guest's", `!document.querySelector('form[action="/signout"]')`)
	p.lacks("body", "Written before the tunnel.")
}

// TestKeptPress presses a button of the kept page before the program is there:
// it does what it says when the program has come.
func TestKeptPress(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	post := ann.post(t, "Written before the tunnel.", api.AudienceMembers)
	p := open(t, s)
	p.needProgram()
	p.enter(ann)
	p.controlled()
	p.drawn(true)
	p.network(false)
	s.stop(t)
	p.do("press at once", call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `new MutationObserver(() => {
			const like = document.querySelector("[data-post] form[action$='/like'] button");
			if (like && window.pressed === undefined) { window.pressed = document.documentElement.dataset.program; like.click(); }
		}).observe(document, { childList: true, subtree: true })`}))
	p.reload()
	if got := read[string](p, "window.pressed"); got != "loading" {
		t.Errorf("pressed when the program was %q, want loading", got)
	}
	p.wait("the like", `document.querySelector("[data-post='`+post.ID+`'] button[aria-pressed=true]") !== null`)
	p.waiting(1)
}

// TestKeptPageGoes signs out in one of two tabs, and then with scripts off: the
// drawing is gone from the device each time.
func TestKeptPageGoes(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	ann.post(t, "Written before the tunnel.", api.AudienceMembers)
	p := open(t, s)
	other := p.beside(s)
	p.needProgram()
	p.enter(ann)
	other.visit(api.PathHome)
	other.drawn(true)
	other.expect(401) // asks who is signed in: nobody
	p.signOut()
	other.wait("the other tab to be a guest's", `!document.querySelector('form[action="/signout"]')`)
	p.drawn(false)

	p.enterByProgram(bob)
	p.drawn(true)
	p.wait("the drawing to be of who reads now", fmt.Sprintf(keptStore+`{
		const drawing = await ask(store.get("drawing"));
		return drawing.includes(%s) && !drawing.includes(%s); // the name in the head, what only the author can do
	})`, quote(bob.name), quote(api.ActDelete)))
	p.scriptsOff()
	p.visit(api.PathHome)
	p.signOut()
	other.drawn(false)
}

// came checks in what state the program was when the first post stood there.
func (p *tab) came(want string) {
	p.t.Helper()
	if got := read[string](p, `window.early`); got != want {
		p.t.Errorf("the feed came when the program and the ages were %q, want %q", got, want)
	}
}

// drawn waits until the device has a drawing of the page, or none.
func (p *tab) drawn(want bool) {
	p.t.Helper()
	p.wait(fmt.Sprintf("a drawing on the device: %t", want), fmt.Sprintf(keptStore+`Boolean(store && await ask(store.get("drawing"))) === %t)`, want))
}

// keeping changes what the device keeps, from what it kept at first.
func (p *tab) keeping(what, change string) {
	p.t.Helper()
	p.wait(what, keptStore+`{
		const first = window.sessionStorage.first ??= JSON.stringify([await ask(store.get("snapshot")), await ask(store.get("drawing"))]);
		let [snapshot, drawing] = JSON.parse(first).map(text => JSON.parse(text));
		`+change+`;
		if (snapshot) store.put(JSON.stringify(snapshot), "snapshot");
		await ask(drawing ? store.put(JSON.stringify(drawing), "drawing") : store.delete("drawing"));
		return true;
	})`)
}

// keptStore begins an expression that works on what the device keeps. The store
// is null when there is nothing.
const keptStore = `(async work => {
	const ask = request => new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = fail; });
	if (!(await indexedDB.databases()).some(db => db.name === "porchlight")) return work(null, ask);
	const db = await ask(indexedDB.open("porchlight"));
	try { return await work(db.transaction("kept", "readwrite").objectStore("kept"), ask); } finally { db.close(); }
})(async (store, ask) => `
