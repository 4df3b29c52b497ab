package pwa

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"porchlight/server/internal/pwa/bundle"
)

func TestAssets(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	program := strings.Repeat(programText, 5000)
	for _, test := range []struct {
		name, asset, accept string
		coding, media       string
		body                string
	}{
		{"program in brotli", bundle.Program, "br", "br", "application/wasm", program},
		{"program in gzip", bundle.Program, "gzip", "gzip", "application/wasm", program},
		{"program as it is", bundle.Program, "", "", "application/wasm", program},
		{"script in gzip", "js/boot.js", "gzip", "gzip", "text/javascript; charset=utf-8", "// send\n" + strings.Repeat("// boot\n", 100)},
		{"script", "js/boot.js", "br, gzip", "br", "text/javascript; charset=utf-8", "// send\n" + strings.Repeat("// boot\n", 100)},
		{"script not in the build", "js/takeover.js", "br, gzip", "gzip", "text/javascript; charset=utf-8", strings.Repeat("// takeover\n", 50)},
		{"icon that gzip makes larger", "icons/favicon.ico", "gzip", "", "image/x-icon", "icon"},
		{"icon for who refuses it as it is", "icons/favicon.ico", "gzip, identity;q=0", "", "image/x-icon", "icon"},
		{"script that brotli makes larger", "js/kept.js", "br, gzip", "", "text/javascript; charset=utf-8", "// kept"},
		{"script of another thread", "js/prepare.js", "", "", "text/javascript; charset=utf-8", "// prepare"},
		{"style", "css/app.css", "identity", "", "text/css; charset=utf-8", strings.Repeat("body { margin: 0 }\n", 100)},
		{"bitmap", "icons/icon-192.png", "br, gzip", "", "image/png", "\x89PNG 192"},
		{"drawing", "icons/icon.svg", "", "", "image/svg+xml; charset=utf-8", "<svg xmlns='http://www.w3.org/2000/svg'/>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := p.assets[test.asset]
			var headers []string
			if test.accept != "" {
				headers = []string{"Accept-Encoding", test.accept}
			}
			r := get(p, "GET", a.path, headers...)
			raw, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(raw))
			if got := body(t, r); r.StatusCode != 200 || got != test.body {
				t.Errorf("status %d, body of %d bytes, want 200 and %d", r.StatusCode, len(got), len(test.body))
			}
			for name, want := range map[string]string{
				"Content-Encoding": test.coding, "Content-Type": test.media, "Content-Length": strconv.Itoa(len(raw)),
				"Cache-Control": "public, max-age=31536000, immutable", "Content-Security-Policy": assetPolicy(test.asset),
				"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
				"Referrer-Policy": "strict-origin-when-cross-origin", "Strict-Transport-Security": "",
			} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

// Each coding has a tag of its own, and a conditional request with it is 304
// without a body.
func TestETag(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	path, seen := p.assets[bundle.Program].path, map[string]bool{}
	for _, coding := range []string{"br", "gzip", "identity"} {
		r := get(p, "GET", path, "Accept-Encoding", coding)
		tag := r.Header.Get("ETag")
		if !strings.HasPrefix(tag, `"`) || seen[tag] {
			t.Errorf("ETag of %s = %s, want a strong one of its own", coding, tag)
		}
		seen[tag] = true
		r = get(p, "GET", path, "Accept-Encoding", coding, "If-None-Match", tag)
		if b := body(t, r); r.StatusCode != http.StatusNotModified || b != "" || r.Header.Get("ETag") != tag {
			t.Errorf("%s with its tag = %d %q %s", coding, r.StatusCode, b, r.Header.Get("ETag"))
		}
	}
	if r := get(p, "GET", path, "If-None-Match", `"another"`); r.StatusCode != 200 {
		t.Errorf("with another tag = %d, want 200", r.StatusCode)
	}
	if got := get(p, "GET", path).Header.Get("Vary"); got != "Accept-Encoding" {
		t.Errorf("Vary = %q", got)
	}
}

func TestHead(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	for path := range p.routes {
		full, head := get(p, "GET", path, "Accept-Encoding", "br"), get(p, "HEAD", path, "Accept-Encoding", "br")
		for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Type", "ETag", "Cache-Control", "Vary"} {
			if full.Header.Get(name) != head.Header.Get(name) {
				t.Errorf("%s: %s of HEAD = %q, of GET %q", path, name, head.Header.Get(name), full.Header.Get(name))
			}
		}
		if b, _ := io.ReadAll(head.Body); head.StatusCode != 200 || len(b) != 0 {
			t.Errorf("HEAD %s = %d with %d bytes", path, head.StatusCode, len(b))
		}
	}
}

// A range is one of the bytes that the coding has, so that a download goes on
// where it was cut.
func TestRange(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	path := p.assets[bundle.Program].path
	for _, coding := range []string{"br", "gzip", "identity"} {
		all, err := io.ReadAll(get(p, "GET", path, "Accept-Encoding", coding).Body)
		if err != nil {
			t.Fatal(err)
		}
		tag := get(p, "HEAD", path, "Accept-Encoding", coding).Header.Get("ETag")
		size := strconv.Itoa(len(all))
		for _, test := range []struct {
			name, ask, ifRange string
			status             int
			answer, body       string
		}{
			{"first bytes", "bytes=0-9", "", 206, "bytes 0-9/" + size, string(all[:10])},
			{"the rest", "bytes=20-", "", 206, "bytes 20-" + strconv.Itoa(len(all)-1) + "/" + size, string(all[20:])},
			{"last bytes", "bytes=-5", tag, 206, "bytes " + strconv.Itoa(len(all)-5) + "-" + strconv.Itoa(len(all)-1) + "/" + size, string(all[len(all)-5:])},
			{"of another version", "bytes=0-9", `"another"`, 200, "", string(all)},
			{"beyond the end", "bytes=" + size + "-", "", 416, "bytes */" + size, ""},
			{"malformed", "bytes=b-a", "", 416, "", ""},
			{"another unit", "lines=0-1", "", 200, "", string(all)}, // RFC 9110 section 14.2
		} {
			t.Run(coding+" "+test.name, func(t *testing.T) {
				headers := []string{"Accept-Encoding", coding, "Range", test.ask}
				if test.ifRange != "" {
					headers = append(headers, "If-Range", test.ifRange)
				}
				r := get(p, "GET", path, headers...)
				b, _ := io.ReadAll(r.Body)
				if r.StatusCode != test.status || r.Header.Get("Content-Range") != test.answer || test.status < 300 && string(b) != test.body {
					t.Errorf("= %d %q, %d bytes; want %d %q, %d bytes", r.StatusCode, r.Header.Get("Content-Range"), len(b), test.status, test.answer, len(test.body))
				}
				if test.status == 206 && r.Header.Get("Content-Length") != strconv.Itoa(len(b)) {
					t.Errorf("Content-Length = %s of %d bytes", r.Header.Get("Content-Length"), len(b))
				}
			})
		}
	}
}

// Only GET has ranges (RFC 9110 section 14.2).
func TestRangeOfHead(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	path := p.assets[bundle.Program].path
	full := get(p, "HEAD", path)
	r := get(p, "HEAD", path, "Range", "bytes=0-9")
	if r.StatusCode != 200 || r.Header.Get("Content-Length") != full.Header.Get("Content-Length") {
		t.Errorf("HEAD of a range = %d with length %s, want 200 with %s", r.StatusCode, r.Header.Get("Content-Length"), full.Header.Get("Content-Length"))
	}
}

// An answer to who wants another version has no body, promises none, and is kept
// by no cache in place of the asset.
func TestPreconditionFailed(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	server := httptest.NewServer(p.Handler())
	t.Cleanup(server.Close)
	for _, coding := range []string{"br", "gzip", "identity"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+p.assets[bundle.Program].path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Accept-Encoding": {coding}, "If-Match": {`"another"`}}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if b, err := io.ReadAll(answer.Body); err != nil || len(b) != 0 || answer.StatusCode != 412 {
			t.Errorf("%s = %d with %d bytes, %v; want 412 with none", coding, answer.StatusCode, len(b), err)
		}
		if got := answer.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control of %s = %q", coding, got)
		}
	}
}

