package pwa

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestNegotiate(t *testing.T) {
	all := []string{"br", "gzip", identity}
	for _, test := range []struct {
		name    string
		accept  []string
		offered []string
		want    string
	}{
		{"no header", nil, all, identity},
		{"empty header", []string{""}, all, identity},
		{"browser", []string{"gzip, deflate, br, zstd"}, all, "br"},
		{"order of the client does not count", []string{"gzip, br"}, all, "br"},
		{"weights do", []string{"br;q=0.5, gzip;q=0.8"}, all, "gzip"},
		{"three digits", []string{"br;q=0.801, gzip;q=0.8"}, all, "br"},
		{"identity wanted", []string{"identity, br;q=0.5"}, all, identity},
		{"star", []string{"*"}, all, "br"},
		{"star refused, gzip named", []string{"*;q=0, gzip"}, all, "gzip"},
		{"br excluded", []string{"br;q=0, *"}, all, "gzip"},
		{"all refused", []string{"identity;q=0, *;q=0"}, all, identity},
		{"not offered", []string{"br"}, []string{"gzip", identity}, identity},
		{"two headers", []string{"deflate", "gzip"}, all, "gzip"},
		{"upper case and space", []string{" BR ; Q=1.0 "}, all, "br"},
		{"old name", []string{"x-gzip"}, all, "gzip"},
		{"weight above one", []string{"br;q=2, gzip"}, all, "gzip"},
		{"weight negative", []string{"br;q=-1, gzip"}, all, "gzip"},
		{"weight with exponent", []string{"br;q=1e0, gzip;q=0.1"}, all, "gzip"},
		{"weight not a number", []string{"br;q=NaN, gzip;q=0.1"}, all, "gzip"},
		{"too many", []string{",a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,br"}, all, identity},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := negotiate(test.accept, test.offered); got != test.want {
				t.Errorf("negotiate(%q) = %s, want %s", test.accept, got, test.want)
			}
		})
	}
}

// Whatever a client says, it gets something that is offered and that it did not
// exclude by name, unless it excluded everything.
func FuzzNegotiate(f *testing.F) {
	for _, s := range []string{"", "gzip, br;q=0.5", "*;q=0", "identity;q=0", "br;q=0.0001", ";;,,=", "br;q"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		got := negotiate([]string{accept}, []string{"br", "gzip", identity})
		if got != "br" && got != "gzip" && got != identity {
			t.Fatalf("negotiate(%q) = %q", accept, got)
		}
		if w, named := parseAccept([]string{accept})[got]; got != identity && named && w == 0 {
			t.Fatalf("negotiate(%q) = %s, which is excluded", accept, got)
		}
	})
}

// No answer is longer for its coding: neither a file nor a page.
func TestCodingsPay(t *testing.T) {
	p := newPWA(t, built(t), Config{})
	for path := range p.routes {
		plain := get(p, "GET", path).ContentLength
		for _, coding := range []string{"gzip", "br", "br, gzip"} {
			if r := get(p, "GET", path, "Accept-Encoding", coding); r.StatusCode != 200 || r.ContentLength > plain {
				t.Errorf("%s for %s = %d in %q with %d bytes, want at most %d", path, coding, r.StatusCode, r.Header.Get("Content-Encoding"), r.ContentLength, plain)
			}
		}
	}
	noise := make([]byte, 2*minCompressed)
	rand.NewChaCha8([32]byte{}).Read(noise)
	for _, coding := range []string{"gzip", "br"} {
		h, r := http.Header{}, httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", coding)
		if got := p.compress(h, r, noise); !bytes.Equal(got, noise) || h.Get("Content-Encoding") != "" {
			t.Errorf("what does not get smaller is sent in %q with %d bytes, want %d", h.Get("Content-Encoding"), len(got), len(noise))
		}
	}
}
