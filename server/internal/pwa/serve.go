package pwa

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/server/internal/pwa/bundle"
	"porchlight/server/internal/pwa/delta"
)

// Values of Cache-Control.
const (
	cacheForever    = "public, max-age=31536000, immutable"
	cacheRevalidate = "no-cache"
	cacheNever      = "no-store"
)

// An answer is what an asset's answer says beside the asset.
type answer struct{ cache, policy string }

// serve answers with the asset in the coding that the request accepts.
//
// The entity tag is strong and differs between codings, and a range is one of
// the chosen coding's bytes, as RFC 9110 section 14.2 has it: a download that
// was cut continues where it was. http.ServeContent does ranges, conditions
// and HEAD, but leaves the length of encoded bodies out, leaves a 412 the headers
// of the asset, and takes ranges that are to be ignored.
func (p *PWA) serve(w http.ResponseWriter, r *http.Request, a *asset, as answer) {
	v := a.choose(r)
	body, err := v.open()
	if err != nil {
		p.fail(w, "open asset", err)
		return
	}
	if c, ok := body.(io.Closer); ok {
		defer c.Close()
	}
	size, err := body.Seek(0, io.SeekEnd)
	if err != nil {
		p.fail(w, "measure asset", err)
		return
	}
	p.assetHeaders(w.Header(), a, v, as)
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	http.ServeContent(refusing{w}, ranged(r), "", time.Time{}, body)
}

// ranged returns the request without a Range that counts for nothing: that of
// another method than GET, and one in another unit than bytes.
func ranged(r *http.Request) *http.Request {
	asked := r.Header.Get("Range")
	if asked == "" || r.Method == http.MethodGet && strings.HasPrefix(asked, "bytes=") {
		return r
	}
	plain := *r
	plain.Header = r.Header.Clone()
	plain.Header.Del("Range")
	return &plain
}

// A refusing writer takes the headers of the asset back from a 412, whose body is
// empty and which no cache may keep for the asset.
type refusing struct{ http.ResponseWriter }

func (w refusing) WriteHeader(status int) {
	if status == http.StatusPreconditionFailed {
		h := w.Header()
		for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "ETag"} {
			h.Del(name)
		}
		h.Set("Cache-Control", cacheNever)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (p *PWA) assetHeaders(h http.Header, a *asset, v variant, as answer) {
	p.common(h)
	h.Set("Content-Type", a.media)
	h.Set("Cache-Control", as.cache)
	h.Set("Content-Security-Policy", as.policy)
	h.Set("ETag", a.etag(v))
	if len(a.variants) > 1 {
		h.Set("Vary", "Accept-Encoding")
	}
	if a.updates != nil {
		a.dictionaryHeaders(h)
	}
	if v.coding != identity {
		h.Set("Content-Encoding", v.coding)
	}
}

// choose returns the variant that the request prefers among those that pay.
func (a *asset) choose(r *http.Request) variant {
	variants := slices.Clone(a.variants)
	if small, ok := a.updates.find(r.Header); ok {
		variants = append([]variant{small}, variants...)
	}
	for {
		i := preferred(variants, r)
		v := variants[i]
		if v.pays == nil || v.pays() {
			return v
		}
		variants = slices.Delete(variants, i, i+1)
	}
}

// preferred returns which of the variants the request prefers; the last of them
// is identity.
func preferred(variants []variant, r *http.Request) int {
	offered := make([]string, len(variants))
	for i, v := range variants {
		offered[i] = v.coding
	}
	return slices.Index(offered, negotiate(r.Header.Values("Accept-Encoding"), offered))
}

func (a *asset) etag(v variant) string {
	tag := a.hash[:32]
	switch v.coding {
	case delta.Coding:
		tag += "-" + v.base
	case bundle.Brotli:
		tag += "-br"
	case bundle.Gzip:
		tag += "-gz"
	}
	return `"` + tag + `"`
}

// fail answers 500: an asset that is listed can't be read, which is a damaged
// build.
func (p *PWA) fail(w http.ResponseWriter, what string, err error) {
	p.logger.Error(what, "err", err)
	h := w.Header()
	p.common(h)
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, "internal error\n") // the client has gone when this fails
}
