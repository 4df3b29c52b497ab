package delta

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/andybalholm/brotli"
)

// maxEdit is how many bytes the update may cost that brings a small edit.
const maxEdit = 200_000

// TestSmallEdit weighs what a browser downloads of the app after one function
// was added to package ui.
func TestSmallEdit(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	const root = "../../../.."
	dir := t.TempDir()
	for _, name := range []string{"app", "shared"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		body, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := buildApp(t, dir)
	edit := "package ui\n\nvar edit = func() int { println(`one more function`); return 1 }()\n"
	if err := os.WriteFile(filepath.Join(dir, "app/ui/edit.go"), []byte(edit), 0o600); err != nil {
		t.Fatal(err)
	}
	next := buildApp(t, dir)
	if HashOf(next) == HashOf(old) {
		t.Fatal("the edit changed nothing")
	}
	body, err := Make(old, next)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("update: %d bytes for a program of %d", len(body), len(next))
	if HashOf(apply(t, old, body)) != HashOf(next) {
		t.Error("the update gives another program")
	}
	if len(body) > maxEdit {
		t.Errorf("the update weighs %d bytes, want at most %d", len(body), maxEdit)
	}
}

// buildApp runs the build step on the app in dir and returns the program.
func buildApp(t *testing.T, dir string) []byte {
	t.Helper()
	out := t.TempDir()
	step := filepath.Join(out, "wasmpack")
	run(t, ".", "go", "build", "-o", step, "porchlight/server/internal/wasmpack")
	run(t, dir, step, "-web", "", "-quality", "0", "-out", out, "./app")
	file, err := os.Open(filepath.Join(out, "app.wasm.br"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	program, err := io.ReadAll(brotli.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, said)
	}
}
