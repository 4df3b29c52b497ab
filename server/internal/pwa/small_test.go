package pwa

import (
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"porchlight/server/internal/pwa/bundle"
)

// A transfer is one answer to a request for a file.
type transfer struct {
	coding string
	bytes  int
}

// edited is web with the words of the program changed: the next release.
func edited(t *testing.T, web fs.FS, old, next string) fs.FS {
	t.Helper()
	p := newPWA(t, web, Config{})
	program := body(t, get(p, "GET", p.assets[bundle.Program].path))
	if strings.Count(program, old) != 1 || len(old) != len(next) {
		t.Fatalf("the program has %q %d times, want once to put %q there", old, strings.Count(program, old), next)
	}
	return withProgram(t, web.(fstest.MapFS), []byte(strings.Replace(program, old, next, 1)))
}

// A browser that has a release downloads the next one as its difference, be it
// for its worker or for a page, and the one after that as the difference to what
// it has put together.
func testSmallUpdate(t *testing.T, web fs.FS) {
	s := newSite(t, web)
	b := openTab(t)
	b.open(s.URL + "/")
	b.wait(running + " && " + kept)
	whole := s.sent(s.program())
	if len(whole) != 1 || whole[0].coding != "br" {
		t.Fatalf("the first download = %v, want one in br", whole)
	}
	words := "typed: "
	for _, step := range []struct {
		words  string
		update func()
	}{
		{"Typed: ", func() {
			b.js(`goappTryUpdate()`)
			b.wait(announced)
			b.js(`window.old = true; document.querySelector("#update button").click()`)
			b.wait("window.old !== true")
		}},
		{"TYPED: ", func() {
			b.open(s.URL + "/other")
			b.wait(waits)
		}},
	} {
		web, words = edited(t, web, words, step.words), step.words
		s.release(t, web, "1")
		step.update()
		b.wait(running + ` && document.getElementById("echo").textContent.startsWith(` + strconv.Quote(words) + `)`)
		sent := s.sent(s.program())
		if len(sent) != 1 || sent[0].coding != "dcz" || sent[0].bytes > whole[0].bytes/50 {
			t.Errorf("downloads of the release with %q = %v, want one in dcz of at most a 50th of %d bytes", words, sent, whole[0].bytes)
		}
	}
	b.quiet()
}
