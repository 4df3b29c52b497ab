//go:build !js

package ui

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"golang.org/x/net/html"

	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// evening is the server's clock in these tests.
func evening() time.Time { return time.Date(2026, 5, 4, 19, 30, 0, 123456000, time.UTC) }

func ada() *claims.Display {
	return &claims.Display{Subject: "sub-ada", Handle: "ada", Name: `Ada "Countess" <Lovelace>`, Email: "ada@example.com"}
}

func somePosts(n int) []api.Post {
	posts := make([]api.Post, n)
	for i := range posts {
		posts[i] = api.Post{
			ID: "018f0000-0000-7000-8000-" + strings.Repeat("0", 9) + string(rune('9'-i)) + "00", Author: "sub-" + string(rune('a'+i)),
			Handle: "h" + string(rune('a'+i)), Name: "N", Message: "line one\n  line <two>", Audience: api.AudienceEveryone,
			Created: evening().Add(-time.Duration(i) * time.Hour),
		}
	}
	posts[0].Expires = new(evening().Add(90 * time.Minute))
	posts[0].Audience = api.AudienceMembers
	return posts
}

func refusal(fields ...string) *api.Problem {
	p := &api.Problem{Type: "/problems/" + api.ProblemInvalidFields, Title: "Unprocessable Entity", Status: 422}
	for _, f := range fields {
		p.Errors = append(p.Errors, api.FieldError{Pointer: "#/" + f, Detail: "Wrong " + f + ` & "bad".`})
	}
	return p
}

func problem(kind string, status int) *api.Problem {
	return &api.Problem{Type: "/problems/" + kind, Title: "T", Status: status, Detail: "Detail of <" + kind + ">.", Instance: "/requests/K3F"}
}

// everyPage has a page of every kind, in the states that the server can send.
func everyPage() map[string]api.Page {
	pages := frontPages()
	maps.Copy(pages, listPages())
	return pages
}

