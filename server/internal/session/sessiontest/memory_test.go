package sessiontest_test

import (
	"testing"

	"porchlight/server/internal/session"
	"porchlight/server/internal/session/sessiontest"
)

func TestMemory(t *testing.T) {
	sessiontest.TestStore(t, func(*testing.T) session.Store { return sessiontest.NewMemory() })
}
