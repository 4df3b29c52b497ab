// Package pgtest gives tests a PostgreSQL of their own.
//
// Start makes one empty database for each test, on the server that
// TEST_POSTGRES_URL names or, without that, on one that the first call starts
// for the whole test binary: initdb and postgres from the path or from where
// distributions put them, on a Unix socket in a temporary folder. Without
// PostgreSQL tests are skipped, except under E2E=1, where missing is failing.
//
// # Why
//
// A server of its own needs no TestMain and leaves nothing behind, however the
// tests end: a shell waits on a pipe that the test binary holds, and when the
// pipe closes it stops the server and removes the folder.
//
// The databases collate as people do (ICU's en-US, where PostgreSQL has it),
// so that a query which leaves the order of text to the database fails.
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// setupTimeout bounds making or dropping a database.
const setupTimeout = 30 * time.Second

// shared is the server of the test binary.
var shared = sync.OnceValues(func() (string, error) {
	if u := os.Getenv("TEST_POSTGRES_URL"); u != "" {
		return u, nil
	}
	s, err := launch("-c", "fsync=off", "-c", "full_page_writes=off")
	if err != nil {
		return "", err
	}
	return s.url("postgres"), nil
})

// Start returns the URL of a new, empty database, which goes with the test.
func Start(t testing.TB) string {
	t.Helper()
	if os.Getenv("TEST_POSTGRES_URL") == "" {
		require(t)
	}
	admin, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := "porchlight_" + strings.ToLower(rand.Text())
	create(t, admin, name)
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal("TEST_POSTGRES_URL is not a URL")
	}
	u.Path = "/" + name
	return u.String()
}

// require skips or fails the test when there is no PostgreSQL.
func require(t testing.TB) {
	t.Helper()
	if _, err := findBin(); err == nil {
		return
	}
	const advice = "no PostgreSQL: install it (Debian: apt-get install postgresql), put initdb and postgres on the path, or set TEST_POSTGRES_URL"
	if os.Getenv("E2E") == "1" {
		t.Fatal(advice)
	}
	t.Skip(advice)
}

// create makes the database, with the collation of people if it can be had.
func create(t testing.TB, admin, name string) {
	t.Helper()
	conn, ctx := connect(t, admin)
	defer conn.Close(ctx)
	const form = "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'"
	_, err := conn.Exec(ctx, fmt.Sprintf(form+" LOCALE_PROVIDER icu ICU_LOCALE 'en-US'", name))
	if err != nil {
		_, err = conn.Exec(ctx, fmt.Sprintf(form, name))
	}
	if err != nil {
		t.Fatalf("create database: %v", err)
	}
}

// Exec runs a statement in the database at the URL.
func Exec(t testing.TB, databaseURL, query string) {
	t.Helper()
	execute(t, databaseURL, query)
}

func execute(t testing.TB, admin, query string) {
	t.Helper()
	conn, ctx := connect(t, admin)
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, query); err != nil {
		t.Errorf("%s: %v", query, err)
	}
}

// connect opens a connection that outlives the test's own context, so that it
// serves in Cleanup too.
func connect(t testing.TB, u string) (*pgx.Conn, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), setupTimeout)
	t.Cleanup(cancel)
	conn, err := pgx.Connect(ctx, u)
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	return conn, ctx
}