// frontPages are those of the front door, the home page and the account.
func frontPages() map[string]api.Page {
	now, typed := evening(), map[string]string{"email": `a"b@example.com`, "name": "<b>", "handle": "x y", "next": "/account"}
	tooMany := problem(api.ProblemTooMany, 429)
	tooMany.RetryAfter = 125
	delivery := &api.Delivery{Destination: "a***@e***", Medium: "EMAIL", ResendAfter: 30}
	feed := &api.Feed{Posts: somePosts(3), Next: "018f"}
	sessions := []api.Session{{ID: "one", Device: "Firefox on Linux", FirstSeen: now, LastSeen: now, Current: true}, {ID: `t"wo`, Device: `"><b>`, FirstSeen: now, LastSeen: now}}
	return map[string]api.Page{
		"shell":            {},
		"signin":           {Path: api.PathSignIn, Now: now, Form: map[string]string{}},
		"signin next":      {Path: api.PathSignIn, Now: now, Form: typed, Local: true, Notice: api.NoticeSignedOut},
		"signin refused":   {Path: api.PathSignIn, Now: now, Form: typed, Problem: problem(api.ProblemNotAuthorized, 401)},
		"signin fields":    {Path: api.PathSignIn, Now: now, Problem: refusal("email", "password")},
		"signin too many":  {Path: api.PathSignIn, Now: now, Form: typed, Problem: tooMany},
		"signin broken":    {Path: api.PathSignIn, Now: now, Problem: problem(api.ProblemInternal, 500)},
		"signup":           {Path: api.PathSignUp, Now: now},
		"signup fields":    {Path: api.PathSignUp, Now: now, Form: typed, Problem: refusal("name", "email", "handle", "password", "colour")},
		"confirm":          {Path: api.PathConfirm, Now: now, Form: typed, Delivery: delivery, Local: true, Notice: api.NoticeCodeSent},
		"confirm who":      {Path: api.PathConfirm, Now: now, Form: map[string]string{}},
		"confirm wrong":    {Path: api.PathConfirm, Now: now, Form: typed, Problem: refusal("code")},
		"confirm email":    {Path: api.PathConfirm, Now: now, Form: typed, Problem: refusal("email")},
		"recover":          {Path: api.PathRecover, Now: now},
		"recover refused":  {Path: api.PathRecover, Now: now, Form: typed, Problem: tooMany},
		"renew":            {Path: api.PathRecoverConfirm, Now: now, Form: typed, Delivery: delivery},
		"renew refused":    {Path: api.PathRecoverConfirm, Now: now, Form: typed, Problem: refusal("code", "password")},
		"home guest":       {Path: api.PathHome, Now: now, Feed: feed},
		"home member":      {Path: api.PathHome, Now: now, Feed: feed, Session: ada(), Form: map[string]string{"id": "018f"}},
		"home refused":     {Path: api.PathHome, Now: now, Feed: feed, Session: ada(), Form: map[string]string{"id": "018f", "message": "\n\nkept\n  text</textarea>", "expires_in": "3h", "audience": "members"}, Problem: refusal("message")},
		"home ended":       {Path: api.PathHome, Now: now, Feed: feed, Form: map[string]string{"message": "kept"}, Problem: problem(api.ProblemNotSignedIn, 401)},
		"home empty":       {Path: api.PathHome, Now: now, Feed: &api.Feed{}, Session: ada()},
		"home empty guest": {Path: api.PathHome, Now: now, Feed: &api.Feed{}},
		"home older":       {Path: api.PathHome, Now: now, Feed: feed, Form: map[string]string{"before": "018f"}},
		"home down":        {Path: api.PathHome, Now: now, Problem: problem(api.ProblemUnavailable, 503)},
		"account":          {Path: api.PathAccount, Now: now, Session: ada(), Sessions: sessions},
		"account fields":   {Path: api.PathAccount, Now: now, Session: ada(), Sessions: sessions, Problem: refusal("previous", "password")},
		"account fresh":    {Path: api.PathAccount, Now: now, Session: ada(), Sessions: sessions, Problem: problem(api.ProblemReauthenticate, 403)},
		"account ended":    {Path: api.PathAccount, Now: now, Session: ada(), Sessions: sessions, Form: map[string]string{"id": "x"}, Problem: problem(api.ProblemNotFound, 404)},
		"account self":     {Path: api.PathAccount, Now: now, Session: ada(), Sessions: sessions, Form: map[string]string{"name": "<b>", "handle": "x y"}, Problem: refusal("name", "handle")},
		"missing":          {Path: "/no/such", Now: now, Problem: problem(api.ProblemNotFound, 404)},
		"missing bare":     {Path: "/no/such", Now: now},
		"method":           {Path: "/signout", Now: now, Problem: problem(api.ProblemMethod, 405)},
	}
}

// TestPagesAreSound parses every page and checks what must hold of all.
func TestPagesAreSound(t *testing.T) {
	for name, p := range everyPage() {
		t.Run(name, func(t *testing.T) {
			root := parse(t, HTML(p))
			checkFrame(t, root)
			checkIDs(t, root)
			checkAttributes(t, root)
			checkForms(t, root)
			if title := Title(p); title == "" || Description(p) == "" {
				t.Errorf("Title = %q, Description = %q, want both", title, Description(p))
			}
		})
	}
}

func checkFrame(t *testing.T, root *html.Node) {
	t.Helper()
	body := one(t, root, "body")
	if body.FirstChild == nil || body.FirstChild.Data != "div" || body.FirstChild.NextSibling != nil {
		t.Error("the body is not one div")
	}
	for _, tag := range []string{"h1", "main", "header", "footer"} {
		if tag == "header" || tag == "footer" { // posts have their own
			if len(all(root, tag)) == 0 {
				t.Errorf("no <%s>", tag)
			}
			continue
		}
		one(t, root, tag)
	}
	for n := range root.Descendants() {
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) == "" {
			t.Errorf("white space %q in <%s> that the program would not make", n.Data, n.Parent.Data)
		}
	}
}

func checkIDs(t *testing.T, root *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range all(root, "") {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("two elements have the id %q", id)
			}
			ids[id] = true
		}
	}
	for _, n := range all(root, "") {
		for _, ref := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls"} {
			for id := range strings.FieldsSeq(attr(n, ref)) {
				if !ids[id] {
					t.Errorf("%s of <%s> names %q, which is not there", ref, n.Data, id)
				}
			}
		}
		if href := attr(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
			t.Errorf("link to %s, which is not there", href)
		}
	}
}

