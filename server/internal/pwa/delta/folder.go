package delta

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
)

// Kept is how many programs of earlier releases a folder keeps.
const Kept = 3

// Lengths in bytes beyond which a kept file, and the program in it, is not one
// of ours.
const (
	maxPacked  = 16 << 20
	maxProgram = 64 << 20
)

// Names of files: the program's hash in hex and suffix, or prefix and something
// random while it is being written.
const (
	suffix = ".wasm.br"
	prefix = ".writing-"
)

// abandoned is the age at which nobody is writing a file any more.
const abandoned = time.Hour

// ErrDamaged says that a kept file is not the program that its name promises.
var ErrDamaged = errors.New("kept program is damaged")

// A Folder keeps programs, compressed, by their hashes. Files of other names
// are somebody else's and stay as they are. Several processes may use a folder.
type Folder struct{ root *os.Root }

// Open opens the folder, and makes it where it is missing.
func Open(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	return &Folder{root}, nil
}

// Close gives the folder back.
func (f *Folder) Close() error { return f.root.Close() }

// Keep writes a program, of which packed is the brotli copy and h the hash. One that is
// there already becomes the newest, and whole if it was damaged. A file is there
// complete or not at all.
func (f *Folder) Keep(h Hash, packed io.Reader) error {
	name := prefix + rand.Text()
	err := f.write(name, packed)
	if err == nil {
		err = f.root.Rename(name, fileOf(h))
	}
	if err != nil {
		_ = f.root.Remove(name) // List removes it when it is old
		return fmt.Errorf("keep program: %w", err)
	}
	return nil
}

func (f *Folder) write(name string, packed io.Reader) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, packed)
	return cmp.Or(err, file.Sync(), file.Close())
}

// List returns the kept programs but the present one, the newest first, Kept at
// most. It removes older ones, and what was never written to its end, where the
// folder lets it.
func (f *Folder) List(present Hash) ([]Hash, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list programs: %w", err)
	}
	var files []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // another process has removed it, or it is none of ours
		}
		if strings.HasPrefix(e.Name(), prefix) && time.Since(info.ModTime()) > abandoned {
			_ = f.root.Remove(e.Name())
		}
		if h, ok := hashIn(e.Name()); ok && h != present {
			files = append(files, info)
		}
	}
	slices.SortStableFunc(files, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var list []Hash
	for i, info := range files {
		if i >= Kept {
			_ = f.root.Remove(info.Name())
			continue
		}
		h, _ := hashIn(info.Name()) // it had one above
		list = append(list, h)
	}
	return list, nil
}

// Read returns a program. One that is not what its name promises is removed, and
// the error is ErrDamaged.
func (f *Folder) Read(h Hash) ([]byte, error) {
	file, err := f.root.Open(fileOf(h))
	if err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	defer file.Close()
	program, err := unpack(file)
	if err == nil && HashOf(program) != h {
		err = errors.New("it has another hash")
	}
	if err != nil {
		_ = f.root.Remove(fileOf(h)) // List drops it when it is old
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return program, nil
}

func unpack(file fs.File) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxPacked {
		return nil, fmt.Errorf("it has %d bytes", info.Size())
	}
	return io.ReadAll(io.LimitReader(brotli.NewReader(file), maxProgram)) // a longer one has another hash
}

func fileOf(h Hash) string { return h.String() + suffix }

// hashIn returns the hash that a file of ours has in its name.
func hashIn(name string) (Hash, bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	h, err := ParseHash(digits)
	return h, ok && err == nil && fileOf(h) == name
}
