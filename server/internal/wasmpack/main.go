// Command wasmpack is the build step between the sources and the server: it
// compiles the browser program, shrinks it, compresses it and the other files of
// web, and leaves the result with a manifest in web/built, where the server
// embeds it.
//
//	go run ./server/internal/wasmpack [-quality 11] ./app
//
// # Why
//
// What a program weighs is what a first visit waits for. Measured on the whole
// app of issue 3, Go 1.26.8, brotli 11, bytes (with -std the first, without it the second):
//
//	1 335 935  line tables trimmed, segments joined
//	  952 356  and stand-ins for net/http and regexp: taken
//	  942 025  and for crypto/aes, crypto/cipher and crypto/rand: left
//
// Segments: Go's linker splits a program's data at every run of eight zeros,
// into some 80 thousand segments whose heads neither shrink nor compress.
// Joining them gives the same memory image.
//
// Line tables: what tells file and line for a program counter serves stack
// traces only, which nobody reads on a phone. Function names stay. The layout is
// the toolchain's own affair and changes, so the step trims only for toolchains
// that it knows and tables that make sense, and otherwise warns and ships the
// program joined, or as it came.
//
// Stand-ins: go-app imports net/http for its server half, which a browser never
// runs, and regexp for one kind of route. Initialising net/http alone links most
// of an HTTP/2 server. `go build -overlay` can put a file of ours in the place of
// a package of the standard library, in this one build only, and std holds two:
// names without anything behind them. That is safe for three reasons. What they
// lack does not compile, and then the step warns and builds without them. What
// they have panics by name when it is called. And app/deps_test.go refuses any
// importer of the two but go-app. An overlay cannot replace files of a module, so
// a toolchain that go itself downloaded (GOTOOLCHAIN) gives the larger program.
//
// The random source of post ids and dead encryption code stay as Go has them:
// eleven kilobytes are not worth a hand in package crypto. Inlining switched off
// (-gcflags=all=-l) saved 60 kB of 810 on a smaller program and made it slower.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "wasmpack:", err)
		os.Exit(1)
	}
}

// options are the command's flags, and its argument.
type options struct {
	program string // the main package, or a module that is compiled already: a file *.wasm
	root    string // the toolchain's; empty: ask the go command
	std     bool   // leave the standard library as it is
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
	f.StringVar(&o.root, "goroot", "", "the toolchain's `folder` (default: go env GOROOT)")
	f.BoolVar(&o.std, "std", false, "leave the standard library as it is, for a program some 40 percent larger")
	f.StringVar(&o.web, "web", "web", "the `folder` of files to compress; empty: the program alone")
	f.StringVar(&o.out, "out", filepath.Join("web", "built"), "the `folder` for the result")
	f.IntVar(&o.quality, "quality", 11, "brotli quality, 0 to 11; 11 takes half a minute, 5 a second")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() != 1 || o.out == "" {
		return o, errors.New("usage: wasmpack [flags] package|file.wasm")
	}
	o.program = f.Arg(0)
	if o.quality < 0 || o.quality > 11 {
		return o, fmt.Errorf("quality %d is not in 0 to 11", o.quality)
	}
	return o, nil
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
