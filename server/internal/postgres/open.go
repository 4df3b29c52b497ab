// Package postgres keeps what the server stores in PostgreSQL, so that several
// servers share it: posts and profiles, sessions, the deny list and the limits.
// Each part has a store of its own type, which passes the contract suite of the
// package that uses it, as package sqlite's do.
//
// Migrations are in migrations/; a released one never changes.
//
// # Why
//
// Every statement is bounded twice: the server gives it up after five seconds,
// so that nothing it holds is held longer, and the caller after ten, so that a
// network that went silent is noticed.
//
// A broken connection is not the caller's business as long as repeating is
// safe: reads, and writes that come to the same when done twice, are tried again
// on another connection. Other writes are tried again only when nothing of them
// was sent; otherwise the caller is told that the outcome is not known.
//
// Nothing depends on the database's locale: text that is compared or sorted is
// declared COLLATE "C", in which lower() knows ASCII alone.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// defaultMaxConns is how many connections one server opens, unless the URL
	// has pool_max_conns. Sixteen gave 10 to 14 000 inserts a second.
	defaultMaxConns = 16
	// connectTimeout bounds one attempt to connect.
	connectTimeout = 5 * time.Second
	// pingTimeout bounds the look at a connection that was idle.
	pingTimeout = 2 * time.Second
	// openTimeout bounds Open, other servers' migrations included.
	openTimeout = 5 * time.Minute
	// minVersion is the oldest PostgreSQL that is still maintained.
	minVersion = 140000
)

// runtimeParams are settings of every connection that the URL may override.
// Compiling queries costs more than any query here takes.
func runtimeParams() map[string]string {
	return map[string]string{
		"application_name":                    "porchlight",
		"statement_timeout":                   "5s",
		"idle_in_transaction_session_timeout": "10s",
		"jit":                                 "off",
	}
}

// Store is the open database. Its methods may be called concurrently.
type Store struct {
	db *db
}

// Open connects to the database at the URL, postgres://…, and brings its schema
// up to date. Servers that start at once take turns. The caller closes it. An
// error is one line and never has the URL's password in it.
func Open(ctx context.Context, databaseURL string) (*Store, error) {
	c, err := poolConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", flat{err})
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	for _, step := range []func(context.Context, *pgxpool.Pool) error{checkServer, migrate} {
		if err := step(ctx, pool); err != nil {
			pool.Close()
			return nil, fmt.Errorf("open store: %w", flat{err})
		}
	}
	return &Store{&db{pool}}, nil
}

// Close waits for what is being done and closes every connection.
func (s *Store) Close() error {
	s.db.pool.Close()
	return nil
}

// errURL stands for whatever is wrong with the URL. That is not repeated: the
// parts of a URL that is malformed can't be told apart.
var errURL = errors.New("the database's URL is malformed, or names a file that can't be read; write it like postgres://user:password@host:5432/name?sslmode=verify-full")

// poolConfig reads the URL, or returns errURL. Words, which the driver would
// take too, are refused: nothing set would mean a database of its own choice.
func poolConfig(databaseURL string) (*pgxpool.Config, error) {
	if !strings.HasPrefix(databaseURL, "postgres://") && !strings.HasPrefix(databaseURL, "postgresql://") {
		return nil, errURL
	}
	c, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, errURL
	}
	// The driver also takes lists of hosts, which no net/url.URL is.
	_, rawQuery, _ := strings.Cut(databaseURL, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, errURL
	}
	if !query.Has("pool_max_conns") {
		c.MaxConns = defaultMaxConns
	}
	if !query.Has("pool_ping_timeout") {
		c.PingTimeout = pingTimeout
	}
	if !query.Has("connect_timeout") {
		c.ConnConfig.ConnectTimeout = connectTimeout
	}
	for name, value := range runtimeParams() {
		if _, ok := c.ConnConfig.RuntimeParams[name]; !ok {
			c.ConnConfig.RuntimeParams[name] = value
		}
	}
	return c, nil
}

// checkServer refuses what the stores can't work on.
func checkServer(ctx context.Context, pool *pgxpool.Pool) error {
	var version int
	var encoding string
	const query = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"
	if err := pool.QueryRow(ctx, query).Scan(&version, &encoding); err != nil {
		return err
	}
	switch {
	case version < minVersion:
		return fmt.Errorf("PostgreSQL %d is too old; use %d or newer", version/10000, minVersion/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database's encoding is %s; make one with ENCODING 'UTF8'", encoding)
	}
	return nil
}