// checkAttributes refuses what the policy forbids, and what would be dead
// without the program.
func checkAttributes(t *testing.T, root *html.Node) {
	t.Helper()
	for _, n := range all(root, "") {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "disabled" || a.Key == "novalidate" {
				t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
			}
			if strings.HasPrefix(a.Key, "aria-") && a.Val == "" {
				t.Errorf("<%s> has %s without a value", n.Data, a.Key)
			}
		}
		if n.Data == "button" && attr(n, "type") != "submit" {
			t.Errorf("a button of type %q can do nothing without the program", attr(n, "type"))
		}
		if n.Data == "script" || n.Data == "style" || n.Data == "iframe" || n.Data == "img" {
			t.Errorf("there is a <%s>", n.Data)
		}
	}
}

// formFields are the fields that the server knows, by action.
func formFields() map[string][]string {
	return map[string][]string{
		api.PathSignUp:         {"email", "handle", "name", "password"},
		api.PathConfirm:        {"code", "email"},
		api.PathConfirmResend:  {"email"},
		api.PathSignIn:         {"email", "next", "password"},
		api.PathRecover:        {"email"},
		api.PathRecoverConfirm: {"code", "email", "password"},
		api.PathSignOut:        nil,
		api.PathHome:           {"audience", "expires_in", "id", "message"},
		api.PathAccount:        {"password", "previous"},
		api.PathEndSession:     {"id"},
		api.PathProfile:        {"handle", "name"},
		api.PathSearch:         {"q"},

		api.PathPost + "/":             {"id", "message", "next"},
		api.PathPost + "/like":         {"next", "on"},
		api.PathPost + "/repost":       {"next", "on"},
		api.PathPost + "/hidden":       {"next", "on"},
		api.PathPost + "/delete":       {"next", "sure"},
		"?" + api.PathPost + "/delete": {"next"}, // the way to it
	}
}

func checkForms(t *testing.T, root *html.Node) {
	t.Helper()
	for _, form := range all(root, "form") {
		action, method := attr(form, "action"), "post"
		if rest, ok := strings.CutPrefix(action, api.PathPost); ok {
			_, act, _ := strings.Cut(rest, "/")
			action = api.PathPost + "/" + act
		}
		if attr(form, "role") == "search" {
			method = ""
		}
		if _, ok := lookup(form, "method"); !ok && strings.HasSuffix(action, api.ActDelete) {
			action, method = "?"+action, ""
		}
		var names []string
		for _, n := range all(form, "") {
			if name := attr(n, "name"); name != "" {
				names = append(names, name)
			}
			checkInput(t, root, n)
		}
		slices.Sort(names)
		want, known := formFields()[action]
		if attr(form, "method") != method || !known || !slices.Equal(names, want) {
			t.Errorf("form %s %s has the fields %q, want %q", attr(form, "method"), action, names, want)
		}
	}
}

func checkInput(t *testing.T, root, n *html.Node) {
	t.Helper()
	if n.Data != "input" && n.Data != "select" && n.Data != "textarea" || attr(n, "type") == "hidden" {
		return
	}
	name, labels := attr(n, "name"), 0
	for _, l := range all(root, "label") {
		if attr(l, "for") == attr(n, "id") && content(l) != "" {
			labels++
		}
	}
	if labels != 1 {
		t.Errorf("input %s has %d labels", name, labels)
	}
	if n.Data == "input" && attr(n, "autocomplete") == "" {
		t.Errorf("input %s has no autocomplete", name)
	}
	if v, _ := lookup(n, "value"); v != "" && (attr(n, "type") == "password" || name == "code") {
		t.Errorf("the secret %s is in the page", name)
	}
}

