// Package httpapi answers every request: pages, forms, the JSON API and, in
// local mode, the development inbox.
//
// A form and a JSON client use the same route, the same request type of
// package api and the same handler; only the answer differs. A handler returns
// an error and one wrapper turns it into an answer (problem.go), so that no
// error text is written in two places.
//
// # Why
//
// The edge is deny by default. Every request passes, in this order: a request
// ID and a last-resort recover, the Host allowlist (421), the cross-origin
// check of net/http on every route (403), and a bounded body. There are no
// CORS headers. A request that shows both a session cookie and a bearer token
// is refused: which of the two was meant would be a guess.
package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/feed"
	"porchlight/server/internal/hub"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/pwa"
	"porchlight/server/internal/session"
	"porchlight/server/internal/token"
)

// Config is what the routes need. All fields are required but those that say
// otherwise.
type Config struct {
	Pool     *cognito.Client
	Sessions *session.Manager
	Tokens   *token.Verifier
	Feed     *feed.Service
	Live     *hub.Hub
	Limits   *limit.Limiter
	Pages    *pwa.PWA
	// Hosts are the names under which the server answers, without port.
	Hosts []string
	// Proxies are the peers whose X-Forwarded-For is believed. Optional.
	Proxies []netip.Prefix
	// Inbox lists the mails of the embedded pool, newest first. It is nil
	// outside local mode, and then there is no inbox route.
	Inbox func(ctx context.Context, limit int) ([]Mail, error)
	// Secure is set when people reach the server by https.
	Secure bool
	// Quantum hides how long account look-ups take: sign-up, resend and recover
	// are answered at its next multiple. Zero means DefaultQuantum.
	Quantum time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger takes one line a request and one an authentication event; nil
	// means none.
	Logger *slog.Logger
}

// DefaultQuantum is longer than a password hash takes on a small machine.
const DefaultQuantum = 250 * time.Millisecond

type server struct {
	Config
	site http.Handler // of all routes, behind the edge
}

// New returns the handler of all routes.
func New(c Config) (http.Handler, error) {
	if c.Pool == nil || c.Sessions == nil || c.Tokens == nil || c.Feed == nil || c.Live == nil || c.Limits == nil || c.Pages == nil {
		return nil, errors.New("httpapi: a required field of Config is missing")
	}
	if len(c.Hosts) == 0 {
		return nil, errors.New("httpapi: Config.Hosts is empty")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Quantum == 0 {
		c.Quantum = DefaultQuantum
	}
	s := &server{Config: c}
	s.site = s.routes()
	return s.edge(s.site), nil
}
