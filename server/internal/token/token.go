// Package token decides whether a JWT of the user pool is genuine, meant for
// this program, and still in force. Bearer takes it out of a request, a
// Verifier checks it, a KeyStore holds the pool's keys, and a DenyStore what
// was signed out before it ran out.
//
// # What is checked
//
// In this order, each refusal with a sentinel of its own (errors.go):
//
//  1. At most MaxLen bytes; three base64url parts in their one canonical
//     spelling: no padding, no white space, no set bits left over. Only the
//     compact form of RFC 7515 passes.
//  2. The header: an object without repeated members, alg exactly RS256, kid a
//     string of 1 to 128 bytes, and none of crit, b64, jwk, jku, x5u, x5c.
//  3. The key: by kid, from the configured key URL only.
//  4. The signature, by jwx, over the very bytes that came.
//  5. The claims: an object without repeated members and of the right types,
//     exp and iat there and sane, iss, token_use, client_id or aud from the
//     configured lists, sub, then scopes and groups when some are asked for.
//  6. The deny list, then Config.Check.
//
// # What is not
//
// Whether the person was deleted or disabled since: the pool says so at the
// next refresh. The header's typ: RS256 keys of a pool sign nothing but its
// tokens, and token_use tells those apart. How the token came: a bearer token
// works for whoever holds it.
//
// # Why
//
// The rules are those of aws-jwt-verify 5 and of jwx v2 added up, stricter of
// the two each time: jwx alone (v2.1.7) takes another alg in the header than
// the key has been given for, unknown crit, no exp, exp as a string, repeated
// claims, the JSON serialization, padding and megabytes of junk; and
// aws-jwt-verify takes tokens without exp and with a repeated claim. So the
// envelope and the claims are read here, and jwx is asked one question: is
// this the signature of these bytes by this key (jws.Verifier). jws.Verify
// parses everything a second time, and checks the signature of its own
// re-encoding instead of what came. Nothing but this package and localpool
// imports jwx, whose version 2 is no longer maintained: the change to a later
// one is a change of the ten lines in signature.go.
//
// Numbers, where the sources differ:
//   - exp has no grace (aws-jwt-verify: 0 s; others: up to 60 s) and the second
//     of exp itself is too late, as RFC 7519 section 4.1.4 says. Only iat may
//     lie ahead, by 60 s, as the pool's clock is not ours. Config.Leeway widens
//     exp and nbf up to 60 s.
//   - exp, iat, nbf and auth_time are whole numbers in plain digits, although
//     RFC 7519 allows a fraction: the pool never sends one, and 1e9, 1.5 and
//     "1" are where readers disagree.
//   - iat is required, and exp at most 24 h after it, the longest that a pool
//     issues. The deny list may forget after that time, so a longer life would
//     outlive its own revocation.
//   - kid up to 128 bytes, not 256; key document up to 64 kB, not 1 MB; jku and
//     the like refused, not ignored.
//   - A kid that is not known is asked for once in 10 s, not once a minute with
//     5 min of negative cache: both bound what a stranger can cause, and 10 s is
//     how long a rotation or an outage at start can hurt. Failing fetches are
//     also repeated in the background every 1 to 5 s.
//   - Keys last fetched 24 h ago are used no more. Until then an outage of the
//     key URL goes unnoticed.
//
// Verified tokens are remembered by their whole text, not by its SHA-256: the
// hash of a kilobyte takes 0.6 µs, which alone is a fiftieth of a first
// verification (30 µs, of which crypto/rsa is 24), a whole hit takes 0.1 to 0.2 µs,
// and equal texts need no argument about collisions. The price is that the text of
// live tokens stays in memory, and a kilobyte more an entry. Measured with
// go test -bench 'Verify|Cache' ./server/internal/token
package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"porchlight/shared/claims"
)

// MaxLen is the longest token that is looked at, in bytes. The pool's are
// about 1000.
const MaxLen = 8 << 10

// MaxLife is the longest time between iat and exp: the longest validity that a
// user pool client can be given.
const MaxLife = 24 * time.Hour

// maxAhead is how far iat may lie in the future.
const maxAhead = 60 * time.Second

// Config configures a Verifier. Lists are copied.
type Config struct {
	// Issuers are the exact values of iss that are accepted; see Issuers of
	// cognito.Config. At least one.
	Issuers []string
	// ClientIDs are the app clients whose tokens are accepted: client_id of an
	// access token, aud of an ID token. At least one.
	ClientIDs []string
	// Keys holds the pool's keys. Required.
	Keys *KeyStore
	// Denials is asked on every call whether a token was signed out. Through
	// Verifier.Deny and RevokeBefore a change counts at once; a change by
	// another server counts within DenialLag. Nil means that nothing is ever
	// revoked.
	Denials DenyStore
	// Scopes, if any, are those of which an access token needs at least one.
	Scopes []string
	// Groups, if any, are those of which an access token needs at least one.
	Groups []string
	// Leeway is added to exp and taken from nbf: 0 to 60 s.
	Leeway time.Duration
	// Check is asked last about every access token. Its error refuses the
	// token and is wrapped in ErrInvalid. It must be safe for concurrent use.
	Check func(claims.Access) error
	// Now is the clock that tokens are compared with; nil means time.Now.
	Now func() time.Time
	// Logger hears when Run could not sweep; nil discards.
	Logger *slog.Logger
	// CacheEntries bounds how many verified access tokens are remembered, at
	// about 2 kB each: 0 means 16384, below 0 none.
	CacheEntries int
}

