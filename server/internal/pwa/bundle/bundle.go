// Package bundle describes web/built, the folder in which the build step
// (command wasmpack) leaves the browser program and the compressed copies of
// the other assets, and from which the server (package pwa) serves them. It is
// the contract of the two: a manifest and its checks.
package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Dir is the folder, relative to web. ManifestName is the manifest in it.
const (
	Dir          = "built"
	ManifestName = "manifest.json"
)

// Names of the files that only the build step makes. All others are named by
// their path relative to web: "css/app.css".
const (
	Program = "app.wasm"
	Exec    = "wasm_exec.js"
)

// Codings, as in Content-Encoding. The build step makes copies in Brotli alone;
// the server makes Gzip when it is asked for.
const (
	Brotli = "br"
	Gzip   = "gzip"
)

// ErrMalformed says that a manifest is not one that the build step wrote, or
// that a file it names is missing or of another size.
var ErrMalformed = errors.New("malformed manifest")

// Version is that of the build step. It grows with any change of how a program
// is packed, so that what an older step made is made again.
const Version = 2

// Manifest lists what the build step made.
type Manifest struct {
	// Version is Version at the time of the build.
	Version int `json:"version"`
	// Quality is the brotli quality, 0 to 11.
	Quality int    `json:"quality"`
	Files   []File `json:"files"`
}

// File is one asset. Variants may be empty: then it does not shrink.
type File struct {
	// Name is Program, Exec or a path relative to web.
	Name string `json:"name"`
	// Source is the SHA-256, in hex, of what the file was made from. It differs
	// from SHA256 for Program only, which is packed.
	Source string `json:"source"`
	// SHA256 is that of the served bytes before compression, in hex.
	SHA256 string `json:"sha256"`
	// Size is that of the served bytes before compression.
	Size     int64     `json:"size"`
	Variants []Variant `json:"variants"`
}

// Variant is a compressed copy of a file.
type Variant struct {
	Coding string `json:"coding"` // Brotli
	Name   string `json:"name"`   // in Dir, without a slash
	Size   int64  `json:"size"`
}

// Variant returns the copy in the coding.
func (f File) Variant(coding string) (v Variant, ok bool) {
	for _, v := range f.Variants {
		if v.Coding == coding {
			return v, true
		}
	}
	return Variant{}, false
}

// Least returns the size of the smallest form in which the file is served.
func (f File) Least() int64 {
	least := f.Size
	for _, v := range f.Variants {
		least = min(least, v.Size)
	}
	return least
}

// File returns the file of the name.
func (m Manifest) File(name string) (f File, ok bool) {
	for _, f := range m.Files {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}

// Hash returns the SHA-256 of b in hex.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Read returns the manifest in Dir of web and checks it against the files
// there. It returns fs.ErrNotExist when nothing was built, and ErrMalformed.
func Read(web fs.FS) (Manifest, error) {
	raw, err := fs.ReadFile(web, path.Join(Dir, ManifestName))
	if err != nil {
		return Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if m.Version != Version {
		return Manifest{}, fmt.Errorf("%w: version %d, not %d", ErrMalformed, m.Version, Version)
	}
	for _, f := range m.Files {
		if err := f.check(web); err != nil {
			return Manifest{}, fmt.Errorf("%w: %q: %w", ErrMalformed, f.Name, err)
		}
	}
	return m, nil
}

func (f File) check(web fs.FS) error {
	switch {
	case !fs.ValidPath(f.Name) || f.Name == ".":
		return errors.New("name is not a path")
	case len(f.SHA256) != hex.EncodedLen(sha256.Size):
		return errors.New("hash has the wrong length")
	case f.Size < 0:
		return errors.New("size is negative")
	}
	if _, err := hex.DecodeString(f.SHA256); err != nil {
		return err
	}
	for _, v := range f.Variants {
		if err := v.check(web); err != nil {
			return err
		}
	}
	return nil
}

func (v Variant) check(web fs.FS) error {
	if v.Coding != Brotli {
		return fmt.Errorf("coding %q is unknown", v.Coding)
	}
	if !fs.ValidPath(v.Name) || path.Base(v.Name) != v.Name || v.Name == "." {
		return fmt.Errorf("variant %q is not a file name", v.Name)
	}
	info, err := fs.Stat(web, path.Join(Dir, v.Name))
	if err != nil {
		return err
	}
	if info.IsDir() || info.Size() != v.Size {
		return fmt.Errorf("variant %q has %d bytes, not %d", v.Name, info.Size(), v.Size)
	}
	return nil
}
