package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// section makes one section of a module.
func section(id byte, body ...byte) []byte {
	return append(binary.AppendUvarint([]byte{id}, uint64(len(body))), body...)
}

// data makes a data section of segments at offsets.
func data(segments ...any) []byte {
	body := binary.AppendUvarint(nil, uint64(len(segments)/2))
	for i := 0; i < len(segments); i += 2 {
		body = appendSegment(body, segments[i].(int), []byte(segments[i+1].(string)))
	}
	return section(sectionData, body...)
}

func module(sections ...[]byte) []byte {
	return append([]byte(header), bytes.Join(sections, nil)...)
}

func TestPack(t *testing.T) {
	custom := section(0, 4, 'n', 'a', 'm', 'e', 1, 2, 3)
	far := strings.Repeat("\x00", 100)
	for _, test := range []struct {
		name     string
		in, want []byte
	}{
		{"nothing", module(), module()},
		{"no data", module(custom), module(custom)},
		{"empty data", module(data()), module(data())},
		{"two that touch", module(data(8, "ab", 10, "cd")), module(data(8, "abcd"))},
		{"a small gap", module(data(8, "ab", 20, "cd")), module(data(8, "ab"+far[:10]+"cd"))},
		{"a wide gap", module(data(8, "ab", 110, "cd")), module(data(8, "ab", 110, "cd"))},
		{"zeros in one", module(data(0, "ab"+far+"cd"+far)), module(data(0, "ab", 102, "cd"))},
		{"out of order", module(data(20, "cd", 8, "ab")), module(data(8, "ab"+far[:10]+"cd"))},
		{"the later wins", module(data(8, "abcd", 9, "X")), module(data(8, "aXcd"))},
		{"other sections stay", module(custom, data(8, "a", 9, "b"), custom), module(custom, data(8, "ab"), custom)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := pack(test.in, nil)
			if err != nil || !bytes.Equal(got, test.want) {
				t.Errorf("pack = %x, %v, want %x", got, err, test.want)
			}
		})
	}
}

func TestPackRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []byte
		want error
	}{
		{"empty", nil, errMalformed},
		{"not wasm", []byte("MZ not wasm"), errMalformed},
		{"another version", []byte("\x00asm\x02\x00\x00\x00"), errMalformed},
		{"cut in a section", module(data(8, "ab"))[:len(module(data(8, "ab")))-1], errMalformed},
		{"cut in a length", append(module(), 11, 0x80), errMalformed},
		{"length of a section too great", append(module(), 11, 0xff, 0xff, 0xff, 0xff, 0x7f), errMalformed},
		{"endless number", append(module(), append([]byte{11}, bytes.Repeat([]byte{0xff}, 12)...)...), errMalformed},
		{"more segments than there are", module(section(11, 9, 0, 0x41, 8, 0x0b, 1, 'a')), errMalformed},
		{"bytes after the last", module(section(11, 1, 0, 0x41, 8, 0x0b, 1, 'a', 'b')), errMalformed},
		{"segment longer than the section", module(section(11, 1, 0, 0x41, 8, 0x0b, 99, 'a')), errMalformed},
		{"four gigabytes", module(data(-1, "a")), errMalformed},
		{"above the limit", module(data(maxMemory, "a")), errMalformed},
		{"passive segment", module(section(11, 1, 1, 1, 'a')), errLayout},
		{"another memory", module(section(11, 1, 2, 0, 0x41, 8, 0x0b, 1, 'a')), errLayout},
		{"offset of a global", module(section(11, 1, 0, 0x23, 0, 0x0b, 1, 'a')), errLayout},
		{"offset that is computed", module(section(11, 1, 0, 0x41, 8, 0x41, 8, 0x6a, 0x0b, 1, 'a')), errLayout},
		{"data count", module(section(12, 1), data(8, "a")), errLayout},
	} {
		t.Run(test.name, func(t *testing.T) {
			if out, err := pack(test.in, nil); !errors.Is(err, test.want) {
				t.Errorf("pack = %x, %v, want %v", out, err, test.want)
			}
		})
	}
}

func TestInt(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 127, 128, 1 << 20, -1 << 31, 1<<31 - 1, 1<<63 - 1, -1 << 63} {
		r := reader{b: appendInt(nil, v)}
		if got := r.int(); got != v || r.err != nil || r.more() {
			t.Errorf("int(appendInt(%d)) = %d, %v", v, got, r.err)
		}
	}
	r := reader{b: bytes.Repeat([]byte{0x80}, 12)}
	if r.int(); !errors.Is(r.err, errMalformed) {
		t.Errorf("endless number = %v, want %v", r.err, errMalformed)
	}
}

