package pwa

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"porchlight/server/internal/pwa/bundle"
)

// An asset is a file that a browser may ask for by a name that holds its hash.
type asset struct {
	// name is as in bundle.File: "css/app.css".
	name string
	// path is where it is served: "/web/app.3f2a9c0d51e8.css".
	path string
	// media is the Content-Type.
	media string
	// hash is the SHA-256 of the bytes, in hex.
	hash string
	// variants stand in the order of preference; the last one is identity.
	variants []variant
	// updates are variants for who has an earlier one. Nil means never any.
	updates *updates
}

// maxInPlace is what an asset may have, in bytes, to stand in a page instead of
// its address: a request and its answer have as much in their headers.
const maxInPlace = 1 << 10

// address is where the asset is, or, when it is small, the asset itself (RFC
// 2397). A browser asks for the page's icon when people begin to type there.
func (a *asset) address() string {
	raw, err := a.bytes()
	if err != nil || len(raw) > maxInPlace {
		return a.path
	}
	return "data:" + strings.ReplaceAll(a.media, " ", "") + ";base64," + base64.StdEncoding.EncodeToString(raw)
}

// bytes is the asset as it is.
func (a *asset) bytes() ([]byte, error) {
	r, err := a.variants[len(a.variants)-1].open()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// A variant is an asset in one coding. The reader is at its start.
type variant struct {
	coding string
	open   func() (io.ReadSeeker, error)
	base   string // of a difference: to what
	// pays reports whether the coding makes the asset smaller; nil is that it
	// does. It may make the copy.
	pays func() bool
}

// hashLen is how much of the hash is in the path: 48 bits in hex, enough to
// tell apart the releases of one file.
const hashLen = 12

// maxProgram bounds what is decompressed for a client that takes no coding.
const maxProgram = 64 << 20

func newAsset(name, hash string) (*asset, error) {
	media, ok := mediaTypes()[path.Ext(name)]
	if !ok {
		return nil, fmt.Errorf("asset %q: its extension has no media type", name)
	}
	base := path.Base(name)
	ext := path.Ext(base)
	return &asset{
		name:  name,
		path:  "/web/" + strings.TrimSuffix(base, ext) + "." + hash[:hashLen] + ext,
		media: media,
		hash:  hash,
	}, nil
}

// mediaTypes is the allowlist of what can be an asset. It is not the system's
// table, which differs between machines.
func mediaTypes() map[string]string {
	return map[string]string{
		".css":   "text/css; charset=utf-8",
		".ico":   "image/x-icon",
		".js":    "text/javascript; charset=utf-8",
		".png":   "image/png",
		".svg":   "image/svg+xml; charset=utf-8",
		".wasm":  "application/wasm",
		".woff2": "font/woff2",
	}
}

// folders are those of web whose files are served under hashed names. Scripts
// are listed by name: the worker's has a route of its own.
func folders() []string { return []string{"css", "icons"} }

func scripts() []string {
	return []string{bootScript, "js/takeover.js", prepareScript, keptScript}
}

// bootScript starts everything and has web/js/send.js in it, prepareScript gets
// the program ready in a thread of its own, keptScript shows what the device keeps.
const (
	bootScript    = "js/boot.js"
	prepareScript = "js/prepare.js"
	keptScript    = "js/kept.js"
)

// sourceNames lists the assets that are in web as they are written.
func sourceNames(web fs.FS) ([]string, error) {
	names := scripts()
	for _, dir := range folders() {
		entries, err := fs.ReadDir(web, dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list assets: %w", err)
		}
		for _, e := range entries {
			if _, ok := mediaTypes()[path.Ext(e.Name())]; ok && !e.IsDir() {
				names = append(names, path.Join(dir, e.Name()))
			}
		}
	}
	return names, nil
}

// loadSource makes the asset of a file as it is written, with the compressed
// copies of the manifest when they were made from these very bytes.
func loadSource(web fs.FS, name string, m bundle.Manifest) (*asset, error) {
	raw, err := bundle.Source(web, name)
	if err != nil {
		return nil, err
	}
	a, err := newAsset(name, bundle.Hash(raw))
	if err != nil {
		return nil, err
	}
	if built, ok := m.File(name); ok && built.SHA256 == a.hash {
		a.variants = builtVariants(web, built)
	}
	if compressible(name) {
		a.variants = append(a.variants, gzipOnce(len(raw), func() ([]byte, error) { return raw, nil }))
	}
	a.variants = append(a.variants, variant{coding: identity, open: func() (io.ReadSeeker, error) { return bytes.NewReader(raw), nil }})
	return a, nil
}

// loadBuilt makes the asset of a file that only the build step makes. It is
// there in brotli, and its other codings are made from that when somebody first
// asks for them, which costs a quarter of a second for the program. Every browser
// takes brotli on a secure address and on loopback, and a second copy of the
// program would be 1.4 MB of the server's binary.
func loadBuilt(web fs.FS, f bundle.File) (*asset, error) {
	a, err := newAsset(f.Name, f.SHA256)
	if err != nil {
		return nil, err
	}
	packed, ok := f.Variant(bundle.Brotli)
	if !ok {
		return nil, fmt.Errorf("asset %q has no brotli copy", f.Name)
	}
	open := openFile(web, path.Join(bundle.Dir, packed.Name))
	a.variants = append(builtVariants(web, f),
		gzipOnce(int(f.Size), func() ([]byte, error) { return unpacked(open, f) }),
		variant{coding: identity, open: openOnce(func() ([]byte, error) { return unpacked(open, f) })})
	return a, nil
}

// builtVariants returns the copies that the build step made.
func builtVariants(web fs.FS, f bundle.File) []variant {
	var vs []variant
	for _, v := range f.Variants {
		vs = append(vs, variant{coding: v.Coding, open: openFile(web, path.Join(bundle.Dir, v.Name)),
			pays: func() bool { return v.Size < f.Size }})
	}
	return vs
}

// coded returns the variant in the coding; of zero, there is none.
func (a *asset) coded(coding string) variant {
	for _, v := range a.variants {
		if v.coding == coding {
			return v
		}
	}
	return variant{}
}

func compressible(name string) bool {
	switch path.Ext(name) {
	case ".png", ".woff2":
		return false
	}
	return true
}

// openFile opens a file without copying it, where the file system can: an
// embedded one is read where the program stands in memory.
func openFile(web fs.FS, name string) func() (io.ReadSeeker, error) {
	return func() (io.ReadSeeker, error) {
		f, err := web.Open(name)
		if err != nil {
			return nil, err
		}
		if rs, ok := f.(io.ReadSeeker); ok {
			return rs, nil
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		return bytes.NewReader(b), err
	}
}

// openOnce keeps what produce returns at its first call.
func openOnce(produce func() ([]byte, error)) func() (io.ReadSeeker, error) {
	once := sync.OnceValues(produce)
	return func() (io.ReadSeeker, error) {
		b, err := once()
		return bytes.NewReader(b), err
	}
}

// gzipOnce is the gzip copy of what body returns, which is of the size. It is made
// when it is first asked for: for all assets that takes longer than to start.
func gzipOnce(size int, body func() ([]byte, error)) variant {
	once := sync.OnceValues(func() ([]byte, error) {
		b, err := body()
		if err != nil {
			return nil, err
		}
		return gzipped(b)
	})
	return variant{coding: bundle.Gzip, open: openOnce(once), pays: func() bool {
		b, err := once()
		return err != nil || len(b) < size // open tells of the error
	}}
}

func gzipped(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

// unpacked returns the file's bytes, and an error unless they are those that
// the manifest promises.
func unpacked(open func() (io.ReadSeeker, error), f bundle.File) ([]byte, error) {
	packed, err := open()
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", f.Name, err)
	}
	b, err := io.ReadAll(io.LimitReader(brotli.NewReader(packed), min(f.Size, maxProgram)+1))
	if err != nil {
		return nil, fmt.Errorf("decompress %q: %w", f.Name, err)
	}
	if bundle.Hash(b) != f.SHA256 {
		return nil, fmt.Errorf("decompress %q: its hash is not %s", f.Name, f.SHA256[:hashLen])
	}
	return b, nil
}
