package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"porchlight/server/internal/pwa/bundle"
)

// folder is a web folder with a program beside it.
func folder(t *testing.T) options {
	t.Helper()
	dir := t.TempDir()
	o := options{
		program: filepath.Join(dir, "app.wasm"), root: filepath.Join(dir, "go"),
		web: filepath.Join(dir, "web"), out: filepath.Join(dir, "web", "built"), quality: 5,
	}
	for name, text := range map[string]string{
		o.program: string(module(data(8, "ab", 10, "cd"))),
		filepath.Join(o.root, "lib", "wasm", "wasm_exec.js"): "// exec",
		filepath.Join(o.web, "css", "app.css"):               "body {}",
		filepath.Join(o.web, "js", "boot.js"):                "// boot",
		filepath.Join(o.web, "js", "send.js"):                "// send",
		filepath.Join(o.web, "js", "worker.js"):              "// worker",
		filepath.Join(o.web, "icons", "icon.svg"):            "<svg/>",
		filepath.Join(o.web, "icons", "icon.png"):            "png",
		filepath.Join(o.out, ".gitignore"):                   "*",
		filepath.Join(o.out, "left-over.css.br"):             "old",
		filepath.Join(o.web, "js", "notes.txt"):              "text",
		filepath.Join(o.out, "folder", "kept.txt"):           "kept",
	} {
		write(t, name, text)
	}
	return o
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, o options) (bundle.Manifest, string) {
	t.Helper()
	var log bytes.Buffer
	b := builder{options: o, logger: slog.New(slog.NewTextHandler(&log, nil))}
	if err := b.build(); err != nil {
		t.Fatal(err)
	}
	m, err := bundle.Read(os.DirFS(o.web))
	if err != nil {
		t.Fatal(err)
	}
	return m, log.String()
}

func TestBuild(t *testing.T) {
	o := folder(t)
	m, _ := build(t, o)
	for name, want := range map[string]string{
		bundle.Program: string(module(data(8, "abcd"))), bundle.Exec: "// exec",
		"css/app.css": "body {}", "js/boot.js": "// send// boot", "icons/icon.svg": "<svg/>",
	} {
		f, ok := m.File(name)
		if !ok || f.SHA256 != bundle.Hash([]byte(want)) || f.Size != int64(len(want)) {
			t.Errorf("%s = %+v, %v", name, f, ok)
		}
		if got := decompress(t, o, f); got != want {
			t.Errorf("%s in brotli = %q, want %q", name, got, want)
		}
	}
	if len(m.Files) != 5 || m.Quality != 5 {
		t.Errorf("manifest = %+v", m)
	}
	if f, _ := m.File(bundle.Program); f.Source == f.SHA256 {
		t.Error("the program's source hash is that of the packed one")
	}
	for name, want := range map[string]bool{".gitignore": true, "left-over.css.br": false, "folder": true} {
		if _, err := os.Stat(filepath.Join(o.out, name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}

func decompress(t *testing.T, o options, f bundle.File) string {
	t.Helper()
	v, ok := f.Variant(bundle.Brotli)
	if !ok {
		t.Fatalf("%s has no brotli copy", f.Name)
	}
	in, err := os.Open(filepath.Join(o.out, v.Name))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	b, err := io.ReadAll(brotli.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What has not changed is not made again; what has, is; another quality makes
// everything again.
func TestBuildAgain(t *testing.T) {
	o := folder(t)
	build(t, o)
	if _, log := build(t, o); log != "" && !strings.Contains(log, "toolchain") {
		t.Errorf("an unchanged build made %s", log)
	}
	write(t, filepath.Join(o.web, "css", "app.css"), "body { margin: 0 }")
	m, log := build(t, o)
	if f, _ := m.File("css/app.css"); f.Size != 18 || strings.Count(log, "msg=built") != 1 {
		t.Errorf("after a change: %+v, %s", f, log)
	}
	o.quality = 6
	if _, log := build(t, o); strings.Count(log, "msg=built") != 5 {
		t.Errorf("after another quality: %s", log)
	}
}

// A program of another layout is shipped as it is, with a warning.
func TestBuildLayout(t *testing.T) {
	o := folder(t)
	in := module(section(sectionDataCount, 1), data(8, "a"))
	write(t, o.program, string(in))
	m, log := build(t, o)
	if f, _ := m.File(bundle.Program); f.SHA256 != bundle.Hash(in) || !strings.Contains(log, "level=WARN") {
		t.Errorf("program = %+v, log %s", f, log)
	}
}

func TestRunRefuses(t *testing.T) {
	o := folder(t)
	write(t, filepath.Join(filepath.Dir(o.program), "broken.wasm"), "not wasm")
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, "usage"},
		{"unknown flag", []string{"-x"}, "not defined"},
		{"argument", []string{o.program, "more"}, "usage"},
		{"quality", []string{"-quality", "12", o.program}, "quality 12"},
		{"no such file", []string{"-goroot", o.root, "-web", o.web, "-out", o.out, filepath.Join(o.root, "none.wasm")}, "no such file"},
		{"no such package", []string{"-goroot", o.root, "-web", o.web, "-out", o.out, "./none"}, "directory not found"},
		{"not wasm", []string{"-goroot", o.root, "-web", o.web, "-out", o.out, filepath.Join(filepath.Dir(o.program), "broken.wasm")}, "malformed module"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := run(test.args, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("run = %v, want %q", err, test.want)
			}
		})
	}
	if err := run([]string{"-h"}, io.Discard); err != nil {
		t.Errorf("run -h = %v", err)
	}
	write(t, filepath.Join(o.web, "icons", "app.css"), "body {}")
	if err := run([]string{"-goroot", o.root, "-web", o.web, "-out", o.out, o.program}, io.Discard); err == nil || !strings.Contains(err.Error(), "same name") {
		t.Errorf("two files of one name = %v", err)
	}
}
