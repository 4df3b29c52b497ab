package token_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
)

// benchToken mints an access token of the usual size, about 1000 bytes.
func benchToken(i int) string {
	const uuid = "0d6bd0a8-0002-4000-8000-0000000%05d"
	quoted := func(n int) string { return fmt.Sprintf(`"`+uuid+`"`, n) }
	return sign(`{"kid":"access-1","alg":"RS256"}`, accessClaims().
		with("sub", quoted(i)).with("username", quoted(i)).with("jti", quoted(i+1)).with("origin_jti", quoted(i+2)).
		with("event_id", quoted(i+3)).with("cognito:groups", `["moderators"]`).String())
}

// bare is the work that nobody can avoid: crypto/rsa over a hash made before.
type bare struct {
	key       *rsa.PublicKey
	hash      [sha256.Size]byte
	signature []byte
}

func newBare(b *testing.B, raw string) bare {
	b.Helper()
	dot := strings.LastIndexByte(raw, '.')
	signature, err := base64.RawURLEncoding.DecodeString(raw[dot+1:])
	if err != nil {
		b.Fatal(err)
	}
	return bare{&atNoon().AccessKey().Private.PublicKey, sha256.Sum256([]byte(raw[:dot])), signature}
}

func (r bare) verify(b *testing.B) {
	if err := rsa.VerifyPKCS1v15(r.key, crypto.SHA256, r.hash[:], r.signature); err != nil {
		b.Fatal(err)
	}
}

func access(b *testing.B, v *token.Verifier, raw string) {
	if _, err := v.Access(b.Context(), raw); err != nil {
		b.Fatal(err)
	}
}

// crowd returns a verifier with a deny list and more tokens than its cache
// holds, so that each is verified as if for the first time, and evicts another.
func crowd(b *testing.B) (*token.Verifier, []string) {
	b.Helper()
	v := verifier(b, func(c *token.Config) { c.CacheEntries, c.Denials = 64, new(tokentest.Denials) })
	raws := make([]string, 1024)
	for i := range raws {
		raws[i] = benchToken(i)
	}
	return v, raws
}

func BenchmarkVerifyBare(b *testing.B) {
	r := newBare(b, benchToken(0))
	b.ReportAllocs()
	for b.Loop() {
		r.verify(b)
	}
}

func BenchmarkVerifyFirst(b *testing.B) {
	v, raws := crowd(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		access(b, v, raws[i%len(raws)])
	}
}

// warm returns a verifier with a deny list whose cache holds all of raws.
func warm(b *testing.B, raws []string) *token.Verifier {
	b.Helper()
	v := verifier(b, func(c *token.Config) { c.CacheEntries, c.Denials = 4*len(raws), new(tokentest.Denials) })
	for i, raw := range raws {
		access(b, v, raw)
		raws[i] = strings.Clone(raw) // as requests bring them
	}
	return v
}

func BenchmarkCacheHit(b *testing.B) {
	_, raws := crowd(b)
	v := warm(b, raws)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		access(b, v, raws[i%len(raws)])
	}
}

func BenchmarkCacheHitParallel(b *testing.B) {
	_, raws := crowd(b)
	v := warm(b, raws)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			access(b, v, raws[i%len(raws)])
		}
	})
}

// BenchmarkVerifyRatios measures turn by turn, so that a busy machine slows all
// three, and reports medians and the two ratios that are promised: it fails when a
// first verification takes more than 2.2 times what crypto/rsa alone does, or less
// than 50 times what a repeat does.
//
//	go test -run '^$' -bench VerifyRatios ./server/internal/token
func BenchmarkVerifyRatios(b *testing.B) {
	const hits = 64 // in one measurement: the clock is not that fine
	v, raws := crowd(b)
	full := warm(b, raws)
	r := newBare(b, raws[0])
	var first, alone, hit []time.Duration
	for i := 0; b.Loop(); i++ {
		raw := raws[i%len(raws)]
		t0 := time.Now()
		access(b, v, raw)
		t1 := time.Now()
		r.verify(b)
		t2 := time.Now()
		for j := range hits {
			access(b, full, raws[(i+j)%len(raws)])
		}
		first, alone, hit = append(first, t1.Sub(t0)), append(alone, t2.Sub(t1)), append(hit, time.Since(t2))
	}
	f, a, h := median(first), median(alone), median(hit)/hits
	b.ReportMetric(f, "ns/first")
	b.ReportMetric(a, "ns/bare")
	b.ReportMetric(h, "ns/hit")
	b.ReportMetric(f/a, "first/bare")
	b.ReportMetric(f/h, "first/hit")
	b.ReportMetric(0, "ns/op") // of the three together
	if f/a > 2.2 || f/h < 50 {
		b.Errorf("a first verification takes %.3g times crypto/rsa and %.3g times a repeat, want at most 2.2 and at least 50", f/a, f/h)
	}
}

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2])
}
