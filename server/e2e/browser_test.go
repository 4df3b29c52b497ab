package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

// errNoChromium says that there is no browser to test with.
var errNoChromium = errors.New("no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM=/path/to/chromium")

// A browser is one process of Chromium with a profile folder.
type browser struct {
	ctx   context.Context // of its first tab
	close func()          // may be called again
}

// launch starts Chromium on the profile.
func launch(profile string) (*browser, error) {
	path, err := findChromium()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.Flag("headless", "new"),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-search-engine-choice-screen", true),
		chromedp.Flag("hide-scrollbars", true),
		// chromedp's two, and the list below the address bar, which each window
		// would make a page of, for a second of processor time.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to sandbox root
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	b := &browser{ctx: ctx, close: sync.OnceFunc(func() {
		// In good order: what the pages have stored is on disk afterwards.
		patient, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_ = chromedp.Cancel(patient)
		stop()
		stopAllocator()
		chromedp.FromContext(ctx).Allocator.Wait()
	})}
	if err := chromedp.Do(ctx); err != nil {
		b.close()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return b, nil
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
	return "", errNoChromium
}
