package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"porchlight/shared/api"
)

// TestOffline cuts the network behind somebody who is signed in: the page that
// is loaded again, its deep links and a browser that is started anew all show
// the last feed and say so. When the network is back they catch up.
func TestOffline(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	bob.post(t, "Written before the tunnel.", api.AudienceMembers)

	profile := filepath.Join(t.TempDir(), "profile")
	first := launchOn(t, profile)
	p := first.tab(t, s)
	p.needProgram()
	p.screen(375, 812, "light")
	p.enter(ann)
	p.shows("article[data-post]", "Written before the tunnel.")
	p.kept(ann)
	p.watchWorker()

	s.stop(t)
	p.network(false)
	p.reload()
	p.showsLast(ann)
	p.shoot("reloaded")
	for _, path := range []string{"/?utm_source=mail&x=1", "/signin?next=%2F", "/account", "/recover?email=ann%40example.com"} {
		p.visit(path)
		p.shows("[role=status]", "Offline.")
		p.wait("a heading", `document.querySelector("h1").checkVisibility()`)
	}
	p.visit("/?utm_source=mail&x=1")
	p.showsLast(ann)
	first.close()

	second := launchOn(t, profile)
	defer second.close()
	p = second.tab(t, s)
	p.screen(375, 812, "light")
	p.network(false)
	p.visit(api.PathHome)
	p.showsLast(ann)
	p.shoot("started")

	s.restart(t)
	bob.post(t, "Written meanwhile.", api.AudienceMembers)
	p.network(true)
	p.shows("article[data-post]", "Written meanwhile.")
	p.lacks("[role=status]", "Offline")
	p.shows("article[data-post]", "Written before the tunnel.")
	p.write("Out of the tunnel.")
	p.shoot("caught-up")
}

// TestOfflineBriefly takes the line away for a moment: nothing is lost, nobody
// is signed out, and the page stops saying that it is offline.
func TestOfflineBriefly(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	p := open(t, s)
	p.needProgram()
	p.enter(ann)
	p.network(false)
	p.shows("[role=status]", "Offline.")
	p.fill("message", "Typed in the tunnel.")
	p.send("message")
	p.shows("article.pending", "Typed in the tunnel.")
	p.shows("article.pending", "waiting for the network")
	p.shoot("not-sent")
	p.network(true)
	p.lacks("[role=status]", "Offline")
	p.shows("article[data-post]:not(.pending)", "Typed in the tunnel.")
	ann.finds(t, "Typed in the tunnel.", 1)
}

// TestOfflineStranger opens a page that this browser has never shown: it says
// that the network is gone, in the site's own words.
func TestOfflineStranger(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	p.needProgram()
	p.visit(api.PathSignUp) // the front door alone: no feed was ever here
	p.controlled()
	s.stop(t)
	p.network(false)
	p.visit(api.PathHome)
	p.shows("main", "no copy of the feed on this device yet")
	p.shoot("nothing-kept")
}

// TestSignOutWipes signs out in one tab: nothing of the person is left on the
// device, in the other tab, or offline.
func TestSignOutWipes(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	const secret = "For members' eyes."
	ann.post(t, secret, api.AudienceMembers)
	p := open(t, s)
	other := p.beside(s)
	p.needProgram()
	p.enter(ann)
	p.reload()
	p.shows("article[data-post]", secret)
	other.visit(api.PathHome)
	other.shows("article[data-post]", secret)
	p.kept(ann)

	other.expect(http.StatusUnauthorized) // asks who is signed in: nobody
	p.signOut()
	other.wait("the other tab to be a guest's", `!document.querySelector('form[action="/signout"]')`)
	other.lacks("body", secret)
	for name, tab := range map[string]*tab{"the tab": p, "the other tab": other} {
		tab.wait(name+" to forget", `!document.documentElement.outerHTML.includes(`+quote(secret)+`)`)
	}
	p.expect(http.StatusUnauthorized)
	p.wait("the way back", `(history.back(), true)`)
	p.at(api.PathHome)
	p.lacks("body", secret)
	p.wait("the device to forget", `(async () => {
		for (const { name, version } of await indexedDB.databases()) {
			const db = await new Promise((done, fail) => Object.assign(indexedDB.open(name, version), { onsuccess: e => done(e.target.result), onerror: fail }));
			for (const store of db.objectStoreNames) {
				const all = await new Promise((done, fail) => Object.assign(db.transaction(store).objectStore(store).getAll(), { onsuccess: e => done(e.target.result), onerror: fail }));
				if (JSON.stringify(all).includes("members' eyes")) return false;
			}
			db.close();
		}
		return !JSON.stringify([{ ...localStorage }, { ...sessionStorage }]).includes("eyes");
	})()`)
}

