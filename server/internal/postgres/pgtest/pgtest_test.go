package pgtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

func value(t *testing.T, url, query string) (v string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if err := conn.QueryRow(t.Context(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func TestStart(t *testing.T) {
	first, second := Start(t), Start(t)
	execute(t, first, "CREATE TABLE only_here ()")
	for _, tt := range []struct{ url, want string }{{first, "true"}, {second, "false"}} {
		if got := value(t, tt.url, "SELECT (to_regclass('only_here') IS NOT NULL)::text"); got != tt.want {
			t.Errorf("the table is there: %s, want %s", got, tt.want)
		}
		if got := value(t, tt.url, "SELECT current_setting('server_encoding')"); got != "UTF8" {
			t.Errorf("encoding = %s, want UTF8", got)
		}
	}
	if value(t, first, "SELECT current_database()") == value(t, second, "SELECT current_database()") {
		t.Error("two tests have one database")
	}
}

func TestCrashAndRestart(t *testing.T) {
	s := StartServer(t)
	if got := value(t, s.URL(), "SELECT current_setting('fsync')"); got != "on" {
		t.Errorf("fsync = %s, want on", got)
	}
	conn, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 'still here'::text AS word"); err != nil {
		t.Fatal(err)
	}
	s.Crash(t)
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("a connection outlives the crash")
	}
	s.Restart(t)
	if got := value(t, s.URL(), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("after the crash = %q", got)
	}
}