// memoryOf returns the memory image of a module, without its zeros at the end.
func memoryOf(t *testing.T, in []byte) []byte {
	t.Helper()
	var memory []byte
	if _, err := pack(in, func(m []byte) error { memory = bytes.Clone(m); return nil }); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimRight(memory, "\x00")
}

// A module that is packed has the memory that it had, and packing again changes
// nothing.
func FuzzPack(f *testing.F) {
	f.Add(module())
	f.Add(module(data(8, "ab", 20, "cd", 8, "X")))
	f.Add(module(section(1, 0), data(100, "ab", 300, "cd"), section(0, 1, 'x')))
	f.Add(module(section(12, 1), data(8, "a")))
	f.Add(module(section(11, 1, 0, 0x41, 0xff, 0xff, 0xff, 0x1f, 0x0b, 1, 'a')))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0b\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := pack(in, nil)
		if err != nil {
			if !errors.Is(err, errMalformed) && !errors.Is(err, errLayout) {
				t.Fatalf("undocumented error %v", err)
			}
			return
		}
		if a, b := memoryOf(t, in), memoryOf(t, out); !bytes.Equal(a, b) {
			t.Fatalf("memory %x became %x", a, b)
		}
		if again, err := pack(out, nil); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("packed again: %x, %v, want %x", again, err, out)
		}
	})
}

// No memory makes trim panic, and what it refuses it leaves alone.
func FuzzTrim(f *testing.F) {
	f.Add([]byte{})
	f.Add(smallTables())
	f.Add(append(make([]byte, 16), smallTables()...))
	f.Fuzz(func(t *testing.T, memory []byte) {
		before := bytes.Clone(memory)
		err := trim(memory)
		if err != nil && (!errors.Is(err, errTables) || !bytes.Equal(before, memory)) {
			t.Fatalf("trim = %v, memory changed: %v", err, !bytes.Equal(before, memory))
		}
	})
}

// smallTables is a pclntab of two functions.
func smallTables() []byte {
	le := binary.LittleEndian
	const names, units, files, values, lookup = 72, 80, 88, 96, 112
	m := append([]byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}, make([]byte, 300)...)
	for i, v := range []uint64{2, 1, 0, names, units, files, values, lookup} {
		le.PutUint64(m[8+8*i:], v)
	}
	copy(m[names:], "main.f\x00")
	copy(m[units:values], bytes.Repeat([]byte{7}, values-units))
	copy(m[values:lookup], []byte{0, 2, 4, 2, 6, 0, 2, 8, 0, 9, 9, 0}) // tables at 1, 6 and 9
	for i, f := range []int{32, 96} {
		le.PutUint32(m[lookup+8*i+4:], uint32(f))
		fn := m[lookup+f:]
		le.PutUint32(fn[funcPCSP:], 1)
		le.PutUint32(fn[funcFiles:], 9)
		le.PutUint32(fn[funcFiles+4:], 9)
		le.PutUint32(fn[funcTables:], 1)
		le.PutUint32(fn[funcStartLine:], 42)
		le.PutUint32(fn[funcSize:], 6)
	}
	return m
}

func TestTrim(t *testing.T) {
	m := append(bytes.Repeat([]byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}, 2), smallTables()...) // two false starts
	if err := trim(m); err != nil {
		t.Fatal(err)
	}
	m = m[16:]
	if got := m[96:112]; !bytes.Equal(got[:9], []byte{0, 2, 4, 2, 6, 0, 2, 8, 0}) || !bytes.Equal(got[9:12], []byte{0, 0, 0}) {
		t.Errorf("pc-value tables = %v, want the first two and no third", got)
	}
	if !bytes.Equal(m[80:96], make([]byte, 16)) || string(m[72:78]) != "main.f" {
		t.Errorf("file tables = %v, names = %q", m[80:96], m[72:78])
	}
	f := m[112+32:]
	for _, at := range []int{funcFiles, funcFiles + 4, funcStartLine} {
		if v := binary.LittleEndian.Uint32(f[at:]); v != 0 {
			t.Errorf("_func has %d at %d, want 0", v, at)
		}
	}
	if binary.LittleEndian.Uint32(f[funcPCSP:]) != 1 || binary.LittleEndian.Uint32(f[funcSize:]) != 6 {
		t.Error("trim changed the tables that a function needs")
	}
}

func TestKnownToolchain(t *testing.T) {
	for version, want := range map[string]bool{
		"go1.26": true, "go1.26.8": true, "go1.26-custom": true, "go1.260": false, "go1.25.1": false, "go1.27rc1": false, "devel +abc": false,
	} {
		if got := knownToolchain(version); got != want {
			t.Errorf("knownToolchain(%q) = %v, want %v", version, got, want)
		}
	}
}