// What is not listed does not exist, however it is spelled.
func TestNotServed(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	style := p.assets["css/app.css"].path
	for _, target := range []string{
		"/", "/web", "/web/", "/web/.", "/web/..", "/web/../x", "/web/../../etc/passwd", "/web/%2e%2e/go.mod", "/web/..%2fgo.mod",
		"/web/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/web/..%5c..%5cgo.mod", "/web//", "//web/app.css", "/web/app.css", "/web/css/app.css",
		"/web/built/manifest.json", "/web/manifest.json", "/web/.gitignore", "/web/worker.js", "/web/other.js", "/web/password.css",
		"/web/notes.txt", "/worker.js/", "/worker.js%00", "/WORKER.JS", "/shell/", "/./shell", "/robots.txt/..", "/sitemap.xml", "/ads.txt",
		strings.ToUpper(style), style + "/", "/" + style, strings.Replace(style, "/web/", "/web/./", 1), strings.Replace(style, "/web/", "/web%2f", 1),
		strings.Replace(style, "app", "%61pp", 1), strings.Replace(style, ".css", ".js", 1), style + ".br", style + "%00.css",
	} {
		if r := get(p, "GET", target); r.StatusCode != 404 || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s = %d %s, want 404 no-store", target, r.StatusCode, r.Header.Get("Cache-Control"))
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get"} {
		if r := get(p, method, style); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s = %d, Allow %q", method, style, r.StatusCode, r.Header.Get("Allow"))
		}
	}
}

