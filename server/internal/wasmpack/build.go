package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"golang.org/x/sync/errgroup"

	"porchlight/server/internal/pwa/bundle"
)

// A builder makes the folder of built files.
type builder struct {
	options
	logger *slog.Logger
	old    bundle.Manifest // of the last build, as far as it is still good
}

// build leaves the files and the manifest in out. What the last build made of
// the same sources at the same quality is kept as it is. Every file is whole
// at any time, and the manifest comes last: a build that was stopped half-way
// has a manifest that does not fit, which the server ignores.
func (b *builder) build() error {
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	b.readOld()
	names, err := b.names()
	if err != nil {
		return err
	}
	files := make([]bundle.File, len(names))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		g.Go(func() (err error) {
			files[i], err = b.file(name)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := b.writeManifest(files); err != nil {
		return err
	}
	return b.sweep(files)
}

// readOld takes the manifest of the last build, unless it had another quality.
func (b *builder) readOld() {
	if filepath.Base(b.out) != bundle.Dir {
		return // bundle.Read looks in Dir of its folder
	}
	old, err := bundle.Read(os.DirFS(filepath.Dir(b.out)))
	if err == nil && old.Quality == b.quality {
		b.old = old
	}
}

// names lists what is built, the program first because it takes longest.
func (b *builder) names() ([]string, error) {
	names := []string{bundle.Program, bundle.Exec}
	if b.web == "" {
		return names, nil
	}
	for _, dir := range []string{"css", "icons", "js"} {
		entries, err := os.ReadDir(filepath.Join(b.web, dir))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if name := path.Join(dir, e.Name()); compressible(e) && !bundle.IsPart(name) {
				names = append(names, name)
			}
		}
	}
	return names, distinct(names)
}

// distinct refuses two files of one name: copies are named without folders.
func distinct(names []string) error {
	seen := make(map[string]string, len(names))
	for _, name := range names {
		base := path.Base(name)
		if other, ok := seen[base]; ok {
			return fmt.Errorf("%s and %s have the same name", other, name)
		}
		seen[base] = name
	}
	return nil
}

// compressible reports whether a file is text. The worker's script is not
// among them: the server puts values into it.
func compressible(e fs.DirEntry) bool {
	switch filepath.Ext(e.Name()) {
	case ".css", ".js", ".svg":
		return e.Type().IsRegular() && e.Name() != "worker.js"
	}
	return false
}

// file builds one file, or keeps what the last build made of it.
func (b *builder) file(name string) (bundle.File, error) {
	source, err := b.read(name)
	if err != nil {
		return bundle.File{}, err
	}
	hash := bundle.Hash(source)
	if old, ok := b.old.File(name); ok && old.Source == hash {
		return old, nil
	}
	body := source
	if name == bundle.Program {
		if body, err = b.shrink(source); err != nil {
			return bundle.File{}, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	f := bundle.File{Name: name, Source: hash, SHA256: bundle.Hash(body), Size: int64(len(body))}
	packed, err := brotlied(body, b.quality)
	if err != nil {
		return bundle.File{}, fmt.Errorf("compress %s: %w", name, err)
	}
	v := bundle.Variant{Coding: bundle.Brotli, Name: path.Base(name) + ".br", Size: int64(len(packed))}
	if err := b.write(v.Name, packed); err != nil {
		return bundle.File{}, err
	}
	f.Variants = []bundle.Variant{v}
	b.logger.Info("built", "file", name, "source", len(source), "packed", f.Size, "br", v.Size)
	return f, nil
}

func (b *builder) read(name string) ([]byte, error) {
	switch name {
	case bundle.Program:
		if strings.HasSuffix(b.program, ".wasm") {
			return os.ReadFile(b.program)
		}
		return b.compile(b.program)
	case bundle.Exec:
		root, err := b.goroot()
		if err != nil {
			return nil, err
		}
		return os.ReadFile(filepath.Join(root, "lib", "wasm", "wasm_exec.js"))
	}
	return bundle.Source(os.DirFS(b.web), name)
}

// write replaces a file of out in one step.
func (b *builder) write(name string, body []byte) error {
	temp, err := os.CreateTemp(b.out, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // gone already when all went well
	_, err = temp.Write(body)
	if err := cmp.Or(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), filepath.Join(b.out, name))
}

func (b *builder) writeManifest(files []bundle.File) error {
	slices.SortFunc(files, func(x, y bundle.File) int { return cmp.Compare(x.Name, y.Name) })
	body, err := json.MarshalIndent(bundle.Manifest{Version: bundle.Version, Quality: b.quality, Files: files}, "", "\t")
	if err != nil {
		return err
	}
	return b.write(bundle.ManifestName, append(body, '\n'))
}

// sweep removes what an earlier build left and this one does not name.
func (b *builder) sweep(files []bundle.File) error {
	keep := map[string]bool{bundle.ManifestName: true, ".gitignore": true}
	for _, f := range files {
		for _, v := range f.Variants {
			keep[v.Name] = true
		}
	}
	entries, err := os.ReadDir(b.out)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && !keep[e.Name()] {
			if err := os.Remove(filepath.Join(b.out, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// brotlied compresses with the largest window, so that the far end of the
// program can repeat its start.
func brotlied(body []byte, quality int) ([]byte, error) {
	var out bytes.Buffer
	w := brotli.NewWriterOptions(&out, brotli.WriterOptions{Quality: quality, LGWin: 24})
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}
