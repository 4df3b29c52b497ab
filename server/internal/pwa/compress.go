package pwa

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"sync"

	"github.com/andybalholm/brotli"

	"porchlight/server/internal/pwa/bundle"
)

// Levels for pages, which are compressed for one answer.
const (
	pageBrotli = 4
	pageGzip   = 5
)

// minCompressed is the length in bytes below which a page is sent as it is: it
// fits in the first packet anyway.
const minCompressed = 1200

// A compressor is a writer that can be used again.
type compressor interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// compressors keeps writers with their tables, which cost more than a page.
type compressors struct{ brotli, gzip sync.Pool }

func (c *compressors) of(coding string) (compressor, *sync.Pool) {
	pool := &c.gzip
	if coding == bundle.Brotli {
		pool = &c.brotli
	}
	if w, ok := pool.Get().(compressor); ok {
		return w, pool
	}
	if coding == bundle.Brotli {
		return brotli.NewWriterLevel(nil, pageBrotli), pool
	}
	w, _ := gzip.NewWriterLevel(nil, pageGzip) // errs for levels that do not exist
	return w, pool
}

// compress returns the page in the coding that the request prefers, if that is
// smaller, and says so in the header.
func (p *PWA) compress(h http.Header, r *http.Request, page []byte) []byte {
	h.Add("Vary", "Accept-Encoding")
	if len(page) < minCompressed {
		return page
	}
	coding := negotiate(r.Header.Values("Accept-Encoding"), []string{bundle.Brotli, bundle.Gzip, identity})
	if coding == identity {
		return page
	}
	w, pool := p.compressors.of(coding)
	defer pool.Put(w)
	var out bytes.Buffer
	out.Grow(len(page) / 3)
	w.Reset(&out)
	if _, err := w.Write(page); err != nil {
		return page
	}
	if err := w.Close(); err != nil || out.Len() >= len(page) {
		return page
	}
	h.Set("Content-Encoding", coding)
	return out.Bytes()
}
