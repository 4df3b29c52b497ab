// Package session keeps people signed in: an opaque cookie in the browser, a
// row on the server that holds the tokens sealed, and one place where they are
// refreshed. No token ever reaches the browser.
//
// # What is checked
//
//   - The cookie is 32 random bytes in base64url and nothing else; the row's key
//     is SHA-256 of it, so that whoever reads the store cannot present a cookie.
//     A malformed, doubled or unknown one is ErrNone. A client's value is never
//     adopted: Start and Reauthenticated draw a new one and delete the old row.
//   - Tokens and display data are sealed with AES-256-GCM under a Keyring, bound
//     to the row's key, the person's sub and their purpose: a ciphertext that was
//     moved to another row or column does not open, and is ErrNone.
//   - A session dies 7 days after it was last seen and 30 days after it began
//     (Config.Idle, Config.Absolute); the second is the life of a refresh token.
//   - What changes how one signs in wants Session.Fresh: a password at most
//     10 minutes ago.
//
// # What is not checked
//
// The access token's claims were verified when they were stored and the seal
// keeps them as they were; Load does not verify the signature again. The deny
// list is the caller's. Cross-site requests are http.CrossOriginProtection's.
//
// # Why
//
// Load keeps an opened row for at most 5 s in the process (Config.CacheFor), so
// that a request costs neither a read of the store nor AES. What ends a session
// in this process is felt at once, in another server after those 5 s at most.
// Last seen is written at most once a minute.
//
// Refreshing: Load does it when less than a minute is left. Within a process
// one request refreshes for all; between servers the row holds a lease. Whoever
// does not get it goes on with the token it has while that is good for 10 s
// more, so that a slow user pool delays one request and not all of them, and
// otherwise waits and reads the row again. The new refresh token is stored,
// compared with the row's version, before anyone is answered, and goes on being
// stored when the client has gone. The pool's refusal (ErrRefused) ends the
// session. Nothing else does: the attempt is repeated 5 s later at the
// earliest, meanwhile the claims serve on for up to an hour after they expired
// (Session.Stale), and after that Load answers ErrStale, which is a 503 and
// not a sign-out.
//
// The rules are those of the IETF draft "OAuth 2.0 for Browser-Based
// Applications" (backend for frontend) and of OWASP ASVS 5.0 chapters 3 and 7.
package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"porchlight/shared/claims"
)

// Times that are not configured.
const (
	// FreshFor is how long after a password one may change what signs one in.
	FreshFor = 10 * time.Minute
	// PendingLife is the longest life of what Hold keeps.
	PendingLife = time.Hour
	// StaleFor is how long expired claims serve while the pool is away.
	StaleFor = time.Hour

	defaultIdle     = 7 * 24 * time.Hour
	defaultAbsolute = 30 * 24 * time.Hour
	maxCacheFor     = 5 * time.Second
	seenEvery       = time.Minute

	refreshBefore  = time.Minute      // less than this left: refresh
	waitBelow      = 10 * time.Second // less than this left: wait for another's refresh
	retryAfter     = 5 * time.Second  // between two attempts to refresh one session
	refreshTimeout = 10 * time.Second // of one call of the user pool
	storeTimeout   = 6 * time.Second  // for storing what it answered
	leaseFor       = refreshTimeout + storeTimeout + 4*time.Second
)

var (
	// ErrNone means that there is no session, or nothing held: no cookie, a
	// malformed one, an unknown, ended or expired one. The visitor is a guest.
	ErrNone = errors.New("no session")
	// ErrUnavailable means that the store did not answer. Say 503, keep the
	// cookie: nothing is known about the session.
	ErrUnavailable = errors.New("session unavailable")
	// ErrStale means that the session stands but its claims expired more than
	// StaleFor ago and the user pool cannot be asked. Say 503, keep the cookie.
	// It wraps ErrUnavailable.
	ErrStale = fmt.Errorf("claims too old: %w", ErrUnavailable)
	// ErrRefused is what a Refresher answers, or wraps, when the user pool said
	// that the refresh token is no longer good. It ends the session.
	ErrRefused = errors.New("refresh refused")
	// ErrTooLarge means that a token, a name or another value is beyond what a
	// row takes. It is a fault of the caller or of the user pool.
	ErrTooLarge = errors.New("value too large for a session")
)

// Grant is what a sign-in earned. Access must be the verified claims of
// AccessToken.
type Grant struct {
	AccessToken, RefreshToken string
	Access                    claims.Access
	Display                   claims.Display
}

// Refreshed is what a refresh token was exchanged for. RefreshToken is empty
// when the pool does not rotate. Access must be the verified claims of
// AccessToken.
type Refreshed struct {
	AccessToken, RefreshToken string
	Access                    claims.Access
}

// Refresher asks the user pool for new tokens. The username is the canonical
// one (the username claim), over which a client with a secret computes
// SECRET_HASH. ErrRefused ends the session; any other error keeps it. With such
// an error a RefreshToken that is not empty is stored all the same: the pool may
// have rotated it before the access token turned out not to be verifiable.
// Errors are logged and must not hold a token. A Refresher must return soon
// after ctx ends, which is 10 s after the call.
type Refresher interface {
	Refresh(ctx context.Context, refreshToken, username string) (Refreshed, error)
}

// Session is one person signed in on one device.
type Session struct {
	// ID names the session to its owner. It is drawn apart from the cookie and
	// opens nothing.
	ID string
	// Display.Groups and Display.Subject are those of Access.
	Display claims.Display
	Access  claims.Access
	// AccessToken and RefreshToken are empty in what List answers, and in what
	// End, EndOne and EndAll answer of a row that no key opens any more.
	AccessToken, RefreshToken string
	Device                    string // DeviceName of the browser that signed in
	FirstSeen, LastSeen       time.Time
	Authenticated             time.Time // the last time a password was given
	Expires                   time.Time // the end of its absolute life
	// Current is set by what acts on a request's own session. List does not
	// know the request: compare ID.
	Current bool
	// Stale says that the access token has expired and could not be refreshed:
	// the claims may still be served, the token is of no use to the pool.
	Stale bool
}

// Fresh reports whether a password was given at most FreshFor before now.
func (s Session) Fresh(now time.Time) bool {
	return !s.Authenticated.IsZero() && now.Sub(s.Authenticated) <= FreshFor
}
