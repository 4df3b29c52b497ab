package pwa

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"porchlight/shared/api"
	"porchlight/shared/claims"
)

func pageOf(path string) api.Page { return api.Page{Path: path} }

func answerPage(t *testing.T, p *PWA, r *http.Request, status int, page api.Page) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	if err := p.Page(w, r, status, page); err != nil {
		t.Fatal(err)
	}
	return w.Result()
}

const wantPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types porchlight"

func TestPageHeaders(t *testing.T) {
	for _, secure := range []bool{false, true} {
		p := newPWA(t, built(t), Config{Secure: secure})
		r := answerPage(t, p, httptest.NewRequest("GET", "/", nil), 200, pageOf("/"))
		want := map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": wantPolicy, "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "strict-origin-when-cross-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "X-Frame-Options": "DENY", "ETag": "", "Last-Modified": "", "Strict-Transport-Security": "",
			"Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=(), browsing-topics=()",
		}
		if secure {
			want["Content-Security-Policy"] += "; upgrade-insecure-requests"
			want["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("secure %v: %s = %q, want %q", secure, name, got, value)
			}
		}
	}
}

// What is someone's own is never stored; what repeats the request is not
// compressed.
func TestPageCache(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	member := &claims.Display{Subject: "s", Handle: "ada"}
	for _, test := range []struct {
		name, method string
		status       int
		page         api.Page
		cache, vary  string
		coding       string
	}{
		{"guest's feed", "GET", 200, pageOf("/"), "no-cache", "Cookie, Accept-Encoding", "br"},
		{"shell", "GET", 200, api.Page{}, "no-cache", "Cookie, Accept-Encoding", "br"},
		{"member's feed", "GET", 200, api.Page{Path: "/", Session: member}, "no-store", "Accept-Encoding", "br"},
		{"sign-in", "GET", 200, pageOf("/signin"), "no-store", "Accept-Encoding", "br"},
		{"sign-in with next", "GET", 200, api.Page{Path: "/signin", Form: map[string]string{"next": "/x"}}, "no-store", "", ""},
		{"form of the server's own", "GET", 200, api.Page{Path: "/", Session: member, Form: map[string]string{"id": "x"}}, "no-store", "Accept-Encoding", "br"},
		{"account", "GET", 200, pageOf("/account"), "no-store", "Accept-Encoding", "br"},
		{"refused form", "POST", 422, api.Page{Path: "/signup", Problem: &api.Problem{}}, "no-store", "", ""},
		{"post answered with a page", "POST", 200, pageOf("/"), "no-store", "", ""},
		{"not found", "GET", 404, pageOf("/reflected"), "no-store", "", ""},
		{"notice", "GET", 200, api.Page{Path: "/", Notice: api.NoticeSignedOut}, "no-store", "Accept-Encoding", "br"},
		{"where a code went", "GET", 200, api.Page{Path: "/", Delivery: &api.Delivery{}}, "no-store", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := "/"
			if next := test.page.Form["next"]; next != "" {
				target = "/?next=" + next
			}
			req := httptest.NewRequest(test.method, target, nil)
			req.Header.Set("Accept-Encoding", "gzip, br")
			r := answerPage(t, p, req, test.status, test.page)
			if r.StatusCode != test.status {
				t.Errorf("status = %d, want %d", r.StatusCode, test.status)
			}
			for name, want := range map[string]string{"Cache-Control": test.cache, "Content-Encoding": test.coding} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
			if got := strings.Join(r.Header.Values("Vary"), ", "); got != test.vary {
				t.Errorf("Vary = %q, want %q", got, test.vary)
			}
			want, err := p.document(test.page, false)
			if err != nil {
				t.Fatal(err)
			}
			if got := body(t, r); got != want {
				t.Errorf("body of %d bytes, want %d", len(got), len(want))
			}
		})
	}
}

