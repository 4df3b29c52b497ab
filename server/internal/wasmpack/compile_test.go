package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// compile builds the package and returns it with what was logged.
func compile(t *testing.T, o options) (module []byte, log string, err error) {
	t.Helper()
	if testing.Short() {
		t.Skip("short")
	}
	var out bytes.Buffer
	b := builder{options: o, logger: slog.New(slog.NewTextHandler(&out, nil))}
	module, err = b.compile(o.program)
	return module, out.String(), err
}

// A call that the stand-in lets through says in the browser where it went wrong.
func TestCompile(t *testing.T) {
	module, log, err := compile(t, options{program: "./testdata/caller"})
	if err != nil || log != "" {
		t.Fatalf("compile = %v, log %q", err, log)
	}
	if out := runNode(t, module); !strings.Contains(out, "panic: net/http is not part of the browser program") || !strings.Contains(out, "main.main(") {
		t.Errorf("a call of http.Get prints\n%s", out)
	}
	t.Setenv("TMPDIR", t.TempDir())
	if again, _, _ := compile(t, options{program: "./testdata/caller"}); !bytes.Equal(again, module) {
		t.Error("two builds of one source differ")
	}
	plain, _, err := compile(t, options{program: "./testdata/caller", std: true})
	if err != nil || len(plain) < 2*len(module) {
		t.Errorf("with -std: %d bytes, %v; with stand-ins %d", len(plain), err, len(module))
	}
}

// What the stand-ins do not fit is built without them, and said.
func TestCompileFallback(t *testing.T) {
	plain, _, err := compile(t, options{program: "./testdata/leak", std: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, root, want string }{
		{"stand-in lacks a name", "", "undefined: http.NewRequest"},
		{"toolchain of another shape", t.TempDir(), "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			module, log, err := compile(t, options{program: "./testdata/leak", root: test.root})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(module, plain) {
				t.Error("the result is not the plain build")
			}
			if !strings.Contains(log, "level=WARN") || !strings.Contains(log, test.want) {
				t.Errorf("log = %s, want a warning with %q", log, test.want)
			}
		})
	}
}

func TestCompileBroken(t *testing.T) {
	for _, std := range []bool{false, true} {
		if _, log, err := compile(t, options{program: "./testdata/broken", std: std}); err == nil || !strings.Contains(err.Error(), "undefined: absent") || log != "" {
			t.Errorf("std %v: compile = %v, log %q", std, err, log)
		}
	}
}

// Every file of a replaced package goes, tests included, and one comes back.
func TestWriteOverlay(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	for _, s := range standIns() {
		folder := filepath.Join(root, "src", filepath.FromSlash(s.replaced))
		for _, name := range []string{s.file, "other.go", "other_test.go", "notes.txt"} {
			write(t, filepath.Join(folder, name), "old")
		}
	}
	name, err := writeOverlay(dir, root)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(raw, &overlay); err != nil {
		t.Fatal(err)
	}
	if len(overlay.Replace) != 3*len(standIns()) {
		t.Errorf("overlay replaces %v", overlay.Replace)
	}
	for _, s := range standIns() {
		folder := filepath.Join(root, "src", filepath.FromSlash(s.replaced))
		if to, ok := overlay.Replace[filepath.Join(folder, "other.go")]; !ok || to != "" {
			t.Errorf("other.go of %s becomes %q, want none", s.replaced, to)
		}
		want, err := std.ReadFile(s.source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(overlay.Replace[filepath.Join(folder, s.file)])
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s of %s becomes %q, %v", s.file, s.replaced, got, err)
		}
	}
}