// TestErrorsBesideFields checks that a refused field says why, to eyes and ears.
func TestErrorsBesideFields(t *testing.T) {
	for name, p := range everyPage() {
		if p.Problem == nil {
			continue
		}
		root := parse(t, HTML(p))
		for _, e := range p.Problem.Errors {
			field := strings.TrimPrefix(e.Pointer, "#/")
			said := byID(root, field+"-error")
			if n := strings.Count(content(root), e.Detail); n != 1 {
				t.Errorf("%s: %q is said %d times", name, e.Detail, n)
			}
			if said == nil { // no such field: the form says it
				said = byRole(root, "alert", e.Detail)
			}
			if said == nil || content(said) != e.Detail || attr(said, "role") != "alert" && attr(said.Parent, "role") != "alert" {
				t.Errorf("%s: no alert says %q", name, e.Detail)
				continue
			}
			input := byID(root, field)
			if input != nil && (attr(input, "aria-invalid") != "true" || !slices.Contains(strings.Fields(attr(input, "aria-describedby")), field+"-error")) {
				t.Errorf("%s: input %s does not say that it is wrong", name, field)
			}
		}
	}
}

// TestTyped checks that a refused form keeps what was typed.
func TestTyped(t *testing.T) {
	tests := []struct{ page, field, want string }{
		{"signin refused", "email", `a"b@example.com`},
		{"signup fields", "name", "<b>"},
		{"signup fields", "handle", "x y"},
		{"recover refused", "email", `a"b@example.com`},
		{"renew refused", "email", `a"b@example.com`},
		{"confirm email", "email", `a"b@example.com`},
	}
	for _, test := range tests {
		root := parse(t, HTML(everyPage()[test.page]))
		if got := attr(byID(root, test.field), "value"); got != test.want {
			t.Errorf("%s: %s = %q, want %q", test.page, test.field, got, test.want)
		}
	}
	root := parse(t, HTML(everyPage()["home refused"]))
	if got := content(byID(root, "message")); got != "kept\n  text</textarea>" {
		t.Errorf("message = %q", got)
	}
	for _, o := range all(root, "option") {
		_, selected := lookup(o, "selected")
		if v := attr(o, "value"); selected != (v == "3h" || v == "members") {
			t.Errorf("option %s selected = %t", v, selected)
		}
	}
}

// TestSameTree checks that the program's first drawing, made from the JSON in
// the page, is node for node what the server sent.
func TestSameTree(t *testing.T) {
	for name, p := range everyPage() {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var read api.Page
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		program := New(Config{Page: read, Now: func() time.Time { return evening().Add(time.Hour) }})
		first := compact(app.HTMLString(program.root("/whatever/the/address")))
		if diff := gocmp.Diff(tree(parse(t, HTML(p))), tree(parse(t, first))); p.Path != "" && diff != "" {
			t.Errorf("%s: the server's page and the program's differ (-server +program):\n%s", name, diff)
		}
	}
}

// TestTextsStandAlone checks that no two texts are neighbours: a browser would
// read them back as one, and the program could not take them over.
func TestTextsStandAlone(t *testing.T) {
	for name, p := range everyPage() {
		root := parse(t, app.HTMLString(New(Config{Page: p}).root(p.Path)))
		for n := range root.Descendants() {
			if n.Type == html.TextNode && strings.Contains(strings.TrimSpace(n.Data), "\n") {
				t.Errorf("%s: two texts in <%s>: %q", name, n.Parent.Data, n.Data)
			}
		}
	}
}

// tree writes n down, attributes in order.
func tree(n *html.Node) (lines []string) {
	for c := range n.Descendants() {
		switch c.Type {
		case html.TextNode:
			lines = append(lines, "text "+c.Data)
		case html.ElementNode:
			slices.SortFunc(c.Attr, func(a, b html.Attribute) int { return cmp.Compare(a.Key, b.Key) })
			var line strings.Builder
			line.WriteString("<" + c.Data)
			for _, a := range c.Attr {
				line.WriteString(" " + a.Key + "=" + a.Val)
			}
			lines = append(lines, line.String())
		}
	}
	return lines
}

func byID(root *html.Node, id string) *html.Node {
	for _, n := range all(root, "") {
		if attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// byRole returns the innermost element that says words in an element with the
// role.
func byRole(root *html.Node, role, words string) (found *html.Node) {
	for _, n := range all(root, "") {
		if attr(n, "role") == role && strings.Contains(content(n), words) {
			found = n
			for _, c := range all(n, "p") {
				if content(c) == words {
					found = c
				}
			}
		}
	}
	return found
}
