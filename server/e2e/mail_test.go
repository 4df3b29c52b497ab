package e2e

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"porchlight/shared/api"
)

// A mail is one of the development inbox.
type mail struct {
	To   string    `json:"to"`
	Kind string    `json:"kind"`
	Code string    `json:"code"`
	Sent time.Time `json:"sent"`
}

// inbox returns the mails that the embedded pool would have sent, newest first.
func (s *server) inbox(t *testing.T, _ string) []mail {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+api.PathInbox, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", api.TypeJSON)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("GET %s: %v", api.PathInbox, err)
	}
	defer answer.Body.Close()
	var mails []mail
	if err := json.NewDecoder(answer.Body).Decode(&mails); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: status %d, %v", api.PathInbox, answer.StatusCode, err)
	}
	return mails
}

// code waits for a mail to the address that it has not returned yet, and
// returns the newest one's code.
func (s *server) code(t *testing.T, to string) string {
	t.Helper()
	var found mail
	eventually(t, "a new mail", func() bool {
		for _, m := range s.mails(t, to) {
			if m.To == to {
				found = m
				return m.Sent.After(s.read[to])
			}
		}
		return false
	})
	s.read[to] = found.Sent
	s.log.secret("a code", found.Code)
	return found.Code
}
