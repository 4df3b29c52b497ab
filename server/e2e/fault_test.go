package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"porchlight/app/client"
	"porchlight/server/internal/cognito"
	"porchlight/server/internal/postgres/pgtest"
)

// cutConnections ends every connection of the servers, those on which they hear
// each other too.
const cutConnections = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	WHERE datname = current_database() AND application_name LIKE 'porchlight%'`

// A fault is something that happens to servers under load.
type fault struct {
	name string
	do   func()
	deaf int // the server whose streams end; -1 is none
}

// TestFaults kills servers and cuts, and crashes, their PostgreSQL while many
// write through all of them. Nothing that was acknowledged is lost, nothing is
// there twice, counters are right, live readers learn of it all or are told to
// ask again, and whatever comes back is of use at once.
func TestFaults(t *testing.T) {
	database := pgtest.StartServer(t)
	f := startFleet(t, database.URL())
	l := newLoad(t, f.servers, f.writers(t, 16))
	var listeners []*listener
	for _, s := range f.servers {
		s.log.allow("request failed") // while the database is away
		listeners = append(listeners, listenAt(t, s, l.writers[0].http))
	}
	for _, fault := range l.faults(database) {
		// Limits have tests of their own, and hold these writers up.
		pgtest.Exec(t, database.URL(), "DELETE FROM limits")
		start := time.Now()
		back := l.suffer(fault)
		for n, r := range listeners {
			if n != fault.deaf {
				l.learns(r, n)
			}
		}
		t.Logf("%s: %v, back after %v: %s", fault.name, time.Since(start).Round(time.Millisecond), back.Round(time.Millisecond), l.summary())
	}
	for n, r := range listeners {
		l.learns(r, n)
		l.compare(n)
	}
}

// suffer lets the fault happen under load, and returns how long after it the
// servers were of use again.
func (l *load) suffer(f fault) time.Duration {
	l.t.Helper()
	end := l.begin()
	l.acknowledged(100)
	f.do()
	over := time.Now()
	for n := range l.servers {
		l.takes(n, over)
	}
	back := time.Since(over)
	end()
	return back
}

func (l *load) faults(database *pgtest.Server) []fault {
	kill := func(n int) fault {
		return fault{fmt.Sprintf("kill server %d", n), func() {
			l.servers[n].kill(l.t)
			l.acknowledged(20) // by the other
			l.servers[n].restart(l.t)
		}, n}
	}
	cut := fault{"cut the connections", func() {
		for range 6 {
			pgtest.Exec(l.t, database.URL(), cutConnections)
			time.Sleep(150 * time.Millisecond)
		}
	}, -1}
	crash := fault{"crash PostgreSQL", func() {
		database.Crash(l.t)
		time.Sleep(300 * time.Millisecond)
		database.Restart(l.t)
	}, -1}
	return []fault{kill(0), kill(0), kill(0), kill(1), kill(1), cut, crash, crash}
}

// writers returns people who have tokens of the pool, as a program has.
func (f *fleet) writers(t *testing.T, n int) (list []*writer) {
	t.Helper()
	for i := range n {
		p := f.servers[0].person(t, fmt.Sprintf("writer%d", i))
		tokens := f.pool.enrol(t, p)
		for _, s := range f.servers {
			s.log.secret("a token", tokens.Access)
		}
		h := &http.Client{Transport: bearer(tokens.Access)}
		w := &writer{sub: decode(t, tokens.Access).claims["sub"].(string), http: h}
		for _, s := range f.servers {
			w.at = append(w.at, client.Over(s.url, h))
		}
		list = append(list, w)
	}
	return list
}

// A bearer sends requests with an access token.
type bearer string

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// enrol makes an account as an administrator does, and signs in.
func (o *outside) enrol(t *testing.T, p *person) cognito.Tokens {
	t.Helper()
	o.call(t, "AdminCreateUser", map[string]any{
		"UserPoolId": o.poolID, "Username": p.email, "MessageAction": "SUPPRESS",
		"UserAttributes": []map[string]string{
			{"Name": "email", "Value": p.email}, {"Name": "email_verified", "Value": "true"},
			{"Name": "name", "Value": p.name}, {"Name": "preferred_username", "Value": p.handle},
		},
	}, &struct{}{})
	o.call(t, "AdminSetUserPassword", map[string]any{
		"UserPoolId": o.poolID, "Username": p.email, "Password": p.password, "Permanent": true,
	}, &struct{}{})
	c, err := cognito.New(cognito.Config{
		Region: "us-east-1", UserPoolID: o.poolID, ClientID: o.clientID, ClientSecret: o.secret, Endpoint: o.endpoint,
	})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := c.SignIn(t.Context(), p.email, p.password)
	if err != nil {
		t.Fatalf("sign in at the pool: %v", err)
	}
	return tokens
}