func TestPageCodings(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	want, err := p.document(pageOf("/"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, coding := range []string{"br", "gzip", ""} {
		for range 3 { // writers are used again
			req := httptest.NewRequest("GET", "/", nil)
			req.Header.Set("Accept-Encoding", coding)
			r := answerPage(t, p, req, 200, pageOf("/"))
			raw := r.Header.Get("Content-Length")
			if got := body(t, r); got != want || r.Header.Get("Content-Encoding") != coding {
				t.Errorf("%q: %d bytes in %q, want %d", coding, len(got), r.Header.Get("Content-Encoding"), len(want))
			}
			if n, _ := strconv.Atoi(raw); n == 0 || coding != "" && n >= len(want) {
				t.Errorf("%q: Content-Length = %s of %d", coding, raw, len(want))
			}
		}
	}
	head := answerPage(t, p, httptest.NewRequest("HEAD", "/", nil), 200, pageOf("/"))
	if b, _ := io.ReadAll(head.Body); len(b) != 0 || head.Header.Get("Content-Length") != strconv.Itoa(len(want)) {
		t.Errorf("HEAD has %d bytes and says %s", len(b), head.Header.Get("Content-Length"))
	}
}

func TestDocument(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	for _, test := range []struct{ path, start string }{
		{"/", "soon"}, {"/signin", "late"}, {"/recover/confirm", "late"}, {"", "now"}, {"/account", "soon"},
	} {
		doc, err := p.document(pageOf(test.path), false)
		if err != nil {
			t.Fatal(err)
		}
		d := parse(t, doc)
		if d.start != test.start {
			t.Errorf("%q: data-start = %q, want %q", test.path, d.start, test.start)
		}
		for name, want := range map[string]string{
			"lang": "en", "first": "root", "title": "Title of " + test.path, "charset": "utf-8", "stylesheet": p.assets["css/app.css"].path,
			"manifest": "/manifest.webmanifest", "icon": "data:image/x-icon;base64,aWNvbg==", "apple-touch-icon": p.assets["icons/icon-192.png"].path,
			"script": p.assets["js/boot.js"].path, "viewport": "width=device-width, initial-scale=1, viewport-fit=cover", "description": "About",
		} {
			if d.values[name] != want {
				t.Errorf("%q: %s = %q, want %q", test.path, name, d.values[name], want)
			}
		}
		if d.inline {
			t.Errorf("%q has an inline script or style", test.path)
		}
		script := strings.Index(doc, `<script defer src="`+p.assets[keptScript].path+`"`)
		if boot := strings.Index(doc, p.assets[bootScript].path); (script > 0 && script < boot) != (test.start == "now") {
			t.Errorf("%q has %s at %d and %s at %d", test.path, keptScript, script, bootScript, boot)
		}
	}
}

// Whatever a person wrote, it comes back from the page's data as it was, the
// page has no more scripts than it should, and the title is one text.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{
		"</script><script>alert(1)</script>", "<!--<script>", "]]>", "</title><img src=x onerror=alert(1)>", "\u2028\u2029", "'\"&<>`",
		"\x00\x01\x7f", "\xff\xfe", "<!-- --!>", "</SCRIPT\n>", "🕯 ﷽ \u202e",
	} {
		f.Add(s)
	}
	p := newPWA(f, sources(), Config{})
	p.render = func(page api.Page) view {
		return view{title: page.Form["x"], description: page.Form["x"], body: `<div id="root"></div>`}
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd")
		page := api.Page{Path: text, Form: map[string]string{"x": text}, Feed: &api.Feed{Posts: []api.Post{{Message: text}}}}
		doc, err := p.document(page, false)
		if err != nil {
			t.Fatal(err)
		}
		d := parse(t, doc)
		if d.scripts != 1 || d.elements != "div div script" {
			t.Fatalf("document has %d scripts and body %q", d.scripts, d.elements)
		}
		var got api.Page
		if err := json.Unmarshal([]byte(d.data), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(page, got); diff != "" {
			t.Fatal(diff)
		}
		clean := func(s string) string { // what an HTML parser makes of text
			return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd").Replace(s)
		}
		if !strings.ContainsAny(text, "\x00\r") && d.values["title"] != clean(text) {
			t.Fatalf("title = %q, want %q", d.values["title"], text)
		}
		if !strings.ContainsAny(text, "\x00\r") && d.values["description"] != clean(text) {
			t.Fatalf("description = %q, want %q", d.values["description"], text)
		}
	})
}

