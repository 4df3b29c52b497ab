package delta

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// noise is n bytes that do not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never errs
	return b
}

// apply undoes Make as a browser does.
func apply(t testing.TB, old, body []byte) []byte {
	t.Helper()
	hash := HashOf(old)
	if !bytes.HasPrefix(body, append([]byte("\x5e\x2a\x4d\x18\x20\x00\x00\x00"), hash[:]...)) {
		t.Fatalf("body begins with %x", body[:min(len(body), 40)])
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(0, old), zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	next, err := r.DecodeAll(body[40:], nil)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestMake(t *testing.T) {
	program := noise(5_000_000)
	edit := slices.Clone(program)
	copy(edit[2_000_000:], "edited")
	grown := slices.Insert(slices.Clone(program), 1_000_000, noise(3000)...)
	for _, test := range []struct {
		name      string
		old, next []byte
		most      int // bytes
	}{
		{"the same", program, program, 2000},
		{"bytes changed", program, edit, 2000},
		{"bytes inserted", program, grown, 6000},
		{"bytes removed", grown, program, 6000},
		{"moved from the end to the front", program, slices.Concat(program[4_000_000:], program[:4_000_000]), 6000},
		{"nothing in common", noise(100), []byte(strings.Repeat("program ", 1000)), 200},
		{"from nothing", nil, noise(1000), 1100},
		{"to nothing", program, nil, 60},
		{"one byte", []byte("a"), []byte("b"), 60},
		{"at the limit of the window", nil, make([]byte, minWindow-1), 2000},
	} {
		t.Run(test.name, func(t *testing.T) {
			body, err := Make(test.old, test.next)
			if err != nil {
				t.Fatal(err)
			}
			if len(body) > test.most {
				t.Errorf("%d bytes, want at most %d", len(body), test.most)
			}
			if got := apply(t, test.old, body); !bytes.Equal(got, test.next) {
				t.Errorf("decodes to %d other bytes", len(got))
			}
			var frame zstd.Header
			if err := frame.Decode(body[40:]); err != nil || !frame.SingleSegment || frame.FrameContentSize != uint64(len(test.next)) || frame.DictionaryID != 0 {
				t.Errorf("frame = %+v, %v, want one whose window is its length", frame, err)
			}
		})
	}
}

// What browsers need not take is not made.
func TestMakeRefuses(t *testing.T) {
	for _, test := range []struct {
		name      string
		old, next int // bytes
	}{
		{"8 MB from little", 1000, minWindow},
		{"more than 1.25 times the old one", minWindow, minWindow / 4 * 5},
		{"more than any window", maxWindow, maxWindow},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Make(make([]byte, test.old), make([]byte, test.next)); !errors.Is(err, ErrWindow) {
				t.Errorf("Make = %v, want %v", err, ErrWindow)
			}
		})
	}
}

// Whatever the two programs are, the browser puts together the new one.
func FuzzMake(f *testing.F) {
	f.Add([]byte("a program of old"), []byte("a program of new"), uint16(1))
	f.Add([]byte("abc"), []byte(""), uint16(900))
	f.Fuzz(func(t *testing.T, old, next []byte, repeat uint16) {
		old = bytes.Repeat(old, int(repeat%1000)+1)
		next = slices.Concat(old[len(old)/2:], next, old)
		if len(old) > 1<<20 || len(next) > 1<<20 {
			t.Skip("slow")
		}
		body, err := Make(old, next)
		if err != nil {
			t.Fatal(err)
		}
		if got := apply(t, old, body); !bytes.Equal(got, next) {
			t.Errorf("%d bytes from %d decode to %d others", len(next), len(old), len(got))
		}
	})
}

func TestAvailable(t *testing.T) {
	h := HashOf([]byte("program"))
	good := ":" + base64.StdEncoding.EncodeToString(h[:]) + ":"
	for _, test := range []struct {
		name   string
		values []string
		ok     bool
	}{
		{"hash", []string{good}, true},
		{"no header", nil, false},
		{"empty", []string{""}, false},
		{"two headers", []string{good, good}, false},
		{"list", []string{good + ", " + good}, false},
		{"no colons", []string{strings.Trim(good, ":")}, false},
		{"first colon only", []string{strings.TrimSuffix(good, ":") + "="}, false},
		{"last colon only", []string{"=" + strings.TrimPrefix(good, ":")}, false},
		{"quoted", []string{`"` + strings.Trim(good, ":") + `"`}, false},
		{"parameter", []string{good + ";a"}, false},
		{"hex", []string{":" + h.String() + ":"}, false},
		{"31 bytes", []string{":" + base64.StdEncoding.EncodeToString(h[:31]) + ":"}, false},
		{"33 bytes", []string{":" + base64.StdEncoding.EncodeToString(append(h[:], 1)) + ":"}, false},
		{"no padding", []string{strings.ReplaceAll(good, "=", "")}, false},
		{"line feed in it", []string{":\n" + good[2:]}, false},
		{"bits beyond the end", []string{good[:len(good)-3] + "/=:"}, false},
		{"alphabet of URLs", []string{":" + strings.Repeat("_", 43) + "=:"}, false},
		{"a megabyte", []string{":" + strings.Repeat("A", 1<<20) + ":"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := Available(test.values)
			if ok != test.ok || ok && got != h {
				t.Errorf("Available = %v, %v, want %v", got, ok, test.ok)
			}
		})
	}
}

// A value that is taken is the one way to write its hash.
func FuzzAvailable(f *testing.F) {
	f.Add(":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")
	f.Add("::")
	f.Fuzz(func(t *testing.T, value string) {
		h, ok := Available([]string{value})
		if want := ":" + base64.StdEncoding.EncodeToString(h[:]) + ":"; ok && value != want {
			t.Errorf("Available(%q) = %v, which is written %q", value, h, want)
		}
	})
}

func TestParseHash(t *testing.T) {
	h := HashOf([]byte("program"))
	if got, err := ParseHash(h.String()); err != nil || got != h {
		t.Errorf("ParseHash(%v) = %v, %v", h, got, err)
	}
	for _, s := range []string{"", "ab", strings.Repeat("g", 64), h.String() + "00", h.String()[1:]} {
		if got, err := ParseHash(s); err == nil {
			t.Errorf("ParseHash(%q) = %v, want an error", s, got)
		}
	}
}

func BenchmarkMake(b *testing.B) {
	old := noise(5_000_000)
	next := slices.Insert(slices.Clone(old), 1_000_000, noise(3000)...)
	b.ReportAllocs()
	b.SetBytes(int64(len(next)))
	for b.Loop() {
		if _, err := Make(old, next); err != nil {
			b.Fatal(err)
		}
	}
}
