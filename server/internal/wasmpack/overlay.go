package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// std holds the packages that stand in for packages of the standard library.
//
//go:embed std
var std embed.FS

// A standIn replaces a package of the standard library.
type standIn struct {
	replaced string // its import path
	source   string // in std
	file     string // a file that the package has, which becomes source
}

func standIns() []standIn {
	return []standIn{
		{"net/http", "std/http/http.go", "http.go"},
		{"regexp", "std/regexp/regexp.go", "regexp.go"},
	}
}

// writeOverlay leaves in dir what `go build -overlay` wants, and returns the
// name of its JSON file. Of each replaced package below goroot every file goes
// but one, which is read from dir instead.
func writeOverlay(dir, goroot string) (string, error) {
	replace := make(map[string]string)
	for _, s := range standIns() {
		if err := s.add(replace, dir, goroot); err != nil {
			return "", fmt.Errorf("replace %s: %w", s.replaced, err)
		}
	}
	body, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, body, 0o600)
}

func (s standIn) add(replace map[string]string, dir, goroot string) error {
	folder := filepath.Join(goroot, "src", filepath.FromSlash(s.replaced))
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") {
			replace[filepath.Join(folder, e.Name())] = "" // as if it were not there
		}
	}
	source, err := std.ReadFile(s.source)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, path.Base(s.source))
	replace[filepath.Join(folder, s.file)] = file
	return os.WriteFile(file, source, 0o600)
}
