package config_test

import (
	"errors"
	"strings"
	"testing"

	"porchlight/server/internal/config"
)

// FuzzPublicURL states that an origin which is accepted names one host, has one
// form only, and is read the same again.
func FuzzPublicURL(f *testing.F) {
	for _, s := range []string{"https://feed.example.org", "HTTPS://A.b:443/", "https://[::1]:8443", "http://localhost", "https://a.b:0", "https://a.b:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		c, err := config.Load(env(cloud(), "PORCHLIGHT_PUBLIC_URL", value))
		if err != nil {
			if _, ok := errors.AsType[*config.Error](err); !ok || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("Load(%q) = %q, want one line about a variable", value, err)
			}
			return
		}
		again, err := config.Load(env(cloud(), "PORCHLIGHT_PUBLIC_URL", c.PublicURL))
		if err != nil || again.PublicURL != c.PublicURL {
			t.Errorf("Load(%q) = %q, read again as %q, %v", value, c.PublicURL, again.PublicURL, err)
		}
		if strings.HasSuffix(c.PublicURL, "/") || strings.ToLower(c.PublicURL) != c.PublicURL || strings.Contains(c.PublicURL, "@") {
			t.Errorf("Load(%q) = %q, want an origin in lower case", value, c.PublicURL)
		}
	})
}

// FuzzDatabaseURL states that a refusal is one line without what was typed, and
// that what is accepted is kept as it was.
func FuzzDatabaseURL(f *testing.F) {
	for _, s := range []string{"postgres://me:x@db/feed", "postgresql:///feed?host=/run", "postgres://[::1]:5432", "postgres://%zz@db", "postgres://db/#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		const canary = "hunter2canary"
		value := strings.TrimSpace(rest + canary)
		c, err := config.Load(env(nil, "PORCHLIGHT_DATABASE_URL", value))
		switch {
		case err != nil:
			if text := err.Error(); strings.Contains(text, canary) || strings.ContainsAny(text, "\r\n") {
				t.Errorf("Load(%q) = %q, want one line without the value", value, text)
			}
		case c.DatabaseURL.Reveal() != value:
			t.Errorf("Load(%q) = %q", value, c.DatabaseURL.Reveal())
		}
	})
}
