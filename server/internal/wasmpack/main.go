// Command wasmpack is the build step between the Go compiler and the server:
// it shrinks the browser program, compresses it and the other files of web, and
// leaves the result with a manifest in web/built, where the server embeds it.
//
//	GOOS=js GOARCH=wasm go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o app.wasm ./app
//	go run ./server/internal/wasmpack [-quality 11] app.wasm
//
// # Why
//
// Go's linker splits a program's data at every run of eight zeros, into some
// 80 thousand segments whose heads neither shrink nor compress. Joining them
// gives the same memory image. The tables that tell file and line for a
// program counter serve stack traces only, which nobody reads on a phone;
// function names stay. Measured on a client of this kind, brotli 11: 1 436 000
// bytes as built, 1 349 000 joined, 1 217 000 joined and trimmed.
//
// The layout of those tables is the toolchain's own affair and changes. So the
// step trims only for toolchains that it knows and tables that make sense, and
// otherwise warns and ships the program joined, or as it came.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "wasmpack:", err)
		os.Exit(1)
	}
}

// options are the command's flags, and its argument.
type options struct {
	program string // what GOOS=js GOARCH=wasm go build wrote
	exec    string
	web     string
	out     string
	quality int
}

func run(args []string, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	b := &builder{options: o, logger: slog.New(slog.NewTextHandler(stderr, nil))}
	return b.build()
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("wasmpack", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.exec, "exec", "", "wasm_exec.js of the same toolchain (default: that of go env GOROOT)")
	f.StringVar(&o.web, "web", "web", "the `folder` of files to compress; empty: the program alone")
	f.StringVar(&o.out, "out", filepath.Join("web", "built"), "the `folder` for the result")
	f.IntVar(&o.quality, "quality", 11, "brotli quality, 0 to 11; 11 takes half a minute, 5 a second")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() != 1 || o.out == "" {
		return o, errors.New("usage: wasmpack [flags] app.wasm")
	}
	o.program = f.Arg(0)
	if o.quality < 0 || o.quality > 11 {
		return o, fmt.Errorf("quality %d is not in 0 to 11", o.quality)
	}
	return o, nil
}

// execFile returns where wasm_exec.js is. It must be of the toolchain that
// built the program.
func (o options) execFile() (string, error) {
	if o.exec != "" {
		return o.exec, nil
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find GOROOT: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"), nil
}

// shrink packs the program as far as it is safe.
func (b *builder) shrink(module []byte) ([]byte, error) {
	edit := trim
	if version := runtime.Version(); !knownToolchain(version) {
		b.logger.Warn("line tables stay: toolchain not known", "version", version)
		edit = nil
	}
	packed, err := pack(module, edit)
	if errors.Is(err, errTables) {
		b.logger.Warn("line tables stay", "err", err)
		packed, err = pack(module, nil)
	}
	if errors.Is(err, errLayout) {
		b.logger.Warn("program stays as it is", "err", err)
		return module, nil
	}
	return packed, err
}
