package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed probe.js
var probe string

// later moves a page's clock two hours ahead, past the life of an access token.
const later = `(() => {
	const Real = Date, ahead = 2 * 60 * 60 * 1000;
	globalThis.Date = class Date extends Real {
		constructor(...a) { if (a.length) super(...a); else super(Real.now() + ahead); }
		static now() { return Real.now() + ahead; }
	};
})()`

// patience is how long anything may take before the bench gives up.
const patience = 90 * time.Second

// A tab is the one page of a running browser.
type tab struct {
	ctx   context.Context
	close func() // in good order: what the page has stored is on disk afterwards

	mu    sync.Mutex
	marks marks
	heard chan struct{} // closed, and made anew, with each mark
}

// marks are what the probe told of a navigation, in milliseconds of the
// browser's clock, by name.
type marks map[string]float64

// launch starts Chromium on a folder of its own, behind the line.
func launch(ctx context.Context, p profile, dir, proxy string) (*tab, error) {
	path, err := findChromium()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.Flag("headless", "new"), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.ProxyServer("socks5://"+proxy), chromedp.Flag("proxy-bypass-list", "<-loopback>"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to sandbox root
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	t := &tab{marks: marks{}, heard: make(chan struct{})}
	browser, stop := chromedp.NewContext(allocator, chromedp.WithListener(t.see))
	t.ctx = browser
	t.close = sync.OnceFunc(func() {
		patient, cancel := context.WithTimeout(browser, 10*time.Second)
		defer cancel()
		_ = chromedp.Cancel(patient) // a browser that does not end is killed next
		stop()
		stopAllocator()
		chromedp.FromContext(browser).Allocator.Wait()
	})
	if err := chromedp.Do(browser); err != nil { // binds the tab to its context
		t.close()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	if err := t.prepare(p); err != nil {
		t.close()
		return nil, fmt.Errorf("prepare the browser: %w", err)
	}
	return t, nil
}

func (t *tab) prepare(p profile) error {
	if p.mobile {
		if err := chromedp.Do(t.ctx, chromedp.EmulateViewport(412, 823, chromedp.EmulateScale(1.75),
			chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)); err != nil {
			return err
		}
	}
	if err := call(t, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: p.cpu}); err != nil {
		return err
	}
	if err := call(t, runtime.AddBinding, runtime.AddBindingParams{Name: "porchlightBench"}); err != nil {
		return err
	}
	if err := t.before(probe); err != nil {
		return err
	}
	time.Sleep(time.Second) // a browser that has just started has other things to do
	return nil
}

// before makes every document run the script before its own.
func (t *tab) before(script string) error {
	return call(t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// offline tells the page that there is no network.
func (t *tab) offline() error {
	err := call(t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: true, DownloadThroughput: -1, UploadThroughput: -1}},
	})
	if err != nil {
		return err
	}
	return call(t, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
}

func call[P, R any](t *tab, c cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(t.ctx, c, params)
	return err
}

// findChromium returns $CHROMIUM or a browser on the path.
func findChromium() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM=/path/to/chromium")
}

// see takes an event of the page, where the browser's messages are read.
func (t *tab) see(event any) {
	e, ok := event.(*runtime.EventBindingCalled)
	if !ok {
		return
	}
	name, text, _ := strings.Cut(e.Payload, " ")
	at, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, told := t.marks[name]; told {
		return // the first counts: of the first document, when a form leads to another
	}
	t.marks[name] = at
	close(t.heard)
	t.heard = make(chan struct{})
}

// visit opens the address; what was told of pages before is forgotten.
func (t *tab) visit(url string) error {
	t.mu.Lock()
	t.marks = marks{}
	t.mu.Unlock()
	_, err := chromedp.Call(t.ctx, page.Navigate, page.NavigateParams{URL: url})
	return err
}

// wait waits until the probe tells of the name, and returns how many
// milliseconds after the navigation's start that was.
func (t *tab) wait(name string) (ms float64, err error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	for {
		t.mu.Lock()
		at, ok := t.marks[name]
		begin, heard := t.marks["nav"], t.heard
		t.mu.Unlock()
		if ok {
			return at - begin, nil
		}
		select {
		case <-heard:
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for %s: %w", name, ctx.Err())
		}
	}
}

// idle waits until the page has loaded, its worker, if it has one, is in place,
// and nothing has moved on the line for two seconds.
func (t *tab) idle(l *line) error {
	const settled = `document.readyState === "complete" && (async () => {
		const r = await navigator.serviceWorker?.getRegistration();
		return !r || r.active?.state === "activated" && !r.installing;
	})()`
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
		if l.quiet() < 2*time.Second {
			continue
		}
		if ok, err := evaluate[bool](t, settled); err == nil && ok {
			return nil
		}
	}
	return errors.New("wait for the page to be idle: it never was")
}

func evaluate[T any](t *tab, expression string) (T, error) {
	return chromedp.Run(t.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}
