package localpool

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var quick = hashing{memory: 8, passes: 1, lanes: 1, atOnce: 1, patience: time.Second}

func TestHash(t *testing.T) {
	phc := quick.hash("päss word")
	if want := "$argon2id$v=19$m=8,t=1,p=1$"; !strings.HasPrefix(phc, want) {
		t.Errorf("hash = %q, want %s…", phc, want)
	}
	if again := quick.hash("päss word"); again == phc {
		t.Error("two hashes have the same salt")
	}
	for password, want := range map[string]bool{"päss word": true, "päss wor": false, "Päss word": false, "": false} {
		// The cost is the stored one, not the hasher's.
		if got, err := defaultHashing().matches(phc, password); got != want || err != nil {
			t.Errorf("matches(%q) = %v, %v, want %v", password, got, err, want)
		}
	}
	if got, err := quick.matches("", ""); got || err != nil {
		t.Errorf("matches of no hash = %v, %v, want false", got, err)
	}
}

// TestHashVector is the argon2id example of the reference implementation's
// command: echo -n "password" | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32 -e
func TestHashVector(t *testing.T) {
	const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if got, err := quick.matches(phc, "password"); !got || err != nil {
		t.Errorf("matches(reference hash) = %v, %v, want true", got, err)
	}
}

func TestDefaultHashing(t *testing.T) {
	if h := newHasher(hashing{}); h.memory != 9216 || h.passes != 4 || h.lanes != 1 || cap(h.slots) != 1 {
		t.Errorf("default = %+v, want 9 MiB, four passes, one lane, one at a time", h.hashing)
	}
}

func TestMalformedHash(t *testing.T) {
	good := quick.hash("x")
	for _, phc := range []string{
		"x", "$", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=8", "m=999999999", 1), strings.Replace(good, "t=1", "t=0", 1),
		strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "m=8,t=1,p=1", "", 1), good + "!", good + "$x",
		good[:strings.LastIndex(good, "$")+1],
	} {
		if got, err := quick.matches(phc, "x"); got || !errors.Is(err, errPHC) {
			t.Errorf("matches(%q) = %v, %v, want %v", phc, got, err, errPHC)
		}
	}
}

func TestHasherTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(hashing{atOnce: 2, patience: 5 * time.Second})
		var running, most, refused atomic.Int32
		var wg sync.WaitGroup
		for range 20 { // each takes a second, so five seconds are enough for ten or twelve
			wg.Go(func() {
				err := h.run(t.Context(), func() error {
					most.Store(max(most.Load(), running.Add(1)))
					time.Sleep(time.Second - time.Millisecond)
					running.Add(-1)
					return nil
				})
				if err != nil {
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		if most.Load() != 2 || refused.Load() != 8 {
			t.Errorf("at once %d, refused %d, want 2 and 8", most.Load(), refused.Load())
		}
	})
}

func TestHasherHeedsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(hashing{atOnce: 1, patience: time.Hour})
		h.slots <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := h.run(ctx, func() error { t.Error("it ran"); return nil })
		if f, ok := errors.AsType[*fault](err); !ok || f.kind != kindTooMany {
			t.Errorf("run = %v, want %s", err, kindTooMany)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		defaultHashing().hash("Correct horse 7")
	}
}
