package e2e

import (
	"slices"
	"strings"
	"testing"

	"porchlight/shared/api"
)

// TestWatch does in a page what no page may do, and proves that the watch notes
// each; what the test says it expects is not noted.
func TestWatch(t *testing.T) {
	t.Parallel()
	s := start(t)
	tests := []struct{ name, script, want string }{
		{"nothing", `1`, ""},
		{"console error", `console.error("broken", { part: 1 })`, "console error"},
		{"uncaught exception", `setTimeout(() => { throw new Error("thrown") })`, "uncaught exception: Error: thrown"},
		{"unhandled rejection", `void Promise.reject(new Error("rejected"))`, "uncaught exception: Error: rejected"},
		{"inline style", `document.body.setAttribute("style", "color: red")`, "policy violated: style-src"},
		{"inline script", `document.body.setAttribute("onclick", "alert(1)")`, "policy violated"},
		{"markup from text", `document.body.innerHTML = "<p>x"`, "policy violated"},
		{"evaluation", `setTimeout(() => { try { new Function("return 1") } catch {} })`, "policy violated"},
		{"another host", `void fetch("http://127.0.0.2:9/").catch(() => {})`, "127.0.0.2"},
		{"another host's picture", `Object.assign(new Image(), { src: "http://127.0.0.2:9/x.png" }).decode().catch(() => {})`, "127.0.0.2"},
		{"refusal", `fetch("/api/session").then(() => {})`, "status of 401"},
		{"expected refusal", `fetch("/api/posts/x").then(() => {})`, ""},
	}
	p := open(t, s)
	p.expect(404)
	p.visit(api.PathInbox) // has a page's policy and no scripts of its own
	for _, tt := range tests {
		p.wait(tt.name+" to be done", `(() => { try { `+tt.script+` } catch {} return true })()`)
		if tt.want == "" {
			p.visit(api.PathInbox) // whatever comes late has come by then
			if problems := p.taken(); len(problems) > 0 {
				t.Errorf("%s: the watch noted %q, want nothing", tt.name, problems)
			}
			continue
		}
		var problems []string
		eventually(t, tt.name+" to be noted", func() bool {
			problems = append(problems, p.taken()...)
			return slices.ContainsFunc(problems, func(s string) bool { return strings.Contains(s, tt.want) })
		})
		p.visit(api.PathInbox)
		p.taken()
	}
}

// taken returns what was noted and forgets it.
func (w *watch) taken() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	noted := w.problems
	w.problems = nil
	return noted
}
