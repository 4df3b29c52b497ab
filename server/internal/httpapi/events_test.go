package httpapi

import (
	"net/http/httptest"
	"testing"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/session"
	"porchlight/shared/api"
)

// TestReaderOfSession: a refresh may bring tokens of another origin. Who reads by
// the session is the same.
func TestReaderOfSession(t *testing.T) {
	s := &server{}
	r := httptest.NewRequest("GET", api.PathEvents, nil)
	before := caller{viewer: feed.Viewer{Sub: "a"}, session: &session.Session{ID: "s"}, origin: "first"}
	after := before
	after.origin = "second"
	if s.liveReader(r, before) != s.liveReader(r, after) {
		t.Error("a refresh makes the stream another reader's, and ends it")
	}
	before.session, after.session = nil, nil
	if s.liveReader(r, before) == s.liveReader(r, after) {
		t.Error("tokens of two sign-ins are one reader")
	}
}
