package main

import (
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"

	"porchlight/server/internal/pwa/bundle"
)

// writeVersion says which build this is: the module's version or, of a build
// from a checkout, the revision, as far as the build has them; then the hash of
// the browser program, as in the name of its file. Info may be nil.
func writeVersion(w io.Writer, info *debug.BuildInfo, web fs.FS) error {
	goVersion := ""
	if info != nil {
		goVersion = ", " + info.GoVersion
	}
	_, err := fmt.Fprintf(w, "porchlight %s%s\nbrowser program %s\n", versionOf(info), goVersion, programOf(web))
	return err
}

// shortHash is how many digits of a hash are enough to tell builds apart.
const shortHash = 12

func versionOf(info *debug.BuildInfo) string {
	const unknown = "(devel)" // as the go command says it
	if info == nil {
		return unknown
	}
	if v := info.Main.Version; v != "" && v != unknown {
		return v
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(len(s.Value), shortHash)]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	if revision == "" {
		return unknown
	}
	return revision + dirty
}

// programOf returns the program's hash, or "none": without one, or with one that
// is damaged, the server answers with plain pages.
func programOf(web fs.FS) string {
	m, err := bundle.Read(web)
	if err != nil {
		return "none"
	}
	f, ok := m.File(bundle.Program)
	if !ok {
		return "none"
	}
	return f.SHA256[:min(len(f.SHA256), shortHash)]
}
