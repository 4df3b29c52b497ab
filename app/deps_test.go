package main_test

import (
	"crypto/sha256"
	"encoding/hex"
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
const maxProgram = 1_500_000

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

// manifest is the part of web/built/manifest.json that is read here.
type manifest struct {
	Quality int
	Files   []struct {
		Name, Source string
		Variants     []struct {
			Coding string
			Size   int64
		}
	}
}

// TestBudget builds the program and weighs what a browser downloads of it. When
// web/built was made from the same program at full quality it is weighed there:
// compressing takes half a minute.
func TestBudget(t *testing.T) {
	stat(t, ".", "../shared", "../server/internal/wasmpack", "../web/built")
	dir := t.TempDir()
	program := filepath.Join(dir, "app.wasm")
	browser(t, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", program, ".")
	raw, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	size, ok := weigh("../web/built", hex.EncodeToString(sum[:]))
	if !ok && testing.Short() {
		t.Skip("short, and web/built is of another program or quality")
	}
	if !ok {
		pack(t, program, filepath.Join(dir, "built"))
		size, ok = weigh(filepath.Join(dir, "built"), hex.EncodeToString(sum[:]))
	}
	if !ok {
		t.Fatal("the build step made no brotli copy of the program")
	}
	t.Logf("program: %d bytes, %d in brotli 11, of %d", len(raw), size, maxProgram)
	if size > maxProgram {
		t.Errorf("the program weighs %d bytes, want at most %d", size, maxProgram)
	}
}

func pack(t *testing.T, program, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", "porchlight/server/internal/wasmpack", "-web", "", "-out", out, program)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("wasmpack: %v\n%s", err, said)
	}
}

// weigh returns the size of the program's brotli copy in the folder, if it was
// made from the program of that hash at quality 11.
func weigh(folder, source string) (size int64, ok bool) {
	raw, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		return 0, false
	}
	var m manifest
	if json.Unmarshal(raw, &m) != nil || m.Quality != 11 {
		return 0, false
	}
	for _, f := range m.Files {
		if f.Name != "app.wasm" || f.Source != source {
			continue
		}
		for _, v := range f.Variants {
			if v.Coding == "br" {
				return v.Size, true
			}
		}
	}
	return 0, false
}
