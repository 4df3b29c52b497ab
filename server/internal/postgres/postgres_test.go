package postgres

import (
	"testing"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/limit/limittest"
	"porchlight/server/internal/postgres/pgtest"
	"porchlight/server/internal/session"
	"porchlight/server/internal/session/sessiontest"
	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
)

// openAt opens a store on the database, as one server does, and closes it with
// the test.
func openAt(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

// newStore opens a store on a database of its own.
func newStore(t testing.TB) *Store {
	t.Helper()
	return openAt(t, pgtest.Start(t))
}

func TestSessionStore(t *testing.T) {
	sessiontest.TestStore(t, func(t *testing.T) session.Store { return newStore(t).Sessions() })
}

func TestDenials(t *testing.T) {
	tokentest.TestDenyStore(t, func(t *testing.T) [2]token.DenyStore {
		url := pgtest.Start(t)
		return [2]token.DenyStore{openAt(t, url).Denials(), openAt(t, url).Denials()}
	})
}

func TestLimitStore(t *testing.T) {
	limittest.TestStore(t, func(t *testing.T) limit.Store { return newStore(t).Limits() })
}

func TestFeedStore(t *testing.T) {
	feedtest.TestStore(t, func(t *testing.T) feed.Store { return newStore(t).Feed() })
}
