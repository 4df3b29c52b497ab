package e2e

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// A watch notes what a page must not do: log an error, throw, break its policy,
// ask another host.
type watch struct {
	host string // the site's

	mu       sync.Mutex
	statuses []int // refusals that the test causes; the browser logs each as an error
	offline  bool  // the test has cut the network
	problems []string
	console  []string // all that the page said
}

// expect says that the test causes answers of these statuses.
func (w *watch) expect(statuses ...int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statuses = append(w.statuses, statuses...)
}

// cut says whether requests may fail from now on.
func (w *watch) cut(offline bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offline = offline
}

// seen returns what was noted, and all that the page said on its console.
func (w *watch) seen() (problems, console []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.problems), slices.Clone(w.console)
}

// see takes an event of a page or of its worker. It runs where the browser's
// messages are read, so it must not call the browser.
func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		w.note("uncaught exception: %s", thrown(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		w.console = append(w.console, said(e.Args))
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			w.note("console error: %s", said(e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !w.expected(e.Entry) {
			w.note("logged by the browser (%s): %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		if d := e.Issue.Details; d != nil && d.ContentSecurityPolicyIssueDetails != nil {
			w.note("policy violated: %s, blocked %q", d.ContentSecurityPolicyIssueDetails.ViolatedDirective, d.ContentSecurityPolicyIssueDetails.BlockedURL)
		}
	case *network.EventRequestWillBeSent:
		w.request(e.Request.URL)
	}
}

// note needs w.mu.
func (w *watch) note(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// request notes a request for another host. It needs w.mu.
func (w *watch) request(address string) {
	u, err := url.Parse(address)
	if err != nil {
		w.note("request for %q, which is no URL", address)
		return
	}
	if network := slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme); network && u.Host != w.host {
		w.note("request for another host: %s", address)
	}
}

var failedStatus = regexp.MustCompile(`^Failed to load resource: the server responded with a status of (\d+)`)

// expected reports whether the browser's entry is about a refusal that the
// test causes, or about the network that it has cut. It needs w.mu.
func (w *watch) expected(e *log.Entry) bool {
	if e.Source != log.EntrySourceNetwork {
		return false
	}
	if m := failedStatus.FindStringSubmatch(e.Text); m != nil {
		status, err := strconv.Atoi(m[1])
		return err == nil && slices.Contains(w.statuses, status)
	}
	return w.offline && strings.HasPrefix(e.Text, "Failed to load resource: net::ERR_")
}

func thrown(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description
	}
	return d.Text
}

func said(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		if a.Description != "" {
			words = append(words, a.Description)
			continue
		}
		words = append(words, string(a.Value))
	}
	return strings.Join(words, " ")
}
