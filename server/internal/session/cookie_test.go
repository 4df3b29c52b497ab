package session

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

func TestNewValue(t *testing.T) {
	seen := make(map[string]bool)
	for range 100 {
		value, key := newValue()
		got, ok := parseValue(value)
		if !ok || got != key || key != sha256.Sum256([]byte(value)) || seen[value] {
			t.Fatalf("newValue = %q, %x: parsed %v, %x", value, key, ok, got)
		}
		seen[value] = true
	}
}

// FuzzCookie: a Cookie field has a key exactly when it carries one cookie of
// the name whose value is the one spelling of 32 bytes.
func FuzzCookie(f *testing.F) {
	good, _ := newValue()
	f.Add("session=" + good)
	f.Add("session=" + good + "; session=" + good)
	f.Add(`session="` + good + `"`)
	f.Add("session=" + strings.Repeat("A", 42) + "B; a=b")
	f.Add(";;=;\x00 session")
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{Header: http.Header{"Cookie": {header}}}
		c := newCookie("session", false)
		key, ok := c.key(r)
		if !ok {
			if key != (Key{}) {
				t.Errorf("key(%q) = %x, false", header, key)
			}
			return
		}
		all := r.CookiesNamed("session")
		if len(all) != 1 || !strings.Contains(header, "session="+all[0].Value) {
			t.Fatalf("key(%q) = true with %d cookies of the name", header, len(all))
		}
		secret, err := base64.RawURLEncoding.DecodeString(all[0].Value)
		if err != nil || len(secret) != 32 || base64.RawURLEncoding.EncodeToString(secret) != all[0].Value {
			t.Errorf("key(%q) = true for %q", header, all[0].Value)
		}
		if key != sha256.Sum256([]byte(all[0].Value)) {
			t.Errorf("key(%q) = %x, want its hash", header, key)
		}
	})
}
