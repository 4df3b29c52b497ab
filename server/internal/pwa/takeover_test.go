package pwa

import (
	"io/fs"
	"testing"

	"github.com/chromedp/chromedp"
)

func testTakeover(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	hold := make(chan struct{})
	s.hold.Store(&hold)
	b := openTab(t)
	b.open(s.URL + "/signin")
	b.js(`document.querySelector("[name=password]").value = "secret"; document.querySelector("[name=agree]").click();
		document.querySelector("select").selectedIndex = 0; document.getElementById("email").value = "b@example.com";
		window.before = [...document.querySelectorAll("input,textarea,select,form,b,a")]`)
	b.do(chromedp.SendKeys(chromedp.CSS("[name=message]"), "half a sen"))
	b.js(`document.querySelector("[name=message]").setSelectionRange(2, 5); scrollTo(0, 300)`)
	close(hold)
	b.wait(running + ` && window.demoMounted === "/signin"`)
	b.wait(`document.getElementById("echo").textContent === "typed: b@example.com"`)
	type state struct {
		Same                             bool
		Email, Password, Message, Select string
		Agree                            bool
		Focus                            string
		Start, End, Scroll               int
		Created                          int
		Title                            bool
		Text                             string
	}
	got := eval[state](b, `(() => { const q = s => document.querySelector(s), m = q("[name=message]"); return {
		Same: before.every(e => e.isConnected), Email: q("#email").value, Password: q("[name=password]").value,
		Message: m.value, Select: q("select").value, Agree: q("[name=agree]").checked, Focus: document.activeElement.name,
		Start: m.selectionStart, End: m.selectionEnd, Scroll: scrollY, Created: __takeover.created,
		Title: q("#root").hasAttribute("title"), Text: q("p").textContent } })()`)
	want := state{Same: true, Email: "b@example.com", Password: "secret", Message: "half a sen", Select: "1h", Agree: true,
		Focus: "message", Start: 2, End: 5, Scroll: 300, Text: "one two three four"}
	if got != want {
		t.Errorf("after take-over: %+v, want %+v", got, want)
	}
	if adopted := eval[int](b, "__takeover.adopted"); adopted < 20 {
		t.Errorf("adopted = %d nodes, want the whole page", adopted)
	}
	b.wait(kept)
	b.quiet()
}

// The program wants a field that the page does not have, in front of all
// others: what was typed goes to the field of its name.
func testMismatch(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	hold := make(chan struct{})
	s.hold.Store(&hold)
	b := openTab(t)
	b.open(s.URL + "/differs")
	b.js(`document.querySelector("[name=password]").value = "secret"; document.getElementById("email").value = "b@example.com"`)
	b.do(chromedp.SendKeys(chromedp.CSS("[name=message]"), "half a sen"))
	close(hold)
	b.wait(running + ` && window.demoMounted === "/differs"`)
	type state struct {
		Names                           string
		Extra, Email, Password, Message string
		Focus                           string
		Created                         bool
	}
	got := eval[state](b, `(() => { const q = n => document.querySelector("[name=" + n + "]"); return {
		Names: [...document.querySelectorAll("input,textarea,select")].map(e => e.name).join(" "),
		Extra: q("extra").value, Email: q("email").value, Password: q("password").value, Message: q("message").value,
		Focus: document.activeElement.name, Created: __takeover.created > 0 } })()`)
	want := state{Names: "extra email password message agree expires_in", Email: "b@example.com", Password: "secret",
		Message: "half a sen", Focus: "message", Created: true}
	if got != want {
		t.Errorf("after take-over: %+v, want %+v", got, want)
	}
	b.quiet()
}

// A form that was sent before the program arrived is sent once, and the page
// that is on its way out is left alone.
func testLeaving(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	hold := make(chan struct{})
	s.hold.Store(&hold)
	b := openTab(t)
	b.open(s.URL + "/signin")
	b.js(`document.querySelector("button").click()`)
	s.await(t, "POST /signin")
	close(hold)
	b.wait(running)
	if n := s.count("POST /signin"); n != 1 {
		t.Errorf("the form was sent %d times, want once", n)
	}
	b.quiet()
}

// Without the download the page stays what it is: a page.
func testNoDownload(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	s.gone.Store(s.pwa.Load().assets["app.wasm"].path)
	b := openTab(t)
	b.open(s.URL + "/signin")
	b.wait(`document.documentElement.dataset.program === "failed"`)
	b.js(`document.querySelector("button").click()`)
	s.await(t, "POST /signin")
	b.wait(`document.readyState === "complete" && document.documentElement.dataset.program === "failed"`)
	if n := s.count("POST /signin"); n != 1 {
		t.Errorf("the form was sent %d times, want once", n)
	}
}
