package postgres

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/postgres/pgtest"
)

// execAt runs statements on the database, beside the stores.
func execAt(t testing.TB, url string, queries ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, q := range queries {
		if _, err := conn.Exec(ctx, q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

// with returns the URL with other parts.
func with(t testing.TB, databaseURL string, change func(u *url.URL, q url.Values)) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	change(u, q)
	u.RawQuery = q.Encode()
	return u.String()
}

func databaseName(t testing.TB, databaseURL string) (name string) {
	t.Helper()
	with(t, databaseURL, func(u *url.URL, _ url.Values) { name = strings.TrimPrefix(u.Path, "/") })
	return name
}

func TestOpenRefuses(t *testing.T) {
	const canary = "hunter2canary"
	good := pgtest.Start(t)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	ascii := with(t, good, func(u *url.URL, _ url.Values) { u.Path += "_ascii" })
	execAt(t, good, "CREATE DATABASE "+databaseName(t, ascii)+" TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
	t.Cleanup(func() { execAt(t, good, "DROP DATABASE "+databaseName(t, ascii)) })
	newer := pgtest.Start(t)
	openAt(t, newer)
	execAt(t, newer, `INSERT INTO migrations (version, name) VALUES (9999, '9999_from_the_future.sql')`)
	tests := []struct{ name, url, says string }{
		{"no URL", "", "malformed"},
		{"words", "host=127.0.0.1 password=" + canary, "malformed"},
		{"query that is none", "postgres://db/feed?password=%zz" + canary, "malformed"},
		{"port is a word", "postgres://me:" + canary + "@db:port/feed", "malformed"},
		{"unknown sslmode", "postgres://me:" + canary + "@db/feed?sslmode=maybe", "malformed"},
		{"certificate that is not there", "postgres://me:" + canary + "@db/feed?sslmode=verify-full&sslrootcert=/nowhere", "malformed"},
		{"pool of no size", "postgres://me:" + canary + "@db/feed?pool_max_conns=" + canary, "malformed"},
		{"nobody listens", "postgres://me:" + canary + "@" + nobody.Addr().String() + "/feed?sslmode=disable", "refused"},
		{"nobody listens at two addresses", "postgres://me:" + canary + "@" + nobody.Addr().String() + "," + nobody.Addr().String() + "/feed", "refused"},
		{"no such database", with(t, good, func(u *url.URL, _ url.Values) {
			u.Path, u.User = "/not_there", url.UserPassword(u.User.Username(), canary)
		}), "not_there"},
		{"database without an encoding", ascii, "ENCODING 'UTF8'"},
		{"database of a newer program", newer, "9999_from_the_future.sql, which this program does not know"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Open(t.Context(), tt.url)
			if err == nil {
				s.Close()
				t.Fatal("Open = nil, want an error")
			}
			if text := err.Error(); !strings.Contains(text, tt.says) || strings.Contains(text, canary) || strings.ContainsAny(text, "\r\n\t") {
				t.Errorf("Open = %q, want one line with %q and without the password", text, tt.says)
			}
		})
	}
}

// TestSettings reads the settings from the server, of a plain URL and of one
// that has its own.
func TestSettings(t *testing.T) {
	plain := pgtest.Start(t)
	own := with(t, plain, func(_ *url.URL, q url.Values) {
		q.Set("statement_timeout", "3s")
		q.Set("application_name", "other")
		q.Set("pool_max_conns", "2")
	})
	for _, tt := range []struct {
		name, url, timeout, application string
		conns                           int32
	}{
		{"plain", plain, "5s", "porchlight", defaultMaxConns},
		{"own", own, "3s", "other", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openAt(t, tt.url)
			var timeout, application, jit string
			const query = "SELECT current_setting('statement_timeout'), current_setting('application_name'), current_setting('jit')"
			if err := s.db.pool.QueryRow(t.Context(), query).Scan(&timeout, &application, &jit); err != nil {
				t.Fatal(err)
			}
			if timeout != tt.timeout || application != tt.application || jit != "off" || s.db.pool.Config().MaxConns != tt.conns {
				t.Errorf("timeout %s, application %s, jit %s, %d connections; want %s, %s, off, %d",
					timeout, application, jit, s.db.pool.Config().MaxConns, tt.timeout, tt.application, tt.conns)
			}
		})
	}
}

// TestOpenEndsWithItsContext wants no wait for a server that takes the
// connection and says nothing.
func TestOpenEndsWithItsContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := Open(ctx, "postgres://me@"+silent.Addr().String()+"/feed?sslmode=disable"); err == nil {
		t.Error("Open = nil, want an error")
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("Open took %v after its context ended", took)
	}
}

// asRole changes who connects. The test's server asks for no password.
func asRole(role string) func(*url.URL, url.Values) {
	return func(u *url.URL, _ url.Values) { u.User = url.User(role) }
}
