package main

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Budgets of the binary: its bytes for linux/amd64, of which a part is the
// browser program's own (maxProgram in app/deps_test.go), and the time from its
// start to the first byte of a page.
const (
	maxBinary  = 24_000_000
	maxProgram = 1_060_000
	maxStart   = 10 * time.Millisecond
)

// ship builds the binary with the flags of `make build`, and what web/built has.
func ship(t *testing.T, env ...string) string {
	t.Helper()
	watch(t)
	flags := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"}
	binary := filepath.Join(t.TempDir(), "porchlight")
	cmd := exec.CommandContext(t.Context(), "go", append(flags, "-o", binary, ".")...)
	cmd.Env = append(os.Environ(), append(env, "CGO_ENABLED=0")...)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, said)
	}
	return binary
}

// watch looks at what the binary is made of: the test cache does not know what
// the go command reads. It wants the Makefile to build as ship does.
func watch(t *testing.T) {
	t.Helper()
	listPackages(t)
	err := filepath.WalkDir("../web", func(name string, _ fs.DirEntry, err error) error {
		if err == nil {
			_, err = os.Stat(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("../go.sum"); err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(makefile), "build -trimpath -buildvcs=false -ldflags='-s -w' -o bin/porchlight ./server") {
		t.Error("the Makefile builds the binary with other flags than this test")
	}
}

// TestSize weighs the binary. The browser program is in it at whatever quality
// it was last built, or not at all, and counts as what it may weigh: so the test
// needs no build and holds what ships.
func TestSize(t *testing.T) {
	info, err := os.Stat(ship(t, "GOOS=linux", "GOARCH=amd64"))
	if err != nil {
		t.Fatal(err)
	}
	var program int64
	if built, err := os.Stat("../web/built/app.wasm.br"); err == nil {
		program = built.Size()
	}
	size := info.Size() - program + maxProgram
	t.Logf("binary: %d bytes, %d of them the program; at most %d with a program of %d", info.Size(), program, size, maxProgram)
	if size > maxBinary {
		t.Errorf("the binary weighs up to %d bytes, want at most %d", size, maxBinary)
	}
}

// TestStart bounds the time from the start of the process to the first byte of
// the sign-in page, over a new connection, with data that is there. It takes the
// least of many starts: that is what the program itself needs, since what else
// the machine does can only add to it, and under load it adds more than there
// is. So the test does not say what a start takes at worst. A first start of all
// makes databases and RSA keys, and is not held.
func TestStart(t *testing.T) {
	binary := ship(t)
	for _, tt := range []struct {
		name string
		env  []string
	}{
		{"local mode", nil},
		{"user pool", []string{"AWS_REGION=eu-west-1", "AWS_COGNITO_USER_POOL_ID=eu-west-1_abcdefghi", "AWS_COGNITO_USER_POOL_CLIENT_ID=1example23456789",
			"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=http://127.0.0.1:9"}}, // where nothing answers
	} {
		t.Run(tt.name, func(t *testing.T) {
			const least, most = 20, 200
			env := append(tt.env, "PORCHLIGHT_LISTEN=127.0.0.1:0", "PORCHLIGHT_DATA_DIR="+t.TempDir())
			firstByte(t, binary, env)
			var took []time.Duration
			for len(took) < least || len(took) < most && slices.Min(took) > maxStart {
				took = append(took, firstByte(t, binary, env))
			}
			slices.Sort(took)
			t.Logf("first byte after %v at the least, %v at the median of %d", took[0], took[len(took)/2], len(took))
			if took[0] > maxStart {
				t.Errorf("first byte after %v at the least of %d starts, want %v", took[0], len(took), maxStart)
			}
		})
	}
}

// firstByte starts the program, asks for the sign-in page and stops it.
func firstByte(t *testing.T, binary string, env []string) time.Duration {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = env
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(stdout).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(said), "Porchlight is at http://")
	if !ok {
		t.Fatalf("the program said %q, %v, want its address", said, err)
	}
	status, err := firstLine(address)
	took := time.Since(start)
	if err != nil || status != "HTTP/1.1 200 OK\r\n" {
		t.Fatalf("GET /signin = %q, %v, want 200", status, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the program ended with %v", err)
	}
	return took
}

// firstLine asks for the sign-in page and returns the answer's first line.
func firstLine(address string) (string, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "GET /signin HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", address); err != nil {
		return "", err
	}
	return bufio.NewReader(c).ReadString('\n')
}
