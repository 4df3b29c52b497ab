package session_test

import (
	"strings"
	"testing"

	"porchlight/server/internal/session"
)

// BenchmarkLoad is a request with a session: served from memory, and read from
// a store in memory and opened.
//
//	go test -bench Load ./server/internal/session
func BenchmarkLoad(b *testing.B) {
	h := newHouse(b)
	g := grant("ada") // as large as Amazon Cognito's
	g.AccessToken, g.RefreshToken = strings.Repeat("a", 1000), strings.Repeat("r", 1790)
	for _, bench := range []struct {
		name   string
		change func(*session.Config)
	}{
		{"cached", nil},
		{"opened", func(c *session.Config) { c.CacheFor = -1 }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m, visitor := h.server(b, bench.change), browser{}
			visitor.signIn(b, m, g)
			r := visitor.request()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Load(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
