package token

import (
	"context"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Times of a KeyStore.
const (
	// KeysRefresh is how often Run reads keys that are well.
	KeysRefresh = time.Hour
	// KeysStale is how long keys are used after they were last read.
	KeysStale = 24 * time.Hour
	// KeysPenalty is how long unknown kids cause no further fetch after one
	// that did not explain them.
	KeysPenalty = 10 * time.Second

	minRetry = time.Second // Run's waits after a failure: 1, 2, 4, 5, 5 s …
	maxRetry = 5 * time.Second
)

// KeysConfig configures a KeyStore.
type KeysConfig struct {
	// URL is where the pool's keys stand: https, or http on a loopback host.
	// Required.
	URL string
	// Client sends the requests; nil means one with net/http's defaults. It is
	// copied, without its cookies, and follows no redirects.
	Client *http.Client
	// Logger hears when reading begins to fail and when it works again; nil
	// discards.
	Logger *slog.Logger
	// Now tells how old keys are; nil means time.Now.
	Now func() time.Time
}

// KeyStore holds the public keys of one pool by kid. A known key costs an
// atomic load; an unknown kid is the only thing that makes a request wait for
// the network, together with all others that miss one at the moment, and not
// more often than KeysPenalty allows. It is safe for concurrent use.
type KeyStore struct {
	url    string
	client *http.Client
	log    *slog.Logger
	now    func() time.Time
	set    atomic.Pointer[keySet] // never nil

	fetches sync.WaitGroup
	mu      sync.Mutex // guards the rest
	flight  *flight    // the fetch under way, or nil
	penalty time.Time  // until then unknown kids cause no fetch
	last    error      // of the last fetch
}

// keySet is what one fetch brought. It does not change.
type keySet struct {
	keys       map[string]*rsa.PublicKey
	generation uint64    // counts changes of keys; 0 is before any
	fetched    time.Time // when
}

// poolKey is a key as a verification needs it.
type poolKey struct {
	public     *rsa.PublicKey
	generation uint64
	left       time.Duration // for which it may be used
}

// flight is a fetch under way.
type flight struct {
	done chan struct{} // closed after the fields below and the set are final
	kid  string        // the first unknown kid that waits for it, or ""
	err  error
}

// NewKeyStore returns an empty store; it does no I/O. Have Run running; call
// Hydrate before that if requests should not come first.
func NewKeyStore(c KeysConfig) (*KeyStore, error) {
	if err := checkURL(c.URL); err != nil {
		return nil, fmt.Errorf("configure key store: %w", err)
	}
	k := &KeyStore{url: c.URL, client: restrict(c.Client), log: c.Logger, now: c.Now}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.now == nil {
		k.now = time.Now
	}
	k.set.Store(&keySet{})
	return k, nil
}

// Hydrate reads the keys once, so that the first request need not. It takes 5 s
// at most. After an error (ErrKeysUnavailable) Run goes on trying, and so does
// whoever brings a token.
func (k *KeyStore) Hydrate(ctx context.Context) error {
	k.mu.Lock()
	f := k.join("")
	k.mu.Unlock()
	return f.wait(ctx)
}

// Run reads the keys unless Hydrate has, and keeps them fresh until ctx ends:
// every KeysRefresh, and after a failure in 1 s, then 2, 4, 5, 5 and so on. Its
// caller owns the goroutine and waits for it. It returns when no fetch is under
// way any more, 5 s later at most.
func (k *KeyStore) Run(ctx context.Context) {
	defer k.fetches.Wait()
	if k.generation() == 0 {
		_ = k.Hydrate(ctx) // logged where it fails, here and below
	}
	retry := minRetry
	for {
		pause := KeysRefresh
		if k.failing() {
			pause, retry = retry, min(2*retry, maxRetry)
		} else {
			retry = minRetry
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		_ = k.Hydrate(ctx)
	}
}

// failing reports whether the last fetch failed.
func (k *KeyStore) failing() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last != nil
}

// generation counts the changes of the keys.
func (k *KeyStore) generation() uint64 { return k.set.Load().generation }

// lookup returns the key of that kid, fetching if it is not known. Errors:
// ErrKeyUnknown if the pool has no such key, ErrKeysUnavailable if nobody
// knows.
func (k *KeyStore) lookup(ctx context.Context, kid string) (poolKey, error) {
	if key, ok := k.known(kid); ok {
		return key, nil
	}
	k.mu.Lock()
	if key, ok := k.known(kid); ok { // a fetch has just ended
		k.mu.Unlock()
		return key, nil
	}
	if k.flight == nil && k.now().Before(k.penalty) {
		defer k.mu.Unlock()
		return poolKey{}, unexplained(k.last)
	}
	f := k.join(kid)
	k.mu.Unlock()

	err := f.wait(ctx)
	if key, ok := k.known(kid); ok {
		return key, nil
	}
	return poolKey{}, unexplained(err)
}

// unexplained is why a kid stays unknown after a fetch that ended with err.
func unexplained(err error) error {
	if err == nil {
		return ErrKeyUnknown
	}
	return err
}

// known returns a key of the present set that is not too old.
func (k *KeyStore) known(kid string) (poolKey, bool) {
	set := k.set.Load()
	public, ok := set.keys[kid]
	if !ok {
		return poolKey{}, false
	}
	left := KeysStale - k.now().Sub(set.fetched)
	return poolKey{public: public, generation: set.generation, left: left}, left > 0
}

// join returns the fetch under way, starting one if there is none. kid is what
// is missed, or "". The caller holds mu.
func (k *KeyStore) join(kid string) *flight {
	if k.flight == nil {
		f := &flight{done: make(chan struct{})}
		k.flight = f
		k.fetches.Go(func() { k.land(f) })
	}
	if k.flight.kid == "" {
		k.flight.kid = kid
	}
	return k.flight
}

// wait waits for a fetch to end and returns its error.
func (f *flight) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrKeysUnavailable, ctx.Err())
	}
}

// land fetches and takes in what came. The fetch belongs to all who wait and
// not to the request that happened to be first, so it has no request's context.
func (k *KeyStore) land(f *flight) {
	defer close(f.done)
	keys, err := k.fetch()
	now := k.now()

	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.last
	k.flight, k.last = nil, nil
	if err != nil {
		k.last = fmt.Errorf("%w: %w", ErrKeysUnavailable, err)
		f.err = k.last
	} else {
		k.replace(keys, now)
	}
	if _, ok := k.known(f.kid); f.kid != "" && !ok {
		k.penalty = now.Add(KeysPenalty)
	}
	switch {
	case err != nil && before == nil:
		k.log.Warn("pool keys not read", "error", err)
	case err == nil && before != nil:
		k.log.Info("pool keys read again")
	}
}

// replace makes keys the present set. Equal keys keep the generation, and with
// it every verified token. The caller holds mu.
func (k *KeyStore) replace(keys map[string]*rsa.PublicKey, now time.Time) {
	old := k.set.Load()
	next := &keySet{keys: keys, generation: old.generation, fetched: now}
	if !maps.EqualFunc(keys, old.keys, func(a, b *rsa.PublicKey) bool { return a.Equal(b) }) {
		next.generation++
	}
	k.set.Store(next)
}
