package bundle

import (
	"fmt"
	"io/fs"
	"slices"
)

// parts lists the files that travel as one: to ask for a second script keeps the
// first frame of a page waiting, and so does every other.
func parts(name string) []string {
	if name == "js/boot.js" {
		return []string{"js/send.js", "js/boot.js"}
	}
	return []string{name}
}

// IsPart reports whether the file of web is served as a part of another one, and
// not by itself.
func IsPart(name string) bool {
	return name != "js/boot.js" && slices.Contains(parts("js/boot.js"), name)
}

// Source returns what is served under the name before compression: the file of
// web, or its parts in their order.
func Source(web fs.FS, name string) ([]byte, error) {
	var whole []byte
	for _, part := range parts(name) {
		raw, err := fs.ReadFile(web, part)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		whole = append(whole, raw...)
	}
	return whole, nil
}
