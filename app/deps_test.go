package main_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxProgram is how much the program may weigh, in bytes of brotli 11.
const maxProgram = 1_060_000

// stat looks at every Go file below the folders. What a test learns through
// the go command, the test cache does not know of; what it stats, it does.
func stat(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				_, err = os.Stat(name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"../go.mod", "../go.sum"} {
		if _, err := os.Stat(name); err != nil {
			t.Fatal(err)
		}
	}
}

// browser runs the go command for the browser's platform.
func browser(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// The program has nothing of the server in it, and nothing that only a server
// or a test needs.
func TestDependencies(t *testing.T) {
	stat(t, ".", "../shared")
	forbidden := []string{
		"porchlight/server", "github.com/lestrrat-go/", "github.com/aws/", "github.com/jackc/",
		"zombiezen.com/", "modernc.org/", "github.com/chromedp/", "github.com/andybalholm/", "testing",
	}
	for dep := range strings.SplitSeq(strings.TrimSpace(browser(t, "list", "-deps", ".")), "\n") {
		for _, prefix := range forbidden {
			if dep == prefix || strings.HasPrefix(dep, strings.TrimSuffix(prefix, "/")+"/") {
				t.Errorf("the program depends on %s", dep)
			}
		}
	}
}

// go-app links net/http for its package's sake, and the linker drops most of
// it. One call of our own would bring it back: five megabytes.
func TestDirectImports(t *testing.T) {
	stat(t, ".", "../shared")
	forbidden := []string{"net/http", "log/slog", "database/sql"}
	for line := range strings.Lines(browser(t, "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...", "../shared/...")) {
		words := strings.Fields(line)
		for _, imported := range words[1:] {
			if slices.Contains(forbidden, imported) {
				t.Errorf("%s imports %s", words[0], imported)
			}
		}
	}
}

// The build puts stand-ins in the place of two packages of the standard library
// (server/internal/wasmpack, # Why). go-app alone imports them, for what no
// browser runs: another importer would call what is not there.
func TestStandIns(t *testing.T) {
	stat(t, ".", "../shared")
	for line := range strings.Lines(browser(t, "list", "-deps", "-f", `{{if not .Standard}}{{.ImportPath}} {{join .Imports " "}}{{end}}`, ".")) {
		words := strings.Fields(line)
		for _, imported := range words[min(1, len(words)):] {
			if (imported == "net/http" || imported == "regexp") && words[0] != "github.com/maxence-charriere/go-app/v10/pkg/app" {
				t.Errorf("%s imports %s", words[0], imported)
			}
		}
	}
}

// manifest is the part of web/built/manifest.json that is read here.
type manifest struct {
	Quality int
	Files   []struct {
		Name     string
		Variants []struct {
			Coding string
			Size   int64
		}
	}
}

// TestBudget weighs what a browser downloads of the program as it ships. It runs
// the build step on a copy of what web/built has of the program, which keeps it
// when it is of the present sources at full quality: compressing takes half a
// minute.
func TestBudget(t *testing.T) {
	stat(t, ".", "../shared", "../server/internal/wasmpack", "../web/built")
	dir := filepath.Join(t.TempDir(), "built")
	if err := os.CopyFS(dir, os.DirFS("../web/built")); err != nil {
		t.Fatal(err)
	}
	if _, ok := weigh(t, dir); !ok && testing.Short() {
		t.Skip("short, and web/built has no program at full quality")
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "porchlight/server/internal/wasmpack", "-web", "", "-out", dir, ".")
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("wasmpack: %v\n%s", err, said)
	}
	size, ok := weigh(t, dir)
	if !ok {
		t.Fatalf("the build step made no brotli copy of the program\n%s", said)
	}
	t.Logf("program: %d bytes in brotli 11, of %d", size, maxProgram)
	if size > maxProgram {
		t.Errorf("the program weighs %d bytes, want at most %d\n%s", size, maxProgram, said)
	}
}

// weigh returns the size of the program's brotli copy in the folder, if it was
// made at quality 11.
func weigh(t *testing.T, folder string) (size int64, ok bool) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		return 0, false
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	if m.Quality != 11 {
		return 0, false
	}
	for _, f := range m.Files {
		for _, v := range f.Variants {
			if f.Name == "app.wasm" && v.Coding == "br" {
				return v.Size, true
			}
		}
	}
	return 0, false
}
