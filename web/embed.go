// Package web holds the files that a browser loads: stylesheet, icons, scripts,
// and in built what the build step made of them and of the program. Package pwa
// decides what of it is served, and under which names.
package web

import (
	"embed"
	"io/fs"
)

// all: takes built/.gitignore too, without which a fresh clone has no file
// there and does not compile.
//
//go:embed css icons js all:built
var files embed.FS

// FS returns the files. Nothing in it is secret.
func FS() fs.FS { return files }
