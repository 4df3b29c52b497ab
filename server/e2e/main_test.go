// Package e2e tests the program from outside: the binary that ships, started
// on a free port with a folder of its own, and Chromium in front of it.
//
// Each journey has its own server and its own browser profile, so none sees
// what another did; all share one binary and one browser process. They mostly
// wait, so as many run at once as -parallel says, but for those that say how
// soon a server is of use again, which come first and alone. A tab fails
// its test when the page logs an error, throws, breaks its own policy or asks
// another host for anything. A server fails its test when its log is not JSON,
// holds an error, or holds a secret that the test used.
//
// Without Chromium the journeys are skipped, and so are those that need the
// browser program when the binary has none. With E2E=1 either is a failure.
// Pictures are kept with `go test -artifacts`.
package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// root is the repository, seen from this package's folder.
const root = "../.."

// shared is made by TestMain before any test runs.
var shared *suite

// A suite is what all tests share. Its binary is built, and its browser
// started, when the first test asks for them.
type suite struct {
	dir     string // removed at the end
	binary  func() (string, error)
	browser func() (*browser, error)
	origins sync.Map // of the servers of all tests
}

// had reports whether a server was at the origin before, and notes that one is.
func (s *suite) had(origin string) bool {
	_, had := s.origins.LoadOrStore(origin, true)
	return had
}

func TestMain(m *testing.M) {
	code, err := runSuite(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runSuite(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "porchlight-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var running *browser
	shared = &suite{dir: dir}
	shared.binary = sync.OnceValues(shared.build)
	shared.browser = sync.OnceValues(func() (*browser, error) {
		b, err := launch(filepath.Join(dir, "profile"))
		running = b
		return b, err
	})
	code = m.Run()
	if running != nil {
		running.close()
	}
	return code, nil
}

// build makes the binary as `make build` does.
func (s *suite) build() (string, error) {
	for _, dir := range []string{"app", "server", "shared", "web"} {
		if err := lookAt(filepath.Join(root, dir)); err != nil {
			return "", err
		}
	}
	path := filepath.Join(s.dir, "porchlight")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./server")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./server: %w\n%s", err, out)
	}
	return path, nil
}

// lookAt reads the folders under dir. The test cache watches what a test looks
// at, not what the compiler that it runs reads: without this, a cached result
// would stand after the program has changed.
func lookAt(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := lookAt(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// strict reports whether a missing Chromium or program is a failure.
func strict() bool { return os.Getenv("E2E") == "1" }

// missing skips the test, or fails it when E2E=1.
func missing(t *testing.T, what string) {
	t.Helper()
	if strict() {
		t.Fatal(what)
	}
	t.Skip(what)
}
