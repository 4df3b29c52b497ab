package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

const (
	secretBytes = 32
	cookieChars = 43 // of 32 bytes in base64url without padding
)

// strictEncoding refuses set trailing bits and line breaks, so that each secret
// has one spelling.
var strictEncoding = base64.RawURLEncoding.Strict()

// cookie is one of this package's cookies. On https its name has the prefix
// __Host-, which a browser takes only with Secure, Path=/ and no Domain
// (RFC 6265bis section 4.1.3.2). Plain http is for loopback: no prefix, no
// Secure.
type cookie struct {
	name   string
	secure bool
}

func newCookie(name string, secure bool) cookie {
	if secure {
		name = "__Host-" + name
	}
	return cookie{name, secure}
}

// presented reports whether the request carries a cookie of this name, good or
// bad.
func (c cookie) presented(r *http.Request) bool { return len(r.CookiesNamed(c.name)) > 0 }

// key returns the row's key for the request's cookie. Several cookies of the
// name are as none: which of them is the browser's own cannot be told, and one
// of them may have been planted.
func (c cookie) key(r *http.Request) (Key, bool) {
	all := r.CookiesNamed(c.name)
	if len(all) != 1 || all[0].Quoted {
		return Key{}, false
	}
	return parseValue(all[0].Value)
}

// parseValue returns the key of a cookie's value: 32 bytes in strict base64url.
func parseValue(value string) (Key, bool) {
	if len(value) != cookieChars {
		return Key{}, false
	}
	var text [cookieChars]byte
	var secret [secretBytes]byte
	copy(text[:], value)
	n, err := strictEncoding.Decode(secret[:], text[:])
	if err != nil || n != secretBytes {
		return Key{}, false
	}
	return sha256.Sum256(text[:]), true
}

// newValue draws a cookie's value and returns it with its key.
func newValue() (string, Key) {
	var secret [secretBytes]byte
	rand.Read(secret[:]) // never fails since Go 1.24
	value := strictEncoding.EncodeToString(secret[:])
	return value, sha256.Sum256([]byte(value))
}

// set gives the browser the value for the time that is left.
func (c cookie) set(w http.ResponseWriter, value string, left time.Duration) {
	http.SetCookie(w, c.with(value, max(1, int(left/time.Second))))
}

// expire takes the cookie from the browser.
func (c cookie) expire(w http.ResponseWriter) { http.SetCookie(w, c.with("", -1)) }

func (c cookie) with(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name:     c.name,
		Value:    value,
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   c.secure,
		HttpOnly: true,
		// Lax and not Strict: a link in a mail must find the person signed in.
		SameSite: http.SameSiteLaxMode,
	}
}
