package bundle

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func good() Manifest {
	return Manifest{Version: Version, Quality: 11, Files: []File{{
		Name: Program, Source: Hash([]byte("source")), SHA256: Hash([]byte("packed")), Size: 6,
		Variants: []Variant{{Brotli, "app.wasm.br", 3}},
	}}}
}

func folder(t *testing.T, m Manifest) fstest.MapFS {
	t.Helper()
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{
		"built/manifest.json": {Data: raw},
		"built/app.wasm.br":   {Data: []byte("abc")},
		"built/folder/x":      {Data: []byte("x")},
	}
}

func TestRead(t *testing.T) {
	m, err := Read(folder(t, good()))
	if err != nil {
		t.Fatal(err)
	}
	f, ok := m.File(Program)
	if !ok || f.Size != 6 {
		t.Errorf("File(%s) = %+v, %v", Program, f, ok)
	}
	if v, ok := f.Variant(Brotli); !ok || v.Name != "app.wasm.br" {
		t.Errorf("Variant(br) = %+v, %v", v, ok)
	}
	if _, ok := f.Variant(Gzip); ok {
		t.Error("Variant(gzip) is there")
	}
	if _, ok := m.File("none"); ok {
		t.Error("File(none) is there")
	}
	if _, err := Read(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrMalformed) {
		t.Errorf("Read of nothing = %v, want %v", err, fs.ErrNotExist)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(m *Manifest)
	}{
		{"another version", func(m *Manifest) { m.Version++ }},
		{"no name", func(m *Manifest) { m.Files[0].Name = "" }},
		{"name that climbs", func(m *Manifest) { m.Files[0].Name = "../app.wasm" }},
		{"name of the folder", func(m *Manifest) { m.Files[0].Name = "." }},
		{"rooted name", func(m *Manifest) { m.Files[0].Name = "/app.wasm" }},
		{"short hash", func(m *Manifest) { m.Files[0].SHA256 = "abc" }},
		{"hash that is not hex", func(m *Manifest) { m.Files[0].SHA256 = strings.Repeat("z", 64) }},
		{"negative size", func(m *Manifest) { m.Files[0].Size = -1 }},
		{"unknown coding", func(m *Manifest) { m.Files[0].Variants[0].Coding = "zstd" }},
		{"coding that the server makes", func(m *Manifest) { m.Files[0].Variants[0].Coding = Gzip }},
		{"copy that climbs", func(m *Manifest) { m.Files[0].Variants[0].Name = "../x" }},
		{"copy in a folder", func(m *Manifest) { m.Files[0].Variants[0].Name = "folder/x" }},
		{"copy that is a folder", func(m *Manifest) { m.Files[0].Variants[0].Name = "folder" }},
		{"copy that is missing", func(m *Manifest) { m.Files[0].Variants[0].Name = "none" }},
		{"copy of another size", func(m *Manifest) { m.Files[0].Variants[0].Size++ }},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := good()
			test.change(&m)
			if _, err := Read(folder(t, m)); !errors.Is(err, ErrMalformed) {
				t.Errorf("Read = %v, want %v", err, ErrMalformed)
			}
		})
	}
}

// No manifest makes Read panic, and what it accepts has files that are there.
func FuzzRead(f *testing.F) {
	raw, err := json.Marshal(good())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(raw), "", "null", "[]", `{"version":2}`, `{"version":2,"files":[{"variants":[{}]}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		web := folder(t, good())
		web["built/manifest.json"] = &fstest.MapFile{Data: raw}
		m, err := Read(web)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			for _, v := range file.Variants {
				if b, err := fs.ReadFile(web, Dir+"/"+v.Name); err != nil || int64(len(b)) != v.Size {
					t.Fatalf("accepted %+v: %v", v, err)
				}
			}
		}
	})
}
