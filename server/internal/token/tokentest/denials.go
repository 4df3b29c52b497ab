package tokentest

import (
	"context"
	"sync"
	"time"

	"porchlight/server/internal/token"
)

// Denials is a token.DenyStore in memory. Its zero value is empty and ready.
type Denials struct {
	mu      sync.Mutex
	origins map[string]time.Time
	subs    map[string]revoked
	reads   int
	err     error
}

type revoked struct{ before, until time.Time }

// Deny implements token.DenyStore.
func (d *Denials) Deny(_ context.Context, originJTI string, until time.Time) error {
	if err := token.CheckDenyKey(originJTI); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.origins == nil {
		d.origins = make(map[string]time.Time)
	}
	if d.err != nil {
		return d.err
	}
	d.origins[originJTI] = later(d.origins[originJTI], until)
	return nil
}

// RevokeBefore implements token.DenyStore.
func (d *Denials) RevokeBefore(_ context.Context, sub string, before, until time.Time) error {
	if err := token.CheckDenyKey(sub); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.subs == nil {
		d.subs = make(map[string]revoked)
	}
	if d.err != nil {
		return d.err
	}
	old := d.subs[sub]
	d.subs[sub] = revoked{before: later(old.before, before), until: later(old.until, until)}
	return nil
}

// Denied implements token.DenyStore.
func (d *Denials) Denied(_ context.Context, sub, originJTI string, authTime time.Time) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	if d.err != nil {
		return false, d.err
	}
	if _, ok := d.origins[originJTI]; ok {
		return true, nil
	}
	r, ok := d.subs[sub]
	return ok && authTime.Unix() <= r.before.Unix(), nil
}

// Sweep implements token.DenyStore.
func (d *Denials) Sweep(_ context.Context, now time.Time, limit int) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for k, until := range d.origins {
		if n < limit && !until.After(now) {
			delete(d.origins, k)
			n++
		}
	}
	for k, r := range d.subs {
		if n < limit && !r.until.After(now) {
			delete(d.subs, k)
			n++
		}
	}
	return n, d.err
}

// Reads counts the calls of Denied.
func (d *Denials) Reads() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reads
}

// Fail makes every call return err from now on; nil ends that.
func (d *Denials) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
