package pwa

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"porchlight/server/internal/pwa/bundle"
	"porchlight/server/internal/pwa/delta"
)

// programOf is the program of a release: much that is the same in each, and
// something that can be packed.
func programOf(release int) []byte {
	b := make([]byte, 200_000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never errs
	clear(b[190_000:])
	copy(b[100_000:], "release "+strconv.Itoa(release))
	return b
}

// startRelease is a server of a release that has done what it does after its start.
// What it logs goes to log.
func startRelease(t *testing.T, programs string, release int, log io.Writer) *PWA {
	t.Helper()
	web := withProgram(t, built(t), programOf(release))
	p := newPWA(t, web, Config{Programs: programs, Logger: slog.New(slog.NewTextHandler(log, nil))})
	p.Run(t.Context())
	return p
}

// available is the header of a browser that has the program of a release.
func available(release int) string {
	h := delta.HashOf(programOf(release))
	return ":" + base64.StdEncoding.EncodeToString(h[:]) + ":"
}

// applied puts the program together from that of an earlier release.
func applied(t *testing.T, release int, body []byte) []byte {
	t.Helper()
	r, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(0, programOf(release)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	h := delta.HashOf(programOf(release))
	if len(body) < 40 || !bytes.Equal(body[8:40], h[:]) {
		t.Fatalf("%d bytes are not the difference to release %d", len(body), release)
	}
	program, err := r.DecodeAll(body, nil) // to zstd the head is a frame to skip
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// Only who has an earlier program, and says that it knows what to do with it,
// gets the difference.
func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	startRelease(t, dir, 1, t.Output())
	p := startRelease(t, dir, 2, t.Output())
	path := p.assets[bundle.Program].path
	const chromium = "gzip, deflate, br, zstd, dcb, dcz"
	one := available(1)
	for _, test := range []struct {
		name      string
		accept    string
		available []string
		want      string // coding
	}{
		{"has the release before", chromium, []string{one}, "dcz"},
		{"says so alone", "dcz", []string{one}, "dcz"},
		{"in capitals", "br, DCZ", []string{one}, "dcz"},
		{"has nothing", chromium, nil, "br"},
		{"has this release", chromium, []string{available(2)}, "br"},
		{"has another", chromium, []string{available(3)}, "br"},
		{"does not know differences", "gzip, br", []string{one}, "br"},
		{"takes anything", "*", []string{one}, "br"},
		{"refuses differences", "br, dcz;q=0", []string{one}, "br"},
		{"likes br better", "br, dcz;q=0.5", []string{one}, "br"},
		{"likes dcz better", "br;q=0.5, dcz", []string{one}, "dcz"},
		{"knows brotli's alone", "br, dcb", []string{one}, "br"},
		{"names no coding", "", []string{one}, ""},
		{"names too many", strings.Repeat("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,", 2) + "dcz", []string{one}, ""},
		{"has two", chromium, []string{one, available(3)}, "br"},
		{"has two in one line", chromium, []string{one + ", " + available(3)}, "br"},
		{"has garbage", chromium, []string{"::"}, "br"},
		{"has much garbage", chromium, []string{":" + strings.Repeat("A", 20_000) + ":"}, "br"},
		{"has it with a parameter", chromium, []string{one + "; x=1"}, "br"},
	} {
		t.Run(test.name, func(t *testing.T) {
			headers := []string{"Accept-Encoding", test.accept}
			for _, value := range test.available {
				headers = append(headers, "Available-Dictionary", value)
			}
			r := get(p, "GET", path, headers...)
			raw, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{
				"Content-Encoding": test.want, "Content-Length": strconv.Itoa(len(raw)), "Content-Type": "application/wasm",
				"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding, Available-Dictionary",
				"Use-As-Dictionary": `match="/web/app.*.wasm"`,
			} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
			program := raw
			if test.want == "dcz" {
				program = applied(t, 1, raw)
			} else if test.want != "" {
				r.Body = io.NopCloser(bytes.NewReader(raw))
				program = []byte(body(t, r))
			}
			if r.StatusCode != 200 || !bytes.Equal(program, programOf(2)) || test.want == "dcz" && len(raw) > 1000 {
				t.Errorf("= %d, %d bytes for a program of %d", r.StatusCode, len(raw), len(program))
			}
		})
	}
}

// A difference has a tag of its own, and HEAD, conditions and ranges are as with
// other codings: of these very bytes.
func TestUpdateConditions(t *testing.T) {
	dir := t.TempDir()
	startRelease(t, dir, 1, t.Output())
	startRelease(t, dir, 2, t.Output())
	p := startRelease(t, dir, 3, t.Output())
	path := p.assets[bundle.Program].path
	ask := func(method string, release int, more ...string) (*http.Response, []byte) {
		t.Helper()
		r := get(p, method, path, append([]string{"Accept-Encoding", "br, dcz", "Available-Dictionary", available(release)}, more...)...)
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r, raw
	}
	full, all := ask("GET", 2)
	tag := full.Header.Get("ETag")
	other, _ := ask("GET", 1)
	if whole := get(p, "GET", path, "Accept-Encoding", "br").Header.Get("ETag"); tag == "" || tag == whole || tag == other.Header.Get("ETag") {
		t.Errorf("tags: %s of the difference, %s of another, %s of br; want three", tag, other.Header.Get("ETag"), whole)
	}
	if r, raw := ask("HEAD", 2); r.StatusCode != 200 || len(raw) != 0 || r.Header.Get("Content-Length") != strconv.Itoa(len(all)) || r.Header.Get("ETag") != tag {
		t.Errorf("HEAD = %d, %d bytes, %v", r.StatusCode, len(raw), r.Header)
	}
	if r, raw := ask("GET", 2, "If-None-Match", tag); r.StatusCode != 304 || len(raw) != 0 {
		t.Errorf("GET with its tag = %d, %d bytes", r.StatusCode, len(raw))
	}
	if r, raw := ask("GET", 1, "If-None-Match", tag); r.StatusCode != 200 || len(raw) == 0 {
		t.Errorf("GET with the tag of another difference = %d, %d bytes", r.StatusCode, len(raw))
	}
	if r, raw := ask("GET", 2, "Range", "bytes=10-", "If-Range", tag); r.StatusCode != 206 || !bytes.Equal(raw, all[10:]) {
		t.Errorf("GET of the rest = %d, %d bytes", r.StatusCode, len(raw))
	}
	if r, raw := ask("GET", 1, "Range", "bytes=10-", "If-Range", tag); r.StatusCode != 200 || len(raw) < 11 {
		t.Errorf("GET of the rest of another = %d, %d bytes", r.StatusCode, len(raw))
	}
}

// Other files, and a server that keeps no programs, know nothing of this.
func TestNoUpdate(t *testing.T) {
	dir := t.TempDir()
	startRelease(t, dir, 1, t.Output())
	p := startRelease(t, dir, 2, t.Output())
	without := startRelease(t, "", 2, t.Output())
	for _, test := range []struct {
		name string
		p    *PWA
		path string
	}{
		{"style", p, p.assets["css/app.css"].path},
		{"script", p, p.assets[bundle.Exec].path},
		{"program of who keeps none", without, without.assets[bundle.Program].path},
	} {
		r := get(test.p, "GET", test.path, "Accept-Encoding", "br, dcz", "Available-Dictionary", available(1))
		if h := r.Header; h.Get("Content-Encoding") != "br" || h.Get("Use-As-Dictionary") != "" || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s = %v", test.name, h)
		}
	}
}

// differences returns from which releases there is a difference to p's.
func differences(t *testing.T, p *PWA, releases int) (list []int) {
	t.Helper()
	for release := range releases {
		r := get(p, "GET", p.assets[bundle.Program].path, "Accept-Encoding", "br, dcz", "Available-Dictionary", available(release))
		if r.Header.Get("Content-Encoding") == delta.Coding {
			list = append(list, release)
		}
	}
	return list
}

// A server has what the folder has of the releases before, also after a restart
// and after a step back.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	for _, step := range []struct {
		name    string
		release int
		want    []int
	}{
		{"first", 0, nil},
		{"second", 1, []int{0}},
		{"restart", 1, []int{0}},
		{"third", 2, []int{0, 1}},
		{"fourth", 3, []int{0, 1, 2}},
		{"fifth", 4, []int{1, 2, 3}},
		{"step back", 3, []int{1, 2, 4}},
	} {
		if got := differences(t, startRelease(t, dir, step.release, &log), 6); !slices.Equal(got, step.want) {
			t.Errorf("%s: differences to %v, want %v", step.name, got, step.want)
		}
	}
	if log.Len() > 0 {
		t.Errorf("log = %s", log.String())
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != delta.Kept+1 {
		t.Errorf("the folder has %v, %v", files, err)
	}
}

