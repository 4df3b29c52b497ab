package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// buildProbe compiles testdata/probe for the browser.
func buildProbe(t *testing.T) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("short")
	}
	file := filepath.Join(t.TempDir(), "probe.wasm")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, "./testdata/probe")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	module, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// A real program has the same memory joined, and trimmed it differs by zeros
// only. It runs the same, and its panics name the same functions.
func TestProgram(t *testing.T) {
	plain := buildProbe(t)
	joined, err := pack(plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	trimmed, err := pack(plain, trim)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(memoryOf(t, plain), memoryOf(t, joined)) {
		t.Error("joining changed the memory")
	}
	checkZeros(t, memoryOf(t, plain), memoryOf(t, trimmed))
	want := runNode(t, plain)
	if got := runNode(t, joined); got != want {
		t.Errorf("joined prints\n%s\nplain\n%s", got, want)
	}
	got := runNode(t, trimmed)
	if got, want := withoutLines(got), withoutLines(want); got != want {
		t.Errorf("trimmed prints\n%s\nplain\n%s", got, want)
	}
	if !strings.Contains(got, "main.explode(") || !strings.Contains(got, "name main.main") {
		t.Errorf("trimmed does not name its functions:\n%s", got)
	}
}

func checkZeros(t *testing.T, before, after []byte) {
	t.Helper()
	after = extend(after, len(before))
	var cleared int
	for i := range before {
		if before[i] == after[i] {
			continue
		}
		if cleared++; after[i] != 0 {
			t.Fatalf("byte %d was %d and is %d", i, before[i], after[i])
		}
	}
	if cleared < 10_000 {
		t.Errorf("trimming cleared %d bytes only", cleared)
	}
}

// place is where a stack trace tells file and line.
var place = regexp.MustCompile(`(?m)^\t\S+:\d+( \+0x)?$`)

func withoutLines(s string) string { return place.ReplaceAllString(s, "\tplace") }

// runNode runs the module under node and returns what it printed. It must end
// by panicking.
func runNode(t *testing.T, module []byte) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node: the packed program is not run")
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "probe.wasm")
	if err := os.WriteFile(file, module, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js"), file).CombinedOutput()
	if err == nil {
		t.Fatalf("the program did not panic:\n%s", out)
	}
	// Addresses of arguments differ between runs.
	return regexp.MustCompile(`0x[0-9a-f]+`).ReplaceAllString(string(out), "0x")
}