// Verifier checks tokens. It is safe for concurrent use.
type Verifier struct {
	c       Config
	rs256   rs256
	cache   *cache
	denials *denials // nil: none
}

// New returns a Verifier. It does no I/O.
func New(c Config) (*Verifier, error) {
	switch {
	case len(c.Issuers) == 0 || slices.Contains(c.Issuers, ""):
		return nil, errors.New("configure token verifier: an issuer is missing")
	case len(c.ClientIDs) == 0 || slices.Contains(c.ClientIDs, ""):
		return nil, errors.New("configure token verifier: a client id is missing")
	case c.Keys == nil:
		return nil, errors.New("configure token verifier: the key store is missing")
	case c.Leeway < 0 || c.Leeway > time.Minute:
		return nil, fmt.Errorf("configure token verifier: leeway %v is not within 0 and 60 s", c.Leeway)
	}
	c.Issuers, c.ClientIDs = slices.Clone(c.Issuers), slices.Clone(c.ClientIDs)
	c.Scopes, c.Groups = slices.Clone(c.Scopes), slices.Clone(c.Groups)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	signatures, err := newRS256()
	if err != nil {
		return nil, fmt.Errorf("configure token verifier: %w", err)
	}
	v := &Verifier{c: c, rs256: signatures, cache: newCache(c.CacheEntries)}
	if c.Denials != nil {
		v.denials = newDenials(c.Denials)
	}
	return v, nil
}

// Access checks an access token and returns its claims. Groups is shared with
// other callers and must not be changed.
//
// The error is ErrInvalid in one of its kinds (401), ErrInsufficient (403),
// ErrKeysUnavailable or ErrDenialsUnavailable (503), or that of ctx. No error
// holds any part of the token.
//
// A token that was accepted before is not verified again while the keys stay
// the same and it has not run out; the deny list and Config.Check are asked
// every time. Such a repeat does not allocate.
func (v *Verifier) Access(ctx context.Context, raw string) (claims.Access, error) {
	if len(raw) > MaxLen {
		return claims.Access{}, ErrTooLong
	}
	now := v.c.Now()
	e := v.cache.get(raw, v.c.Keys.generation())
	known := e != nil && now.Unix() < e.until
	if !known {
		var err error
		if e, err = v.first(ctx, raw, now); err != nil {
			return claims.Access{}, err
		}
	}
	if err := v.denials.check(ctx, e); err != nil {
		return claims.Access{}, err
	}
	if !known {
		v.cache.put(raw, e)
	}
	if v.c.Check != nil {
		if err := v.c.Check(e.claims); err != nil {
			return claims.Access{}, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	return e.claims, nil
}

// first verifies an access token that the cache does not have.
func (v *Verifier) first(ctx context.Context, raw string, now time.Time) (*entry, error) {
	c, key, err := v.open(ctx, raw)
	if err != nil {
		return nil, err
	}
	if err := v.checkAccess(c, now); err != nil {
		return nil, err
	}
	e := &entry{
		claims:     c.access(),
		until:      min(c.exp+int64(v.c.Leeway/time.Second), now.Add(key.left).Unix()),
		generation: key.generation,
	}
	v.denials.place(e)
	return e, nil
}

// ID checks an ID token and returns its claims: only for the server itself,
// which has just received it from the pool. An ID token is never a credential;
// Access refuses it. Errors are as those of Access. Nothing is remembered.
func (v *Verifier) ID(ctx context.Context, raw string) (claims.ID, error) {
	c, _, err := v.open(ctx, raw)
	if err != nil {
		return claims.ID{}, err
	}
	if err := v.checkID(c, v.c.Now()); err != nil {
		return claims.ID{}, err
	}
	if err := v.denials.ask(ctx, c.sub, c.origin, c.authTime); err != nil {
		return claims.ID{}, err
	}
	return c.id(), nil
}

// open takes a token apart and returns its claims once the signature is found
// good. The claims are the signer's; whether they suit is for the caller.
func (v *Verifier) open(ctx context.Context, raw string) (*claimSet, poolKey, error) {
	parts, err := split(raw)
	if err != nil {
		return nil, poolKey{}, err
	}
	kid, err := parts.keyID()
	if err != nil {
		return nil, poolKey{}, err
	}
	key, err := v.c.Keys.lookup(ctx, kid)
	if err != nil {
		return nil, poolKey{}, err
	}
	if err := v.rs256.verify(parts, key.public); err != nil {
		return nil, poolKey{}, err
	}
	payload, err := parts.payload()
	if err != nil {
		return nil, poolKey{}, err
	}
	c, err := parseClaims(payload)
	return c, key, err
}
