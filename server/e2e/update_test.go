package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// A program that starts on the data of an earlier release hands out its browser
// program as the difference to that one's.
func TestSmallUpdate(t *testing.T) {
	t.Parallel()
	s := start(t)
	if !s.hasProgram(t) {
		t.Skip("the binary has no browser program")
	}
	path := regexp.MustCompile(`data-program="([^"]+)"`).FindStringSubmatch(s.get(t, "/").body)[1]
	whole := s.send(t, exchange{method: "GET", path: path, header: http.Header{"Accept-Encoding": {"identity"}}})
	present := sha256.Sum256([]byte(whole.body))
	s.awaitFile(t, filepath.Join("programs", hex.EncodeToString(present[:])+".wasm.br"))
	s.stop(t)

	earlier := slices.Concat([]byte(whole.body[:1_000_000]), []byte("what this release does not have"), []byte(whole.body[1_000_000:]))
	hash := sha256.Sum256(earlier)
	s.leave(t, filepath.Join("programs", hex.EncodeToString(hash[:])+".wasm.br"), earlier)
	s.restart(t)
	header := http.Header{
		"Accept-Encoding":      {"gzip, deflate, br, zstd, dcb, dcz"},
		"Available-Dictionary": {":" + base64.StdEncoding.EncodeToString(hash[:]) + ":"},
	}
	var small answer
	for deadline := time.Now().Add(patience); small.header.Get("Content-Encoding") != "dcz"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no difference: %v", small.header)
		}
		small = s.send(t, exchange{method: "GET", path: path, header: header})
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(0, earlier))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := r.DecodeAll([]byte(small.body), nil); err != nil || string(got) != whole.body {
		t.Errorf("the difference gives %d bytes, %v, want the %d of the program", len(got), err, len(whole.body))
	}
	if len(small.body) > 50_000 || !strings.HasPrefix(small.header.Get("Use-As-Dictionary"), `match="/web/`) {
		t.Errorf("the difference has %d bytes, %v", len(small.body), small.header)
	}
}

// awaitFile returns when the program has written the file.
func (s *server) awaitFile(t *testing.T, name string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, err := os.Stat(filepath.Join(s.dir, name))
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// leave writes a compressed file among the program's data.
func (s *server) leave(t *testing.T, name string, content []byte) {
	t.Helper()
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestSpeed)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, name), out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
