package token_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
	"porchlight/shared/claims"
)

func TestCacheHitDoesNotAllocate(t *testing.T) {
	v := verifier(t, func(c *token.Config) { c.Denials = new(tokentest.Denials) })
	raw := sign(goodHeader, accessClaims().with("cognito:groups", `["moderators"]`).String())
	check(t, v, raw, nil)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := v.Access(t.Context(), raw); err != nil {
			t.Errorf("Access = %v", err)
		}
	}); n != 0 {
		t.Errorf("a hit allocates %v times, want 0", n)
	}
}

func TestCacheHitRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hydrate(t)
		raw := w.Access(claims.Access{Expires: time.Now().Unix() + 10})
		w.want(t, raw, nil)
		time.Sleep(9 * time.Second)
		w.want(t, raw, nil)
		time.Sleep(time.Second)
		w.want(t, raw, token.ErrExpired)
	})
}

// TestCacheForgetsFailures has a token fail once for a reason that passes.
func TestCacheForgetsFailures(t *testing.T) {
	now := noon
	v := verifier(t, func(c *token.Config) { c.Now = func() time.Time { return now } })
	raw := sign(goodHeader, accessClaims().with("nbf", "1782907260").String())
	check(t, v, raw, token.ErrNotYet)
	if n := token.CacheLen(v); n != 0 {
		t.Errorf("%d refused tokens in the cache", n)
	}
	now = now.Add(time.Minute)
	check(t, v, raw, nil)
}

func TestCacheIsBounded(t *testing.T) {
	for _, tc := range []struct {
		name          string
		entries, most int
	}{
		{"usual", 128, 128},
		{"one a shard at least", 1, 64},
		{"none", -1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := verifier(t, func(c *token.Config) { c.CacheEntries = tc.entries })
			var last string
			for i := range 200 {
				last = sign(goodHeader, accessClaims().with("jti", fmt.Sprint(`"`, i, `"`)).String())
				if _, err := v.Access(t.Context(), last); err != nil {
					t.Fatalf("Access %d = %v", i, err)
				}
			}
			check(t, v, last, nil)
			if n := token.CacheLen(v); n > tc.most || n < tc.most/3 {
				t.Errorf("%d entries, want about %d", n, tc.most)
			}
		})
	}
}

// TestCacheIsForTheWholeText shows tokens to a cache that has their like.
func TestCacheIsForTheWholeText(t *testing.T) {
	v := verifier(t, nil)
	good := sign(goodHeader, accessClaims().String())
	check(t, v, good, nil)
	for i := range len(good) {
		for _, other := range []byte{'A', 'B', '.', good[i] ^ 0x20} {
			if other == good[i] {
				continue
			}
			bad := good[:i] + string(other) + good[i+1:]
			if _, err := v.Access(t.Context(), bad); !errors.Is(err, token.ErrInvalid) && !errors.Is(err, token.ErrKeysUnavailable) {
				t.Errorf("Access with byte %d changed from %c to %c = %v, want ErrInvalid", i, good[i], other, err)
			}
		}
	}
}

func TestCacheIsFlushedWhenKeysChange(t *testing.T) {
	w := newWorld(t)
	w.hydrate(t)
	raw := w.fresh()
	w.want(t, raw, nil)
	w.hydrate(t) // the same keys again
	if n := token.CacheLen(w.v); n != 1 {
		t.Errorf("%d entries after equal keys came, want 1", n)
	}
	w.Rotate()
	w.hydrate(t)
	w.want(t, raw, token.ErrKeyUnknown)
}

// during calls a function in the middle of a verification.
type during struct {
	token.DenyStore
	do func()
}

func (d *during) Denied(ctx context.Context, sub, origin string, auth time.Time) (bool, error) {
	if do := d.do; do != nil {
		d.do = nil
		do()
	}
	return d.DenyStore.Denied(ctx, sub, origin, auth)
}

// TestCacheWhenKeysChangeMeanwhile: a token that was verified by keys which
// have gone when it is to be remembered is not slipped in among those of the
// new keys.
func TestCacheWhenKeysChangeMeanwhile(t *testing.T) {
	d := newDeniable(t)
	raw := d.fresh()
	list := &during{DenyStore: d.list}
	var err error
	d.v, err = token.New(token.Config{Issuers: []string{d.URL}, ClientIDs: []string{d.ClientID}, Keys: d.keys, Denials: list})
	if err != nil {
		t.Fatal(err)
	}
	list.do = func() {
		d.Rotate()
		d.hydrate(t)
		for range 1000 { // until one falls into the shard of raw
			other := d.fresh()
			d.want(t, other, nil)
			if other[len(other)-2] == raw[len(raw)-2] {
				return
			}
		}
		t.Error("no token for the shard")
	}
	d.want(t, raw, nil) // its key was good when it was looked up
	d.want(t, raw, token.ErrKeyUnknown)
}

// BenchmarkCacheMemory reports what an entry costs at the default bound.
func BenchmarkCacheMemory(b *testing.B) {
	const n = 2000
	v := verifier(b, nil)
	raws := make([]string, n)
	for i := range raws {
		raws[i] = benchToken(i)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		for _, raw := range raws {
			if _, err := v.Access(b.Context(), raw); err != nil {
				b.Fatal(err)
			}
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/entry")
	b.ReportMetric(float64(len(raws[0])), "B/token")
	runtime.KeepAlive(v)
}
