package pwa

import (
	"net/http"
	"strings"
)

// TrustedTypes is the name of the one Trusted Types policy of a page, made in
// web/js/boot.js. It passes the addresses of the program's scripts and of the
// worker and nothing else.
const TrustedTypes = "porchlight"

// Policies of answers that are not pages. An SVG opened by its own address is
// a document, so files need one too. The worker fetches what it keeps.
const (
	filePolicy    = "default-src 'none'; frame-ancestors 'none'"
	workerPolicy  = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
	preparePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'"
)

// assetPolicy is the Content-Security-Policy of an asset. The script that gets
// the program ready imports another, fetches the program and compiles it.
func assetPolicy(name string) string {
	if name == prepareScript {
		return preparePolicy
	}
	return filePolicy
}

const permissions = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), " +
	"microphone=(), payment=(), usb=(), browsing-topics=()"

// pagePolicy is the Content-Security-Policy of pages. 'wasm-unsafe-eval' lets
// WebAssembly compile and nothing else be evaluated. Trusted Types make the
// browser refuse strings where markup or script addresses are expected, so text
// that a person wrote cannot become either, whatever a component does. The styles
// are the sources of style-src.
func pagePolicy(secure bool, styles string) string {
	directives := []string{
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"style-src " + styles,
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src 'self'",
		"manifest-src 'self'",
		"worker-src 'self'",
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types " + TrustedTypes,
	}
	if secure {
		directives = append(directives, "upgrade-insecure-requests")
	}
	return strings.Join(directives, "; ")
}

// common sets what every answer carries (OWASP ASVS 5.0, V3.4).
func (p *PWA) common(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", filePolicy)
	if p.config.Secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// pageHeaders sets what pages carry beside common.
func (p *PWA) pageHeaders(h http.Header) {
	p.common(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.frame.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
	h.Del("ETag")
	h.Del("Last-Modified")
}