// The patterns are what a mux takes, and each leads to something.
func TestPaths(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	mux := http.NewServeMux()
	for _, pattern := range p.Paths() {
		mux.Handle(pattern, p.Handler())
		path := strings.TrimPrefix(pattern, "GET ")
		if r := get(p, "GET", path); r.StatusCode != 200 {
			t.Errorf("GET %s = %d", path, r.StatusCode)
		}
	}
	if !slices.Contains(p.Paths(), "GET /worker.js") || !slices.Contains(p.Paths(), "GET /favicon.ico") {
		t.Errorf("Paths() = %q", p.Paths())
	}
}

// Without a build, or with one of other sources, the sources are served.
func TestWithoutBuild(t *testing.T) {
	stale := built(t)
	stale["css/app.css"] = &fstest.MapFile{Data: []byte("new style")}
	cut := built(t)
	cut["built/app.wasm.br"] = &fstest.MapFile{Data: []byte("cut")}
	garbage := built(t)
	garbage["built/manifest.json"] = &fstest.MapFile{Data: []byte(`{"version": 2, "files": [{"name": "../x"}]}`)}
	for _, test := range []struct {
		name    string
		web     fstest.MapFS
		program bool
		style   string
		warns   bool
	}{
		{"nothing built", sources(), false, strings.Repeat("body { margin: 0 }\n", 100), false},
		{"the style changed since", stale, true, "new style", false},
		{"a file of the build is cut", cut, false, strings.Repeat("body { margin: 0 }\n", 100), true},
		{"the manifest is garbage", garbage, false, strings.Repeat("body { margin: 0 }\n", 100), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			p := newPWA(t, test.web, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if p.HasProgram() != test.program {
				t.Errorf("HasProgram() = %v", p.HasProgram())
			}
			r := get(p, "GET", p.assets["css/app.css"].path, "Accept-Encoding", "br, gzip")
			if got := body(t, r); r.StatusCode != 200 || got != test.style {
				t.Errorf("style = %d %q", r.StatusCode, got)
			}
			if (log.Len() > 0) != test.warns {
				t.Errorf("log = %q", log.String())
			}
			doc, err := p.document(pageOf("/"), false)
			if err != nil || strings.Contains(doc, "boot.") != test.program {
				t.Errorf("the page names the boot script: %v, want %v", !test.program, test.program)
			}
		})
	}
}

// A copy that does not decompress to what the manifest promises is an error of
// the server, not half a program.
func TestDamagedCopy(t *testing.T) {
	web := built(t)
	damaged := slices.Clone(web["built/app.wasm.br"].Data)
	damaged[len(damaged)/2] ^= 1
	web["built/app.wasm.br"] = &fstest.MapFile{Data: damaged}
	p := newPWA(t, web, Config{})
	for _, coding := range []string{"gzip", "identity"} {
		r := get(p, "GET", p.assets[bundle.Program].path, "Accept-Encoding", coding)
		if b := body(t, r); r.StatusCode != 500 || b != "internal error\n" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("damaged in %s = %d %q %v", coding, r.StatusCode, b, slices.Collect(maps.Keys(r.Header)))
		}
	}
}

func TestMissingSource(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("New without assets = nil error")
	}
	for _, name := range []string{"js/boot.js", "js/send.js", "js/worker.js"} {
		web := sources()
		delete(web, name)
		if _, err := New(Config{Assets: web}); err == nil {
			t.Errorf("New without %s = nil error", name)
		}
	}
}

func TestAssetAddress(t *testing.T) {
	large := strings.Repeat("x", maxInPlace+1)
	web := sources()
	web["icons/icon-512.png"], web["icons/icon-192.png"] = &fstest.MapFile{Data: []byte(large)}, &fstest.MapFile{Data: []byte(large[1:])}
	p := newPWA(t, web, Config{})
	for name, want := range map[string]string{
		"icons/favicon.ico":  "data:image/x-icon;base64,aWNvbg==",
		"icons/icon-192.png": "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(large[1:])),
		"icons/icon-512.png": p.assets["icons/icon-512.png"].path,
	} {
		if got := p.assets[name].address(); got != want {
			t.Errorf("address of %s = %.60q, want %.60q", name, got, want)
		}
	}
}

// A file that is opened by its own address does nothing. The one script that is
// a thread of its own may fetch and compile the program.
func TestAssetPolicy(t *testing.T) {
	for name, want := range map[string]string{
		"js/boot.js":     "default-src 'none'; frame-ancestors 'none'",
		"icons/icon.svg": "default-src 'none'; frame-ancestors 'none'",
		prepareScript:    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'",
	} {
		if got := assetPolicy(name); got != want {
			t.Errorf("assetPolicy(%s) = %q, want %q", name, got, want)
		}
	}
}
