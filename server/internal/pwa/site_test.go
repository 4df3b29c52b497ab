package pwa

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDocuments(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	for _, test := range []struct{ path, media, policy, want string }{
		{"/worker.js", "text/javascript; charset=utf-8", workerPolicy, "// worker"},
		{"/manifest.webmanifest", "application/manifest+json", filePolicy, `"display": "standalone"`},
		{"/robots.txt", "text/plain; charset=utf-8", filePolicy, "Disallow: /api/"},
		{"/shell", "text/html; charset=utf-8", wantPolicy, `<div id="root">`},
		{"/favicon.ico", "image/x-icon", filePolicy, "icon"},
	} {
		r := get(p, "GET", test.path, "Accept-Encoding", "gzip")
		if got := body(t, r); r.StatusCode != 200 || !strings.Contains(got, test.want) {
			t.Errorf("GET %s = %d %q", test.path, r.StatusCode, got)
		}
		for name, want := range map[string]string{"Content-Type": test.media, "Content-Security-Policy": test.policy, "Cache-Control": "no-cache"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", test.path, name, got, want)
			}
		}
	}
}

func TestManifest(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	var m manifest
	if err := json.Unmarshal([]byte(body(t, get(p, "GET", PathManifest))), &m); err != nil {
		t.Fatal(err)
	}
	if m.ID != "/" || m.Name == "" || m.ShortName == "" || m.StartURL != "/" || m.Display != "standalone" || len(m.Shortcuts) == 0 {
		t.Errorf("manifest = %+v", m)
	}
	for _, i := range m.Icons {
		if r := get(p, "GET", i.Src); r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), i.Type) {
			t.Errorf("icon %s = %d %s, want %s", i.Src, r.StatusCode, r.Header.Get("Content-Type"), i.Type)
		}
	}
	if len(m.Icons) != 2 {
		t.Errorf("icons = %+v, want the two that are there", m.Icons)
	}
}

// What the worker keeps is what is served, nothing else, and nothing personal.
func TestWorker(t *testing.T) {
	p := newPWA(t, built(t), Config{Version: "1"})
	script := body(t, get(p, "GET", PathWorker))
	match := regexp.MustCompile(`^const VERSION = "([0-9a-f]{16})";\nconst ASSETS = (.*);\n// worker$`).FindStringSubmatch(script)
	if match == nil {
		t.Fatalf("worker = %q", script)
	}
	var list []string
	if err := json.Unmarshal([]byte(match[2]), &list); err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, path := range list {
		kept[path] = true
		r := get(p, "GET", path)
		if cache := r.Header.Get("Cache-Control"); r.StatusCode != 200 || cache == "no-store" {
			t.Errorf("kept %s = %d %s", path, r.StatusCode, cache)
		}
	}
	for _, name := range append(scripts(), "app.wasm", "wasm_exec.js", "css/app.css", "icons/icon.svg") {
		if !kept[p.assets[name].path] {
			t.Errorf("%s is not kept", name)
		}
	}
	if !kept[PathShell] || kept["/"] || kept[PathWorker] {
		t.Errorf("kept = %q", list)
	}
}

// The version changes with everything that the worker keeps, and is the same
// on every server of one build.
func TestWorkerVersion(t *testing.T) {
	version := func(web fstest.MapFS, c Config) string {
		return body(t, get(newPWA(t, web, c), "GET", PathWorker))[:40]
	}
	first := version(built(t), Config{Version: "1"})
	if again := version(built(t), Config{Version: "1"}); again != first {
		t.Errorf("the same build has versions %s and %s", first, again)
	}
	style, worker := built(t), built(t)
	style["css/app.css"] = &fstest.MapFile{Data: []byte("new")}
	worker["js/worker.js"] = &fstest.MapFile{Data: []byte("new")}
	for name, v := range map[string]string{
		"release": version(built(t), Config{Version: "2"}), "style": version(style, Config{Version: "1"}), "worker": version(worker, Config{Version: "1"}),
	} {
		if v == first {
			t.Errorf("another %s has the same version", name)
		}
	}
}

func TestNoWorkerWithoutProgram(t *testing.T) {
	p := newPWA(t, sources(), Config{})
	if r := get(p, "GET", PathWorker); r.StatusCode != 404 {
		t.Errorf("worker without a program = %d, want 404", r.StatusCode)
	}
}
