package serve

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"porchlight/server/internal/config"
)

// certCheck is how often, at most, certificate files are looked at again.
const certCheck = time.Second

// A certFile is a certificate and its key on disk, read again when they
// change. A pair that can't be read leaves the last good one in use.
type certFile struct {
	cert, key string
	logger    *slog.Logger

	mu      sync.Mutex
	checked time.Time
	stamp   [2]time.Time
	current *tls.Certificate
}

func newCertFile(cert, key string, logger *slog.Logger) (*certFile, error) {
	f := &certFile{cert: cert, key: key, logger: logger}
	stamp, err := f.stamps()
	if err != nil {
		return nil, err
	}
	if err := f.load(stamp); err != nil {
		return nil, err
	}
	f.checked = time.Now()
	return f, nil
}

func (f *certFile) stamps() ([2]time.Time, error) {
	var stamp [2]time.Time
	for i, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, err
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}

func (f *certFile) load(stamp [2]time.Time) error {
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("read certificate %s: %w", f.cert, err)
	}
	f.current, f.stamp = &c, stamp
	return nil
}

// get is a tls.Config.GetCertificate.
func (f *certFile) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.checked) >= certCheck {
		f.checked = now
		stamp, err := f.stamps()
		if err == nil && stamp != f.stamp {
			err = f.load(stamp)
		}
		if err != nil {
			f.logger.Error("certificate not read again", "error", err.Error())
		}
	}
	return f.current, nil
}

// secure wraps a listener in TLS as the configuration says: certificate files,
// ACME, or none. The handler is what port 80 should answer.
func secure(c config.Config, l net.Listener, logger *slog.Logger) (net.Listener, http.Handler, error) {
	redirect := redirectTo(originOf(c, l.Addr()))
	switch {
	case len(c.ACMEHosts) > 0:
		m := &autocert.Manager{
			Prompt:     autocert.AcceptTOS,
			HostPolicy: autocert.HostWhitelist(c.ACMEHosts...),
			Cache:      autocert.DirCache(filepath.Join(c.DataDir, "acme")),
			Email:      c.ACMEEmail,
		}
		t := m.TLSConfig()
		t.MinVersion = tls.VersionTLS12
		return tls.NewListener(l, t), m.HTTPHandler(redirect), nil
	case c.TLSCertFile != "":
		f, err := newCertFile(c.TLSCertFile, c.TLSKeyFile, logger)
		if err != nil {
			return nil, nil, fmt.Errorf("look at PORCHLIGHT_TLS_CERT_FILE and PORCHLIGHT_TLS_KEY_FILE: %w", err)
		}
		t := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: f.get, NextProtos: []string{"h2", "http/1.1"}}
		return tls.NewListener(l, t), redirect, nil
	}
	return l, nil, nil
}

// redirectTo leads every request for the site's own host to https; it never
// repeats a Host that a client made up.
func redirectTo(origin string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "use https", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, origin+r.URL.RequestURI(), http.StatusMovedPermanently)
	})
}
