package pwa

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"

	"porchlight/shared/api"
	"porchlight/shared/claims"
	"porchlight/web"
)

// realPages are the site's pages in the states that a server sends, by name.
func realPages() map[string]api.Page {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	nasty := `<img src=x onerror="alert(1)"> "quoted" & 'so' </script><!--`
	ada := &claims.Display{Subject: "0190a5b0", Handle: "ada", Name: nasty, Email: "ada@example.com"}
	feed := &api.Feed{}
	for i := range 3 {
		p := api.Post{ID: fmt.Sprintf("0190a5b0-7b2a-7cc0-8000-00000000000%d", i), Author: "0190a5b0", Handle: "ada", Name: nasty,
			Message: nasty + "\nsecond line https://example.com/x?y=1", Audience: api.AudienceEveryone, Created: now.Add(-time.Duration(i) * time.Hour)}
		if i > 0 {
			p.Expires = new(now.Add(time.Duration(i) * time.Hour))
		}
		feed.Posts = append(feed.Posts, p)
	}
	return map[string]api.Page{
		"removal": {Path: "/p/" + feed.Posts[0].ID + "/delete", Now: now, Session: ada, Thread: &api.Thread{Post: feed.Posts[0]},
			Form: map[string]string{"next": "/#p-1"}},
		"empty feed": {Path: "/", Now: now, Feed: &api.Feed{}}, "guest": {Path: "/", Now: now, Feed: feed, Local: true},
		"member": {Path: "/", Now: now, Feed: feed, Session: ada}, "sign-in": {Path: "/signin", Now: now},
		"sign-up": {Path: "/signup", Now: now}, "recover": {Path: "/recover", Now: now},
		"confirm": {Path: "/confirm", Now: now, Form: map[string]string{"email": "ada@example.com"}, Local: true,
			Delivery: &api.Delivery{Destination: "a***@e***", Medium: "EMAIL", ResendAfter: 30}},
		"new password": {Path: "/recover/confirm", Now: now, Form: map[string]string{"email": "ada@example.com"}},
		"account":      {Path: "/account", Now: now, Session: ada, Sessions: []api.Session{{ID: "1", Device: nasty, FirstSeen: now, LastSeen: now, Current: true}}},
		"refused sign-up": {Path: "/signup", Now: now, Form: map[string]string{"email": nasty, "name": nasty, "handle": "x"},
			Problem: &api.Problem{Type: "/problems/invalid-fields", Title: "Unprocessable Entity", Status: 422, Errors: []api.FieldError{{Pointer: "#/handle", Detail: "Use 3 to 20 characters."}}}},
		"signed out": {Path: "/signin", Now: now, Notice: api.NoticeSignedOut},
		"not found":  {Path: "/nothing", Now: now, Problem: &api.Problem{Type: "/problems/not-found", Title: "Not Found", Status: 404}},
	}
}

// Each page as the server really renders it is one document with one root
// element, no inline script, and the page's data as it was.
func TestRealDocuments(t *testing.T) {
	p, err := New(Config{Assets: web.FS()})
	if err != nil {
		t.Fatal(err)
	}
	pages := realPages()
	pages["shell"] = api.Page{}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			doc, err := p.document(page, false)
			if err != nil {
				t.Fatal(err)
			}
			d := parse(t, doc)
			want, err := json.Marshal(page)
			if err != nil {
				t.Fatal(err)
			}
			if d.inline || d.elements != "div div script" || d.data != string(want) || d.values["title"] == "" || d.values["description"] == "" {
				t.Errorf("body = %q, inline %v, title %q", d.elements, d.inline, d.values["title"])
			}
			if len(doc) > 40<<10 {
				t.Errorf("page weighs %d bytes", len(doc))
			}
		})
	}
}

// The browser paints its own surroundings in the style sheet's colours.
func TestColours(t *testing.T) {
	style, err := fs.ReadFile(web.FS(), "css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`--paper: *(#[0-9a-f]{6});`).FindAllStringSubmatch(string(style), -1)
	if len(found) != 2 || found[0][1] != colourLight || found[1][1] != colourDark {
		t.Errorf("--paper = %q, want %s and %s", found, colourLight, colourDark)
	}
}

// buildApp builds the real program and returns the real web folder with it.
func buildApp(t *testing.T) fs.FS {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "built")
	run(t, nil, "go", "run", "../wasmpack", "-web", "../../../web", "-out", out, "-quality", "2", "porchlight/app")
	return withBuilt(t, web.FS(), out)
}

// withBuilt returns folder with out in place of its built files.
func withBuilt(t *testing.T, folder fs.FS, out string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	add := func(from fs.FS, prefix string, skip string) {
		err := fs.WalkDir(from, ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || skip != "" && strings.HasPrefix(name, skip) {
				return err
			}
			b, err := fs.ReadFile(from, name)
			all[prefix+name] = &fstest.MapFile{Data: b}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add(folder, "", "built/")
	add(os.DirFS(out), "built/", "")
	return all
}

// realSite serves realPages, chosen by ?page=, with the real program.
func realSite(t *testing.T) string {
	t.Helper()
	p, err := New(Config{Assets: buildApp(t)})
	if err != nil {
		t.Fatal(err)
	}
	pages := realPages()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := p.routes[r.URL.Path]; ok {
			p.Handler().ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			w.Header().Set("Content-Type", api.TypeJSON)
			_ = json.NewEncoder(w).Encode(pages["guest"].Feed)
			return
		}
		if err := p.Page(w, r, http.StatusOK, pages[r.URL.Query().Get("page")]); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The program takes over every page without making one node, and no page breaks
// the policy or says a word in the console.
func TestRealProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	chromium(t)
	site := realSite(t)
	b := openTab(t)
	for name, page := range realPages() {
		b.open(site + page.Path + "?page=" + strings.ReplaceAll(name, " ", "+"))
		b.wait(running + ` && !document.querySelector("[data-asleep]") && window.__takeover !== undefined`)
		if created := eval[int](b, "__takeover.created"); created != 0 {
			t.Errorf("%s: %d nodes were made anew", name, created)
		}
		if adopted := eval[int](b, "__takeover.adopted"); adopted < 20 {
			t.Errorf("%s: %d nodes were adopted", name, adopted)
		}
		b.wait(`window.__rehearsal?.made > 20`)
		b.quiet()
	}

	// Somebody who types while the program arrives goes on typing.
	b.open(site + "/signin?page=sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS("[name=email]"), "ada@exa"))
	b.wait(running)
	time.Sleep(300 * time.Millisecond) // what would take the focus comes after the take-over
	if got := eval[string](b, `document.activeElement.name + " " + document.querySelector("[name=email]").value`); got != "email ada@exa" {
		t.Errorf("focus and text = %q, want %q", got, "email ada@exa")
	}
}
