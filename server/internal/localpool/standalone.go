package localpool

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// pathInbox shows the inbox of a pool that is served alone.
const pathInbox = "/inbox"

// Command is `porchlight pool`: it serves a folder of user pools by itself, for
// any client of Cognito, until ctx ends. args are the arguments after the
// name. It prints where the pool is and the variables that point a client at
// it; flag.ErrHelp is returned after printing what the flags are.
//
// The operations that AWS wants credentials for are answered to everybody, and
// the inbox is open. So it listens on loopback alone, answers requests for the
// names of loopback only (a page of another site that rebinds its name to this
// machine gets 421) and sends no CORS headers, which keeps browsers out.
func Command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("porchlight pool", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:9229", "loopback `address` to serve on; port 0 is any free one")
	data := flags.String("data", "./data/standalone-pool", "`folder` of the database and the keys; one process at a time uses it")
	region := flags.String("region", "", "`region` in the id of a new pool (default us-east-1)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("porchlight pool: unknown arguments %q; see porchlight pool -h", flags.Args())
	}
	host, _, err := net.SplitHostPort(*listen)
	if err != nil || !isLoopback(host) {
		return fmt.Errorf("porchlight pool: -listen %q is not an address of this machine alone, such as 127.0.0.1:9229: "+
			"whoever reaches the pool can take every account", *listen)
	}
	p, err := Open(ctx, Config{Dir: *data, Region: *region, Admin: true, Logger: slog.New(slog.NewJSONHandler(stderr, nil))})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return errors.Join(fmt.Errorf("porchlight pool: %w", err), p.Close())
	}
	p.greet(stdout, "http://"+l.Addr().String())
	return errors.Join(serveAlone(ctx, l, p.alone()), p.Close())
}

// greet prints what a client needs to know, as lines of an environment.
func (p *Pool) greet(w io.Writer, endpoint string) {
	region, _, _ := strings.Cut(p.id, "_")
	fmt.Fprintf(w, "# The user pool is at %s; its codes appear at %s%s\n", endpoint, endpoint, pathInbox)
	fmt.Fprintf(w, "AWS_REGION=%s\nAWS_COGNITO_USER_POOL_ID=%s\nAWS_COGNITO_USER_POOL_CLIENT_ID=%s\n", region, p.id, p.clientID)
	fmt.Fprintf(w, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=%s\n", endpoint)
}

// serveAlone serves until ctx ends, and then ends what has begun.
func serveAlone(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := srv.Shutdown(stop)
	<-ended
	return err
}

// alone is the pool as Command serves it.
func (p *Pool) alone() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", p)
	mux.HandleFunc("GET "+pathInbox, p.serveInbox)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !isLoopback(strings.Trim(host, "[]")) {
			http.Error(w, "this pool answers to the names of this machine only", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (p *Pool) serveInbox(w http.ResponseWriter, r *http.Request) {
	mails, err := p.Inbox(r.Context(), 0)
	if err != nil {
		p.log.ErrorContext(r.Context(), "user pool failed", "err", err)
		http.Error(w, "the inbox can't be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(mails); err != nil {
		p.log.Debug("user pool could not answer", "err", err)
	}
}

// isLoopback reports whether a host, without brackets, is this machine alone.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
