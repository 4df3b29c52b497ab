package pwa

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"porchlight/server/internal/pwa/bundle"
	"porchlight/shared/api"
)

// These tests run the scripts of web/js and a small program (testdata/demo) in
// a real browser under the real policy. They are skipped without Chromium and
// with -short, except under E2E=1, where missing is failing.

// chromium returns where the browser is.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	if os.Getenv("E2E") == "1" {
		t.Fatal("no Chromium: set CHROMIUM to its path")
	}
	t.Skip("no Chromium: set CHROMIUM to its path")
	return ""
}

// buildDemo builds the demo program once and returns a web folder with it.
func buildDemo(t *testing.T) fs.FS {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "built")
	run(t, nil, "go", "run", "../wasmpack", "-web", "../../../web", "-out", out, "-quality", "2", "./testdata/demo")
	web := fstest.MapFS{}
	for name, from := range map[string]string{"js": "../../../web/js", "built": out} {
		entries, err := os.ReadDir(from)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			body, err := os.ReadFile(filepath.Join(from, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			web[name+"/"+e.Name()] = &fstest.MapFile{Data: body}
		}
	}
	web["css/app.css"] = &fstest.MapFile{Data: []byte("body { min-height: 4000px }")}
	web["icons/icon.svg"] = &fstest.MapFile{Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>`)}
	return web
}

func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// demoView is what the demo program draws, as a server would.
func demoView(page api.Page) view {
	if page.Path == "" {
		return view{title: "Shell", body: `<div id="root">Opening</div>`}
	}
	return view{title: page.Path, body: `<div id="root" title="stray"><h1>Page ` + page.Path + `</h1>` +
		"<p>one <b>two</b>\n three four</p>" + `<form method="post" action="` + page.Path + `">` +
		`<div><input id="email" name="email" type="email" value="a@example.com"></div>` +
		`<div><input name="password" type="password"></div><div><textarea name="message" rows="3"></textarea></div>` +
		`<div><input name="agree" type="checkbox"></div>` +
		`<div><select name="expires_in"><option value="1h">1 hour</option><option value="7d" selected>7 days</option></select></div>` +
		`<button type="submit">Send</button></form><p id="echo">typed: </p><a id="link" href="/other">other</a></div>`}
}

// A site is a PWA behind a server whose parts can be broken.
type site struct {
	*httptest.Server
	pwa       atomic.Pointer[PWA]
	hold      atomic.Pointer[chan struct{}] // while set, the program waits for it
	gone      atomic.Value                  // the path that answers 404
	programs  string                        // a folder, like PORCHLIGHT_DATA_DIR/programs
	mu        sync.Mutex
	hits      map[string]int
	transfers map[string][]transfer // by path
}

func newSite(t *testing.T, web fs.FS) *site {
	t.Helper()
	s := &site{hits: map[string]int{}, transfers: map[string][]transfer{}, programs: t.TempDir()}
	s.release(t, web, "1")
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *site) release(t *testing.T, web fs.FS, version string) {
	t.Helper()
	p, err := New(Config{Assets: web, Version: version, Programs: s.programs})
	if err != nil {
		t.Fatal(err)
	}
	p.Run(t.Context())
	p.render = demoView
	s.pwa.Store(p)
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.hits[r.Method+" "+r.URL.Path]++
	s.mu.Unlock()
	p := s.pwa.Load()
	if gone, _ := s.gone.Load().(string); gone != "" && gone == r.URL.Path {
		http.NotFound(w, r)
		return
	}
	if c := s.hold.Load(); c != nil && strings.HasSuffix(r.URL.Path, ".wasm") {
		<-*c
	}
	if _, ok := p.routes[r.URL.Path]; ok {
		p.Handler().ServeHTTP(w, r)
		length, _ := strconv.Atoi(w.Header().Get("Content-Length")) // 304 has none
		s.mu.Lock()
		s.transfers[r.URL.Path] = append(s.transfers[r.URL.Path], transfer{w.Header().Get("Content-Encoding"), length})
		s.mu.Unlock()
		return
	}
	if err := p.Page(w, r, http.StatusOK, api.Page{Path: r.URL.Path}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (s *site) count(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, hits := range s.hits {
		if strings.HasPrefix(key, prefix) {
			n += hits
		}
	}
	return n
}

// program is the path of the release's program.
func (s *site) program() string { return s.pwa.Load().assets[bundle.Program].path }

// sent returns the answers to requests for a file.
func (s *site) sent(path string) []transfer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.transfers[path])
}

// await returns when a request like this has come.
func (s *site) await(t *testing.T, prefix string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); s.count(prefix) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never asked for %s", prefix)
		}
	}
}

// forget starts counting anew.
func (s *site) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.hits)
}

// A tab is a browser tab that notes what its console says.
type tab struct {
	t       *testing.T
	ctx     context.Context
	mu      sync.Mutex
	console []string
}

// openTab starts a browser with a profile of its own.
func openTab(t *testing.T) *tab {
	t.Helper()
	b := &tab{t: t}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()),
		// chromedp's two, and the list below the address bar, which each window
		// would make a page of, for a second of processor time.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(b.listen))
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel() })
	b.ctx = ctx
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) listen(event any) {
	var line string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			line = e.Entry.Text + " " + e.Entry.URL
		}
	case *runtime.EventExceptionThrown:
		line = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			line += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			for _, arg := range e.Args {
				line += string(arg.Value) + arg.Description + " "
			}
		}
	}
	if line != "" {
		b.mu.Lock()
		b.console = append(b.console, line)
		b.mu.Unlock()
	}
}

func (b *tab) said() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.console)
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%v\nconsole: %q", err, b.said())
	}
}

// js runs the statements in the page.
func (b *tab) js(statements string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void]("{" + statements + "}"))
}

// eval returns what the expression is in the page; of a promise, what it
// brings.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v\nconsole: %q", expression, err, b.said())
	}
	return v
}

// wait returns when the expression is true in the page, whatever page that is
// by then.
func (b *tab) wait(expression string) {
	b.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Promise.resolve("+expression+").then(Boolean)", chromedp.EvalAwaitPromise))
		if ok {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("never: %s (%v)\nstate: %s\nconsole: %q", expression, err, eval[string](b, pageState), b.said())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (b *tab) open(url string) { b.t.Helper(); b.do(chromedp.Navigate(url)) }

// quiet fails when the console had anything to say.
func (b *tab) quiet() {
	b.t.Helper()
	if said := b.said(); len(said) > 0 {
		b.t.Errorf("console = %q, want nothing", said)
	}
}

// Expressions to wait for.
const (
	running = `document.documentElement.dataset.program === "running"`
	kept    = `navigator.serviceWorker.controller !== null`
)

// pageState is what to know of a page when something did not happen.
const pageState = `navigator.serviceWorker.getRegistration().then(r => JSON.stringify({
	at: location.href, ready: document.readyState, visible: document.visibilityState, program: document.documentElement.dataset.program,
	installing: r?.installing?.state, waiting: r?.waiting?.state, active: r?.active?.state,
	controller: navigator.serviceWorker.controller?.state, update: document.getElementById("update")?.textContent }))`

func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	chromium(t)
	web := buildDemo(t)
	for _, test := range []struct {
		name string
		run  func(t *testing.T, web fs.FS)
	}{
		{"take-over keeps what was done", testTakeover},
		{"take-over mends a mismatch", testMismatch},
		{"a form on its way is sent once", testLeaving},
		{"the page works without the download", testNoDownload},
		{"the form comes before the program", testFirstPaint},
		{"the manifest is asked for when the page rests", testManifest},
		{"offline", testOffline},
		{"update", testUpdate},
		{"small update", testSmallUpdate},
		{"reload into an update", testReload},
		{"broken update", testBrokenUpdate},
		{"save-data", testSaveData},
		{"the program starts when it is wanted", testWanted},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, web) })
	}
}