// A folder that is in no state costs a line in the log and the small download.
func TestRunDespite(t *testing.T) {
	file := func(dir string, release int) string {
		return filepath.Join(dir, delta.HashOf(programOf(release)).String()+".wasm.br")
	}
	for _, test := range []struct {
		name  string
		spoil func(dir string) error
		want  []int
	}{
		{"one is damaged", func(dir string) error { return os.Truncate(file(dir, 0), 100) }, []int{1}},
		{"one is another", func(dir string) error { return os.Rename(file(dir, 0), file(dir, 1)) }, nil},
		{"a file in its place", func(dir string) error { return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)) }, nil},
		{"a folder in the program's place", func(dir string) error { return os.MkdirAll(filepath.Join(file(dir, 2), "x"), 0o700) }, []int{0, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "programs")
			var log bytes.Buffer
			startRelease(t, dir, 0, &log)
			startRelease(t, dir, 1, &log)
			if log.Len() > 0 {
				t.Fatalf("log = %s", log.String())
			}
			if err := test.spoil(dir); err != nil {
				t.Fatal(err)
			}
			p := startRelease(t, dir, 2, &log)
			if got := differences(t, p, 3); !slices.Equal(got, test.want) {
				t.Errorf("differences to %v, want %v", got, test.want)
			}
			if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "level=WARN") {
				t.Errorf("log = %s, want one warning", log.String())
			}
			if r := get(p, "GET", p.assets[bundle.Program].path, "Accept-Encoding", "br"); r.StatusCode != 200 || body(t, r) != string(programOf(2)) {
				t.Errorf("the whole program = %d", r.StatusCode)
			}
		})
	}
}

