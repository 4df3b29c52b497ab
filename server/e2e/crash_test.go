package e2e

import (
	"fmt"
	"testing"
	"time"

	"porchlight/app/client"
)

// TestCrash kills the program with SIGKILL, again and again, while several
// people post, answer, like and delete. Each time it is started again on the
// same folder: nothing that was acknowledged is lost, nothing is there twice,
// counters are right, everybody is still signed in, and what had no answer can
// be sent again.
func TestCrash(t *testing.T) {
	s := start(t)
	l := newLoad(t, []*server{s}, s.writers(t, 6))
	r := listenAt(t, s, l.writers[0].http)
	for range 3 {
		end := l.begin()
		l.acknowledged(30)
		s.kill(t)
		s.restart(t)
		l.takes(0, time.Now())
		end()
		l.compare(0)
	}
	l.learns(r, 0)
	t.Log(l.summary())
}

// writers returns members with a session each.
func (s *server) writers(t *testing.T, n int) (list []*writer) {
	t.Helper()
	for i := range n {
		p := s.member(t, fmt.Sprintf("writer%d", i))
		who, err := p.api.Session(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p.http.Timeout = 0 // live streams have none
		list = append(list, &writer{sub: who.Subject, http: p.http, at: []*client.Client{p.api}})
	}
	return list
}
