package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// compile builds the main package for the browser: with the stand-ins when that
// works, else without them and with a warning. A package that does not compile
// either way is an error. The result is the same in any folder.
func (b *builder) compile(pkg string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "wasmpack-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // nothing needs what is left when this fails
	out := filepath.Join(dir, "app.wasm")
	if b.std {
		err = goBuild(pkg, out)
	} else {
		err = b.compileSmall(pkg, dir, out)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// compileSmall builds with the stand-ins, or without them.
func (b *builder) compileSmall(pkg, dir, out string) error {
	root, err := b.goroot()
	if err != nil {
		return err
	}
	overlay, err := writeOverlay(dir, root)
	if err == nil {
		err = goBuild(pkg, out, "-overlay="+overlay)
	}
	if err == nil {
		return nil
	}
	if plain := goBuild(pkg, out); plain != nil {
		return plain
	}
	b.logger.Warn("standard library stays as it is: the program is larger", "err", err)
	return nil
}

// goBuild compiles pkg for the browser into out. Paths, build ids and the state
// of the repository stay out of it, so that equal sources give equal bytes.
func goBuild(pkg, out string, flags ...string) error {
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out}, flags...)
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, said)
	}
	return nil
}

// goroot returns the toolchain's folder: that of the go command, unless the
// options name one.
func (o options) goroot() (string, error) {
	if o.root != "" {
		return o.root, nil
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find GOROOT: %w", err)
	}
	return strings.TrimSpace(string(root)), nil
}