// launchOn starts a browser of the test's own on a profile that stays.
func launchOn(t *testing.T, profile string) *browser {
	t.Helper()
	b, err := launch(profile)
	if errors.Is(err, errNoChromium) {
		missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b
}

// network tells the page that the line is there or not. Without it requests
// fail; those through the worker are its own, so the test also stops the server
// where it loads pages.
func (p *tab) network(up bool) {
	p.t.Helper()
	if !up { // what failed may be logged when the line is back already
		p.watch.cut(true)
	}
	p.do("change the network",
		call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Offline: !up, DownloadThroughput: -1, UploadThroughput: -1}},
		}),
		call(network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !up, DownloadThroughput: -1, UploadThroughput: -1}),
	)
}

// controlled waits until the worker answers for the page.
func (p *tab) controlled() {
	p.t.Helper()
	p.wait("the worker", `navigator.serviceWorker.controller?.state === "activated"`)
}

// watchWorker watches the worker as it does the page.
func (p *tab) watchWorker() {
	p.t.Helper()
	p.controlled()
	targets, err := chromedp.Targets(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	i := slices.IndexFunc(targets, func(i *target.Info) bool {
		return i.Type == "service_worker" && strings.HasPrefix(i.URL, p.server.url)
	})
	if i < 0 {
		p.t.Fatal("the worker is not among the targets of the browser")
	}
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(targets[i].TargetID), chromedp.WithListener(p.see))
	p.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		p.t.Fatalf("watch the worker: %v", err)
	}
}

// kept waits until the worker is there and the device has the person's feed.
func (p *tab) kept(who *person) {
	p.t.Helper()
	p.controlled()
	p.wait("the feed on the device", onDevice(who)+"()")
}

// lacksKept waits until the device has the person's feed no more.
func (p *tab) lacksKept(who *person) {
	p.t.Helper()
	p.wait("no feed of theirs on the device", "(async () => !await "+onDevice(who)+"())()")
}

// onDevice is a function in the page that tells whether the device has the
// person's feed.
func onDevice(who *person) string {
	return fmt.Sprintf(`(async () => {
		const found = (await indexedDB.databases()).find(d => d.name === "porchlight");
		if (!found) return false;
		const db = await new Promise((done, fail) => Object.assign(indexedDB.open(found.name, found.version), { onsuccess: e => done(e.target.result), onerror: fail }));
		const all = await new Promise((done, fail) => Object.assign(db.transaction("kept").objectStore("kept").getAll(), { onsuccess: e => done(e.target.result), onerror: fail }));
		db.close();
		return all.some(text => JSON.parse(text).session?.handle === %s);
	})`, quote(who.handle))
}

// showsLast waits for the last feed, its age, and whose it is.
func (p *tab) showsLast(who *person) {
	p.t.Helper()
	p.shows("article[data-post]", "Written before the tunnel.")
	p.shows("[role=status]", "Offline. Showing the feed as of")
	p.wait("the name of who is signed in", fmt.Sprintf(`document.querySelector("header").textContent.includes(%s)`, quote(who.name)))
}
