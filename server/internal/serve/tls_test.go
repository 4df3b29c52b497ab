package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"porchlight/server/internal/config"
)

// writeCert writes a certificate for the name and its key, and dates the files.
func writeCert(t *testing.T, dir, name string, at time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir, old := t.TempDir(), time.Now().Add(-time.Hour)
	f, err := newCertFile(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), slog.New(slog.DiscardHandler))
	if err == nil {
		t.Fatal("a missing certificate is accepted at start")
	}
	cert, key := writeCert(t, dir, "old.example", old)
	if f, err = newCertFile(cert, key, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	name := func() string {
		t.Helper()
		f.checked = time.Time{} // as if certCheck had passed
		c, err := f.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.Subject.CommonName
	}
	if got := name(); got != "old.example" {
		t.Fatalf("first certificate is for %s", got)
	}
	if err := os.WriteFile(cert, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "old.example" {
		t.Errorf("with a broken file the certificate is for %s, want the last good one", got)
	}
	writeCert(t, dir, "new.example", old.Add(time.Minute))
	if got := name(); got != "new.example" {
		t.Errorf("after the change the certificate is for %s", got)
	}
}

func TestSecureSpeaksHTTP2(t *testing.T) {
	cert, key := writeCert(t, t.TempDir(), "feed.example.org", time.Now())
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := config.Config{TLSCertFile: cert, TLSKeyFile: key, PublicURL: "https://feed.example.org"}
	l, redirect, err := secure(c, plain, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	srv := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}), slog.New(slog.DiscardHandler))
	go srv.Serve(l)
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := client.Get("https://" + plain.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.ProtoMajor != 2 {
		t.Errorf("protocol = %s, want HTTP/2", res.Proto)
	}
	if redirect == nil {
		t.Fatal("nothing for port 80")
	}
}

// A server on loopback needs no public address; plain HTTP goes to where it
// listens, not to itself.
func TestRedirectWithoutPublicURL(t *testing.T) {
	cert, key := writeCert(t, t.TempDir(), "localhost", time.Now())
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	_, redirect, err := secure(config.Config{TLSCertFile: cert, TLSKeyFile: key}, plain, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/signin?next=%2F", "//evil.example/"} {
		w := httptest.NewRecorder()
		redirect.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1"+path, nil))
		if got, want := w.Header().Get("Location"), "https://"+plain.Addr().String()+path; got != want {
			t.Errorf("%s goes to %q, want %q", path, got, want)
		}
	}
}

func TestRedirect(t *testing.T) {
	h := redirectTo("https://feed.example.org")
	tests := []struct {
		name, method, target, host string
		status                     int
		location                   string
	}{
		{"page", "GET", "/signin?next=%2F", "feed.example.org", 301, "https://feed.example.org/signin?next=%2F"},
		{"foreign host", "GET", "/", "evil.example", 301, "https://feed.example.org/"},
		{"path like a host", "GET", "//evil.example/", "feed.example.org", 301, "https://feed.example.org//evil.example/"},
		{"form", "POST", "/signin", "feed.example.org", 400, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "http://x"+tt.target, nil)
			r.Host = tt.host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || w.Header().Get("Location") != tt.location {
				t.Errorf("%s %s = %d to %q, want %d to %q", tt.method, tt.target, w.Code, w.Header().Get("Location"), tt.status, tt.location)
			}
		})
	}
}
