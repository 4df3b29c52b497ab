package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/network"

	"porchlight/shared/api"
)

// TestTakeOver types while the program arrives on a slow line and takes the
// page over: every key is kept, the focus and the caret stay, and the form
// works once.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	p := open(t, s)
	p.needProgram()
	p.slow()
	p.load(api.PathSignIn)
	p.fill("email", ann.email)
	p.click("the password field", field("password"))
	p.programless("anything was typed")
	typed := ""
	for read[string](p, `document.documentElement.dataset.program`) != "running" {
		p.keys("a")
		typed += "a"
		if len(typed) > 5000 {
			t.Fatal("the program did not come")
		}
	}
	p.keys("z")
	typed += "z"
	p.holds("password", typed)
	p.holds("email", ann.email)
	p.wait("the focus to have stayed", `document.activeElement === `+field("password"))
	t.Logf("typed %d characters through the take-over", len(typed))

	p.fill("password", ann.password)
	p.send("password")
	p.home(ann)
	if n := len(p.sessions(ann)); n != 2 { // one of the browser, one of the test
		t.Errorf("there are %d sessions, want 2", n)
	}
}

// programless fails when the program runs already: what happens before it would
// not be shown.
func (p *tab) programless(before string) {
	p.t.Helper()
	if state := read[string](p, `document.documentElement.dataset.program`); state == "running" {
		p.t.Fatalf("the program was there before %s: this shows nothing", before)
	}
}

// slow makes the line slow: some seconds for the program.
func (p *tab) slow() {
	p.t.Helper()
	const slow = 600 << 10 // bytes a second
	p.conditions(&network.Conditions{Latency: 20, DownloadThroughput: slow, UploadThroughput: slow})
}

// TestWakeLeavesTheFocus loads a page and does nothing: the program must not
// move the focus, which would skip what stands before it.
func TestWakeLeavesTheFocus(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	p.needProgram()
	for _, path := range []string{api.PathHome, api.PathSignIn, api.PathSignUp} {
		p.visit(path)
		p.controlled()
		if got := read[string](p, `document.activeElement.localName`); got != "body" {
			t.Errorf("on %s the focus is on %s after the program has come, want none", path, got)
		}
	}
}

// TestPressAtOnce presses a button as soon as it can be seen, whatever has come
// of the program by then: it does what it says, once.
func TestPressAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	p := open(t, s)
	p.enter(ann)
	for n := range 3 {
		post := bob.post(t, fmt.Sprintf("Number %d.", n), api.AudienceEveryone)
		p.load(api.PathHome)
		p.act(post.ID, api.ActLike)
		bob.sees(t, post.ID, func(post api.Post) bool { return post.Likes == 1 })
		p.counts(post.ID, api.ActLike, "true", "1")
	}
}

// TestPressAsleep presses a button of a post that the program has not come to
// yet, in the very moment in which it starts: the press counts once, and the page
// stays.
func TestPressAsleep(t *testing.T) {
	s := start(t)
	ann, bob := s.member(t, "ann"), s.member(t, "bob")
	var last api.Post
	for n := range 20 {
		post := bob.post(t, fmt.Sprintf("Number %d.", n), api.AudienceEveryone)
		if n == 0 {
			last = post
		}
	}
	p := open(t, s)
	p.needProgram()
	p.enter(ann)
	p.load(api.PathHome)
	slept := read[bool](p, `new Promise(done => {
		window.same = true;
		new MutationObserver((_, watch) => {
			const post = document.querySelector('[data-post="`+last.ID+`"]');
			if (!post.hasAttribute("data-asleep") && document.documentElement.dataset.program !== "running") return;
			watch.disconnect();
			const asleep = post.hasAttribute("data-asleep");
			post.querySelector('form[action$="`+api.ActLike+`"] button').click();
			done(asleep);
		}).observe(document.documentElement, { attributes: true, subtree: true });
		dispatchEvent(new PointerEvent("pointermove"));
	})`)
	if !slept {
		t.Error("the post was awake: this shows nothing")
	}
	bob.sees(t, last.ID, func(post api.Post) bool { return post.Likes == 1 })
	p.counts(last.ID, api.ActLike, "true", "1")
	p.wait("everyone to wake", `!document.querySelector("[data-asleep]")`)
	p.wait("the page to be the same", `window.same`)
	p.wait("nothing to have been made anew", `window.__takeover.created === 0`)
}

// sessions lists the person's own.
func (p *tab) sessions(who *person) []api.Session {
	p.t.Helper()
	list, err := who.api.Sessions(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return list.Sessions
}
