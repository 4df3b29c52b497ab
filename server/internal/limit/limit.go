// Package limit bounds how often something may be tried: wrong passwords and
// codes, new accounts, mails, posts, reads. Its numbers are those of the Defaults
// function.
//
// # Why
//
// The counts are in the shared store, so that two servers do not allow twice as
// much and a restart forgets nothing. Only Reads is counted in the process: a
// read must not cost a write to the disk, and what that rule protects is the
// process itself.
//
// A subject is stored only as HMAC-SHA-256 under a key that is not in the
// database: who gets the file learns nobody's address, and cannot tell by trying
// whether one is in it.
//
// A window begins with the first event and ends after a fixed time, so around
// its end up to twice the count may come in one length of it. That is accepted
// for a state of one row and an exact Retry-After.
//
// Guessing a password is bounded per account even when each guess comes from
// another address, and for accounts that do not exist alike. The price is that
// anyone can make another's account wait; so the wait grows to one window and
// no further, and a right password or recovery starts the count again.
package limit

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// MinKeyBytes is the least length of Config.Key.
const MinKeyBytes = 32

// Key is under what a Store keeps a State.
type Key [sha256.Size]byte

// Store keeps states. limittest.TestStore is its contract; every method is
// atomic, safe for concurrent use, and done on disk when it returns.
type Store interface {
	// State returns the state under the key, or the zero State.
	State(ctx context.Context, key Key) (State, error)
	// Update replaces the state under the key by what change makes of it, in one
	// step: no other Update of the key comes between. What is not there is the
	// zero State, and the zero State is not kept. change may be called again.
	Update(ctx context.Context, key Key, change func(State) State) error
	// Sweep removes at most limit states whose Until is now or before, and
	// returns how many they were.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
}

// Exceeded is the refusal of a rule. Answer 429 with Retry-After, in the same
// words for accounts that exist and that don't.
type Exceeded struct {
	Rule       Rule
	RetryAfter time.Duration // above 0
}

// Error names the rule and the wait, and nobody.
func (e *Exceeded) Error() string {
	return fmt.Sprintf("limit %s exceeded, retry after %v", e.Rule, e.RetryAfter)
}

// Config is what a Limiter needs.
type Config struct {
	Store Store            // required
	Key   []byte           // required, MinKeyBytes or more, the same on every server
	Rules Rules            // zero is Defaults
	Now   func() time.Time // nil is time.Now
	// Logger hears of sweeps that did not work; nil discards.
	Logger *slog.Logger
}

// ErrUnavailable means that the store did not answer. Say 503: what can't be
// counted is refused.
var ErrUnavailable = errors.New("limits unavailable")

// Limiter counts. Its methods may be called concurrently. An error that is not
// *Exceeded is ErrUnavailable, or says that there is no such rule; refuse the
// request then too.
type Limiter struct {
	shared Store
	local  *memory
	key    []byte
	bounds map[Rule]Bound
	clock  func() time.Time
	log    *slog.Logger
}

// New returns a Limiter on the store.
func New(c Config) (*Limiter, error) {
	switch {
	case c.Store == nil:
		return nil, errors.New("new limiter: no store")
	case len(c.Key) < MinKeyBytes:
		return nil, fmt.Errorf("new limiter: the key has %d bytes, fewer than %d", len(c.Key), MinKeyBytes)
	case c.Now == nil:
		c.Now = time.Now
	}
	return &Limiter{
		shared: c.Store, local: newMemory(),
		key: bytes.Clone(c.Key), bounds: c.Rules.table(), clock: c.Now,
		log: cmp.Or(c.Logger, slog.New(slog.DiscardHandler)),
	}, nil
}

// now is the clock as it is stored.
func (l *Limiter) now() time.Time { return l.clock().UTC().Truncate(time.Microsecond) }

// Take counts one for the subject, or refuses with *Exceeded and counts nothing.
// Of calls at the same time, on all servers together, never more than the rule
// allows are let through.
//
// Where only failures count, Take before the attempt, and Reset after a success
// or Return when it came to no verdict: then a thousand guesses at once are no
// more than one after the other.
func (l *Limiter) Take(ctx context.Context, rule Rule, subject string) error {
	c, err := l.counter(rule, subject)
	if err != nil || c.bound.Count < 0 {
		return err
	}
	if rule == Reads {
		return c.exceeded(l.local.take(c.key, c.bound, l.now()))
	}
	return l.takeShared(ctx, c)
}

func (l *Limiter) takeShared(ctx context.Context, c counter) error {
	// Whoever is refused costs a read, and does not wait for the writer.
	if err := l.refusal(ctx, c); err != nil {
		return err
	}
	var wait time.Duration
	err := c.update(ctx, func(s State) State {
		s, wait = s.take(c.bound, l.now())
		return s
	})
	if err != nil {
		return err
	}
	return c.exceeded(wait)
}

// Check refuses with *Exceeded when Take would, and counts nothing.
func (l *Limiter) Check(ctx context.Context, rule Rule, subject string) error {
	c, err := l.counter(rule, subject)
	if err != nil || c.bound.Count < 0 {
		return err
	}
	return l.refusal(ctx, c)
}

// Fail counts one for the subject, even where Take would refuse. It never
// returns *Exceeded.
func (l *Limiter) Fail(ctx context.Context, rule Rule, subject string) error {
	c, err := l.counter(rule, subject)
	if err != nil || c.bound.Count < 0 {
		return err
	}
	return c.update(ctx, func(s State) State { return s.count(c.bound, l.now()) })
}

// Return takes back what one Take or Fail has counted.
func (l *Limiter) Return(ctx context.Context, rule Rule, subject string) error {
	c, err := l.counter(rule, subject)
	if err != nil || c.bound.Count < 0 {
		return err
	}
	return c.update(ctx, func(s State) State { return s.uncount(c.bound, l.now()) })
}

// Reset forgets what was counted for the subject.
func (l *Limiter) Reset(ctx context.Context, rule Rule, subject string) error {
	c, err := l.counter(rule, subject)
	if err != nil {
		return err
	}
	return c.update(ctx, func(State) State { return State{} })
}

func (l *Limiter) refusal(ctx context.Context, c counter) error {
	state, err := c.store.State(ctx, c.key)
	if err != nil {
		return fmt.Errorf("read limit %s: %w: %w", c.rule, ErrUnavailable, err)
	}
	return c.exceeded(state.wait(l.now()))
}

// A counter is one rule for one subject.
type counter struct {
	rule  Rule
	bound Bound
	store Store
	key   Key
}

func (l *Limiter) counter(rule Rule, subject string) (counter, error) {
	bound, ok := l.bounds[rule]
	if !ok {
		return counter{}, fmt.Errorf("no limit is named %q", rule)
	}
	if rule == Reads { // never on disk, and asked at every request: no secret is needed
		return counter{rule, bound, l.local, sha256.Sum256([]byte(subject))}, nil
	}
	return counter{rule, bound, l.shared, l.keyOf(rule, subject)}, nil
}

func (l *Limiter) keyOf(rule Rule, subject string) Key {
	mac := hmac.New(sha256.New, l.key)
	// No rule has a zero byte in its name, so no two pairs are alike.
	mac.Write([]byte(string(rule) + "\x00" + subject))
	return Key(mac.Sum(nil))
}

func (c counter) update(ctx context.Context, change func(State) State) error {
	if err := c.store.Update(ctx, c.key, change); err != nil {
		return fmt.Errorf("count limit %s: %w: %w", c.rule, ErrUnavailable, err)
	}
	return nil
}

func (c counter) exceeded(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return &Exceeded{Rule: c.rule, RetryAfter: wait}
}
