package delta

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/andybalholm/brotli"
)

func packed(t *testing.T, program []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestSpeed)
	if _, err := w.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openFolder(t *testing.T) (*Folder, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data", "programs")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, dir
}

// keep keeps the programs, the first the oldest, and returns their hashes.
func keep(t *testing.T, f *Folder, dir string, programs ...string) (hashes []Hash) {
	t.Helper()
	for i, program := range programs {
		h := HashOf([]byte(program))
		if err := f.Keep(h, bytes.NewReader(packed(t, []byte(program)))); err != nil {
			t.Fatal(err)
		}
		age(t, filepath.Join(dir, fileOf(h)), time.Duration(len(programs)-i)*time.Minute)
		hashes = append(hashes, h)
	}
	return hashes
}

func age(t *testing.T, file string, by time.Duration) {
	t.Helper()
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(-by)); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// The folder holds the last programs beside the present one, the one that was
// kept last before all others.
func TestFolder(t *testing.T) {
	f, dir := openFolder(t)
	h := keep(t, f, dir, "one", "two", "three", "four", "five", "six")
	list, err := f.List(h[5])
	if want := []Hash{h[4], h[3], h[2]}; err != nil || !slices.Equal(list, want) {
		t.Fatalf("List = %v, %v, want %v", list, err, want)
	}
	if got := names(t, dir); len(got) != Kept+1 {
		t.Errorf("the folder has %q, want the present program and %d", got, Kept)
	}
	for _, h := range list {
		if program, err := f.Read(h); err != nil || HashOf(program) != h {
			t.Errorf("Read(%v) = %q, %v", h, program, err)
		}
	}
	if _, err := f.Read(h[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read of a dropped one = %v, want %v", err, fs.ErrNotExist)
	}
	keep(t, f, dir, "three") // an older release runs again
	if list, err := f.List(h[5]); err != nil || list[0] != h[2] {
		t.Errorf("List = %v, %v, want %v first", list, err, h[2])
	}
	if list, err := f.List(h[2]); err != nil || !slices.Equal(list, []Hash{h[5], h[4], h[3]}) {
		t.Errorf("List for an older release = %v, %v, want the newer ones", list, err)
	}
	info, err := os.Stat(filepath.Join(dir, fileOf(h[2])))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of a kept file = %v, %v", info.Mode(), err)
	}
}

// Nothing that another put there is read, counted or removed.
func TestFolderForeign(t *testing.T) {
	f, dir := openFolder(t)
	h := keep(t, f, dir, "one")
	digits := HashOf([]byte("two")).String()
	foreign := []string{
		"notes.txt", digits, digits + ".wasm", digits + ".wasm.br.bak", digits + ".wasm.gz", "x" + digits + suffix, digits[1:] + suffix,
		strings.ToUpper(digits) + suffix, suffix, strings.Repeat("g", 64) + suffix,
	}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), packed(t, []byte("two")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, HashOf([]byte("folder")).String()+suffix, "inner"), 0o700); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, packed(t, []byte("link")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, fileOf(HashOf([]byte("link"))))); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	if list, err := f.List(Hash{}); err != nil || !slices.Equal(list, h) {
		t.Errorf("List = %v, %v, want %v", list, err, h)
	}
	if after := names(t, dir); !slices.Equal(after, before) {
		t.Errorf("the folder has %q, had %q", after, before)
	}
	if program, err := f.Read(HashOf([]byte("link"))); err == nil {
		t.Errorf("Read led out of the folder: %q", program)
	}
}

// A file that is not what its name says is refused and removed.
func TestReadDamaged(t *testing.T) {
	program := noise(10_000)
	whole := packed(t, program)
	changed := slices.Clone(whole)
	changed[5000] ^= 1
	for _, test := range []struct {
		name string
		file []byte
		size int64 // when longer than file, the rest is zeros
	}{
		{"empty", nil, 0},
		{"cut", whole[:len(whole)/2], 0},
		{"without its end", whole[:len(whole)-1], 0},
		{"changed", changed, 0},
		{"not compressed", program, 0},
		{"another program", packed(t, program[1:]), 0},
		{"two programs", slices.Concat(whole, whole), 0},
		{"something after it", slices.Concat(whole, []byte("more")), 0},
		{"huge", whole, maxPacked + 1},
		{"huge once unpacked", packed(t, make([]byte, maxProgram+1)), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, dir := openFolder(t)
			h := HashOf(program)
			file := filepath.Join(dir, fileOf(h))
			if err := os.WriteFile(file, test.file, 0o600); err != nil {
				t.Fatal(err)
			}
			if test.size > 0 {
				if err := os.Truncate(file, test.size); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := f.Read(h); !errors.Is(err, ErrDamaged) || got != nil {
				t.Errorf("Read = %d bytes, %v, want %v", len(got), err, ErrDamaged)
			}
			if got := names(t, dir); len(got) != 0 {
				t.Errorf("the folder has %q, want nothing", got)
			}
		})
	}
}

// A program that cannot be written to its end leaves what was there.
func TestKeepFails(t *testing.T) {
	f, dir := openFolder(t)
	h := keep(t, f, dir, "one")[0]
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := f.Keep(h, broken); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Keep = %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if got := names(t, dir); !slices.Equal(got, []string{fileOf(h)}) {
		t.Errorf("the folder has %q", got)
	}
	if program, err := f.Read(h); err != nil || string(program) != "one" {
		t.Errorf("Read = %q, %v", program, err)
	}
}

// Keep mends a file that was damaged.
func TestKeepMends(t *testing.T) {
	f, dir := openFolder(t)
	h := keep(t, f, dir, "one")[0]
	if err := os.WriteFile(filepath.Join(dir, fileOf(h)), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	keep(t, f, dir, "one")
	if program, err := f.Read(h); err != nil || string(program) != "one" {
		t.Errorf("Read = %q, %v", program, err)
	}
}

// What a crash left half written goes; what may be on its way stays.
func TestListRemovesUnfinished(t *testing.T) {
	f, dir := openFolder(t)
	for _, name := range []string{"left", "busy"} {
		if err := os.WriteFile(filepath.Join(dir, prefix+name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	age(t, filepath.Join(dir, prefix+"left"), abandoned+time.Minute)
	if list, err := f.List(Hash{}); err != nil || len(list) != 0 {
		t.Errorf("List = %v, %v, want nothing", list, err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{prefix + "busy"}) {
		t.Errorf("the folder has %q", got)
	}
}

func TestOpenFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "programs")} {
		if f, err := Open(dir); err == nil {
			f.Close()
			t.Errorf("Open(%s) = nil error", dir)
		}
	}
}