// parsed is what a browser would see of a document.
type parsed struct {
	values   map[string]string
	start    string
	data     string
	scripts  int
	elements string // of the body
	inline   bool
}

func parse(t *testing.T, doc string) parsed {
	t.Helper()
	root, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	d := parsed{values: map[string]string{}}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			d.element(n)
		}
	}
	return d
}

func (d *parsed) element(n *html.Node) {
	attr := map[string]string{}
	for _, a := range n.Attr {
		attr[a.Key] = a.Val
		d.inline = d.inline || a.Key == "style" || strings.HasPrefix(a.Key, "on")
	}
	if n.Parent.Type == html.ElementNode && n.Parent.Data == "body" {
		if d.elements == "" {
			d.values["first"] = attr["id"]
		}
		d.elements = strings.TrimSpace(d.elements + " " + n.Data)
	}
	switch n.Data {
	case "html":
		d.values["lang"] = attr["lang"]
	case "title":
		if n.FirstChild != nil {
			d.values["title"] = n.FirstChild.Data
		}
	case "meta":
		if attr["charset"] != "" {
			d.values["charset"] = attr["charset"]
		}
		d.values[attr["name"]] = attr["content"]
	case "link":
		d.values[attr["rel"]] = attr["href"]
	case "style":
		d.inline = true
	case "script":
		d.script(n, attr)
	}
}

func (d *parsed) script(n *html.Node, attr map[string]string) {
	d.scripts++
	if attr["id"] == api.PageElement && attr["type"] == "application/json" {
		d.data = n.FirstChild.Data
		return
	}
	d.inline = d.inline || n.FirstChild != nil
	d.values["script"], d.start = attr["src"], attr["data-start"]
}

func BenchmarkPage(b *testing.B) {
	p := newPWA(b, sources(), Config{})
	page := api.Page{Path: "/", Feed: &api.Feed{}}
	for range 20 {
		page.Feed.Posts = append(page.Feed.Posts, api.Post{ID: "0190a5b0-7b2a-7cc0-8000-0123456789ab", Handle: "ada", Name: "Ada", Message: strings.Repeat("A few words on the porch. ", 5)})
	}
	for _, coding := range []string{"br", "gzip", "identity"} {
		b.Run(coding, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", coding)
			b.ReportAllocs()
			var n int
			for b.Loop() {
				w := httptest.NewRecorder()
				if err := p.Page(w, r, 200, page); err != nil {
					b.Fatal(err)
				}
				n = w.Body.Len()
			}
			b.ReportMetric(float64(n), "bytes/page")
		})
	}
}

func TestPlain(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	for _, method := range []string{"GET", "HEAD"} {
		w := httptest.NewRecorder()
		p.Plain(w, httptest.NewRequest(method, "/dev/inbox", nil), "In<box>", "<main>text</main>")
		r := w.Result()
		doc := body(t, r)
		if r.Header.Get("Content-Security-Policy") != wantPolicy || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Content-Length") == "0" {
			t.Errorf("%s: headers = %v", method, r.Header)
		}
		if method == "HEAD" {
			if doc != "" {
				t.Errorf("HEAD has a body: %q", doc)
			}
			continue
		}
		if d := parse(t, doc); d.values["title"] != "In<box>" || d.elements != "main" || d.scripts != 0 || d.inline {
			t.Errorf("document = %+v", d)
		}
	}
}