// A program of which the build is damaged is not kept: it is not the one that
// browsers have.
func TestRunDamagedBuild(t *testing.T) {
	web := withProgram(t, built(t), programOf(1))
	packed := web["built/app.wasm.br"].Data
	packed[len(packed)/2] ^= 1
	dir := t.TempDir()
	newPWA(t, web, Config{Programs: dir}).Run(t.Context())
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("the folder has %v, %v, want nothing", files, err)
	}
}

// A difference that is no smaller than the program is not offered.
func TestRunSavesNothing(t *testing.T) {
	dir := t.TempDir()
	startRelease(t, dir, 1, t.Output())
	p := newPWA(t, withProgram(t, built(t), []byte("x")), Config{Programs: dir})
	p.Run(t.Context())
	if got := differences(t, p, 2); got != nil {
		t.Errorf("differences to %v, want none", got)
	}
}

// A server that is about to end makes nothing, and one without a program keeps
// nothing.
func TestRunEnds(t *testing.T) {
	dir := t.TempDir()
	startRelease(t, dir, 1, t.Output())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := newPWA(t, withProgram(t, built(t), programOf(2)), Config{Programs: dir})
	p.Run(ctx)
	if got := differences(t, p, 3); got != nil {
		t.Errorf("differences to %v, want none", got)
	}
	none := filepath.Join(t.TempDir(), "none")
	newPWA(t, sources(), Config{Programs: none}).Run(t.Context())
	if _, err := os.Stat(none); err == nil {
		t.Error("a server without a program made the folder")
	}
}

// Requests are answered while the differences are made.
func TestRunBesideRequests(t *testing.T) {
	dir := t.TempDir()
	startRelease(t, dir, 1, t.Output())
	p := newPWA(t, withProgram(t, built(t), programOf(2)), Config{Programs: dir})
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Run(t.Context())
	}()
	for ready := false; !ready; {
		select {
		case <-done:
			ready = true
		default:
		}
		got := differences(t, p, 2)
		if ready && !slices.Equal(got, []int{1}) {
			t.Errorf("differences to %v after Run, want 1", got)
		}
	}
}
