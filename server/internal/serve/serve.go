// Package serve wires the server from its configuration and runs it.
//
// It is the only place that knows which mode the program is in. In local mode
// the user pool is a handler in this process, reached by the same client
// through an in-process transport; in cloud mode it is Amazon Cognito, or what
// the endpoint variable names.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"porchlight/server/internal/config"
)

// Limits of connections. A client that dribbles its request is cut when
// readTimeout is over: it bounds the whole request, not each read.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 90 * time.Second
	shutdownTimeout   = 10 * time.Second
	maxHeaderBytes    = 32 << 10
)

// Run serves until ctx ends. It prints where on stdout, and logs JSON lines to
// stderr. The errors it returns say what to do.
func Run(ctx context.Context, c config.Config, stdout, stderr io.Writer) error {
	defer HoldHeap()()
	logger := slog.New(utc{slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: c.LogLevel})})
	plain, err := listen(c.Listen, "PORCHLIGHT_LISTEN")
	if err != nil {
		return err
	}
	defer plain.Close()
	l, redirect, err := secure(c, plain, logger)
	if err != nil {
		return err
	}
	s, err := open(ctx, c, logger)
	if err != nil {
		return err
	}
	defer s.close()
	servers := []*http.Server{newServer(s.handler, logger)}
	listeners := []net.Listener{l}
	if redirect != nil && c.RedirectListen != "" {
		rl, err := listen(c.RedirectListen, "PORCHLIGHT_REDIRECT_LISTEN")
		if err != nil {
			return err
		}
		defer rl.Close()
		servers, listeners = append(servers, newServer(redirect, logger)), append(listeners, rl)
	}
	greet(stdout, c, l.Addr(), s)
	if !s.pages.HasProgram() {
		logger.Warn("browser program missing", "help", "make build")
	}
	return serveAll(ctx, servers, listeners, s)
}

// utc logs every line with the time of UTC.
type utc struct{ slog.Handler }

func (h utc) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.UTC()
	return h.Handler.Handle(ctx, r)
}

func (h utc) WithAttrs(attrs []slog.Attr) slog.Handler { return utc{h.Handler.WithAttrs(attrs)} }
func (h utc) WithGroup(name string) slog.Handler       { return utc{h.Handler.WithGroup(name)} }

func listen(address, variable string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is taken: stop what listens there, or set %s to another", address, variable)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s (%s): %w", address, variable, err)
	}
	return l, nil
}

func newServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}

// greet says where the site is, for people and for scripts that start it.
func greet(w io.Writer, c config.Config, addr net.Addr, s *site) {
	origin := originOf(c, addr)
	fmt.Fprintf(w, "Porchlight is at %s\n", origin)
	if c.Local() {
		fmt.Fprintf(w, "Codes appear at  %s/dev/inbox\n", origin)
	}
	if !s.pages.HasProgram() {
		fmt.Fprintln(w, "The browser program is not in this binary (it is in one made by `make build`); every page and form works without it.")
	}
}

// originOf is the address that people use: the configured one or, on loopback,
// where the server listens.
func originOf(c config.Config, addr net.Addr) string {
	switch {
	case c.PublicURL != "":
		return c.PublicURL
	case c.TLS():
		return "https://" + addr.String()
	}
	return "http://" + addr.String()
}

// serveAll runs the servers and what works in the background, until ctx ends
// or a server fails.
func serveAll(ctx context.Context, servers []*http.Server, listeners []net.Listener, s *site) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, run := range s.background {
		wg.Go(func() { run(ctx) })
	}
	for i, srv := range servers {
		wg.Go(func() {
			if err := srv.Serve(listeners[i]); !errors.Is(err, http.ErrServerClosed) {
				cancel(fmt.Errorf("serve: %w", err))
			}
		})
	}
	<-ctx.Done()
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer done()
	for _, srv := range servers {
		if err := srv.Shutdown(stop); err != nil {
			srv.Close()
		}
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
