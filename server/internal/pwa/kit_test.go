package pwa

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"

	"porchlight/server/internal/pwa/bundle"
	"porchlight/shared/api"
)

// sources is a small web folder as it is written.
func sources() fstest.MapFS {
	web := fstest.MapFS{}
	for name, body := range map[string]string{
		"css/app.css":         strings.Repeat("body { margin: 0 }\n", 100),
		"icons/icon.svg":      "<svg xmlns='http://www.w3.org/2000/svg'/>",
		"icons/icon-192.png":  "\x89PNG 192",
		"icons/favicon.ico":   "icon",
		"icons/notes.txt":     "not an asset",
		"js/boot.js":          strings.Repeat("// boot\n", 100),
		"js/takeover.js":      strings.Repeat("// takeover\n", 50),
		"js/prepare.js":       "// prepare",
		"js/kept.js":          "// kept",
		"js/send.js":          "// send\n",
		"js/worker.js":        "// worker",
		"js/other.js":         "// not an asset",
		"built/.gitignore":    "*",
		"secret/password.css": "not an asset",
	} {
		web[name] = &fstest.MapFile{Data: []byte(body)}
	}
	return web
}

const programText = "\x00asm the program "

// built is sources with what the build step would have made of it.
func built(t *testing.T) fstest.MapFS {
	t.Helper()
	web := sources()
	m := bundle.Manifest{Version: bundle.Version, Quality: 11}
	for name, body := range map[string][]byte{
		bundle.Program: []byte(strings.Repeat(programText, 5000)),
		bundle.Exec:    []byte(strings.Repeat("// exec\n", 100)),
		"css/app.css":  web["css/app.css"].Data,
		"js/boot.js":   append(web["js/send.js"].Data, web["js/boot.js"].Data...),
		"js/kept.js":   web["js/kept.js"].Data,
	} {
		m.Files = append(m.Files, addBuilt(t, web, name, body))
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	web["built/manifest.json"] = &fstest.MapFile{Data: raw}
	return web
}

// withProgram is web with another program, as another release has it.
func withProgram(t *testing.T, web fstest.MapFS, program []byte) fstest.MapFS {
	t.Helper()
	m, err := bundle.Read(web)
	if err != nil {
		t.Fatal(err)
	}
	release := maps.Clone(web)
	i := slices.IndexFunc(m.Files, func(f bundle.File) bool { return f.Name == bundle.Program })
	m.Files[i] = addBuilt(t, release, bundle.Program, program)
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	release["built/manifest.json"] = &fstest.MapFile{Data: raw}
	return release
}

func addBuilt(t *testing.T, web fstest.MapFS, name string, body []byte) bundle.File {
	t.Helper()
	f := bundle.File{Name: name, Source: bundle.Hash(body), SHA256: bundle.Hash(body), Size: int64(len(body))}
	var out bytes.Buffer
	w := brotli.NewWriter(&out)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	v := bundle.Variant{Coding: bundle.Brotli, Name: strings.ReplaceAll(name, "/", "-") + ".br", Size: int64(out.Len())}
	web["built/"+v.Name] = &fstest.MapFile{Data: out.Bytes()}
	f.Variants = []bundle.Variant{v}
	return f
}

// newPWA serves web with views that do not depend on the real components.
func newPWA(t testing.TB, web fs.FS, c Config) *PWA {
	t.Helper()
	c.Assets = web
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	p.render = func(page api.Page) view {
		return view{title: "Title of " + page.Path, description: "About", body: `<div id="root">` + strings.Repeat("x", 2000) + "</div>"}
	}
	return p
}

// get asks the handler; pairs of name and value are request headers.
func get(p *PWA, method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w.Result()
}

// body reads an answer and undoes its coding.
func body(t *testing.T, r *http.Response) string {
	t.Helper()
	var in io.Reader = r.Body
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		in = z
	case "br":
		in = brotli.NewReader(in)
	}
	b, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
