package serve

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/localpool"
	"porchlight/server/internal/postgres/pgtest"
	"porchlight/server/internal/token"
	"porchlight/shared/api"
)

// sharedEnv is what two servers on one database and one pool have in common.
func sharedEnv(t *testing.T) (map[string]string, *localpool.Pool) {
	t.Helper()
	return envOn(t, pgtest.Start(t))
}

func envOn(t *testing.T, database string) (map[string]string, *localpool.Pool) {
	t.Helper()
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pool)
	t.Cleanup(func() { server.Close(); pool.Close() })
	region, _, _ := strings.Cut(pool.ID(), "_")
	return map[string]string{
		"AWS_REGION": region, "AWS_COGNITO_USER_POOL_ID": pool.ID(), "AWS_COGNITO_USER_POOL_CLIENT_ID": pool.ClientID(),
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": server.URL,
		"PORCHLIGHT_DATABASE_URL":                    database,
		"PORCHLIGHT_SESSION_KEY":                     strings.Repeat("ab", 32),
	}, pool
}

// startShared starts one of the servers, with a data folder of its own.
func startShared(t *testing.T, env map[string]string, pool *localpool.Pool) *testSite {
	t.Helper()
	env = maps.Clone(env)
	env["PORCHLIGHT_DATA_DIR"] = t.TempDir()
	s := serveSite(t, load(t, env), pool, env["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"])
	if files, err := filepath.Glob(env["PORCHLIGHT_DATA_DIR"] + "/*.db*"); err != nil || len(files) > 0 {
		t.Errorf("beside PostgreSQL there are %v, %v", files, err)
	}
	return s
}

// at is the same browser at another server: cookies don't know ports.
func (p *person) at(s *testSite) *person { return &person{s, p.client} }

// TestTwoServers: whoever signs in at one server is signed in at the other, reads
// there what was posted here, and is signed out at both.
func TestTwoServers(t *testing.T) {
	env, pool := sharedEnv(t)
	a, b := startShared(t, env, pool), startShared(t, env, pool)
	ann := a.join(t, "ann")
	if !ann.at(b).signedIn(t) {
		t.Fatal("the session of one server does not work at the other")
	}
	for i, s := range []*testSite{a, b, a} {
		message := fmt.Sprint("Hello ", i)
		p := ann.at(s)
		if r := p.json(t, api.PathPosts, api.NewPost{Message: message, ExpiresIn: "1h", Audience: api.AudienceMembers}); r.status != 201 {
			t.Fatalf("post = %d %s", r.status, r.body)
		}
		for _, other := range []*testSite{a, b} {
			// The other server hears of it in a moment.
			start := time.Now()
			f := ann.at(other).feed(t)
			for (len(f.Posts) != i+1 || f.Posts[0].Message != message) && other != s && time.Since(start) < patience {
				time.Sleep(patience / 500) // or the limit of reads is what it meets
				f = ann.at(other).feed(t)
			}
			if len(f.Posts) != i+1 || f.Posts[0].Message != message {
				t.Errorf("feed after post %d = %+v", i, f.Posts)
			}
			if f := other.person(t).feed(t); len(f.Posts) != 0 {
				t.Errorf("feed of a guest = %+v, want none for members", f.Posts)
			}
		}
	}
	if r := ann.form(t, "/signout"); r.status != 303 {
		t.Fatalf("sign-out = %d %s", r.status, r.body)
	}
	wantOut(t, "the browser itself", time.Now(), func() bool { return ann.at(b).signedIn(t) })
}

// TestSignOutReachesTheOtherServer keeps using a copy of the cookie, and an
// access token of the same sign-in, at the other server.
func TestSignOutReachesTheOtherServer(t *testing.T) {
	env, pool := sharedEnv(t)
	a, b := startShared(t, env, pool), startShared(t, env, pool)
	phone := a.join(t, "bea")
	desk := b.person(t)
	if r := desk.json(t, api.PathSignIn, api.SignIn{Email: "bea@example.com", Password: goodPassword}); r.status != 200 {
		t.Fatalf("sign-in = %d %s", r.status, r.body)
	}
	access, _ := a.tokens(t, "bea@example.com")
	withToken := func(s *testSite) int { return s.person(t).do(t, "GET", api.PathFeed, bearer(access), "").status }
	if !phone.signedIn(t) || !desk.signedIn(t) || withToken(b) != 200 {
		t.Fatal("not signed in everywhere to begin with")
	}
	if r := phone.do(t, "DELETE", api.PathSessions, nil, ""); r.status != 204 {
		t.Fatalf("sign out everywhere = %d %s", r.status, r.body)
	}
	start := time.Now()
	wantOut(t, "the other device", start, func() bool { return desk.signedIn(t) })
	wantOut(t, "the token at the other server", start, func() bool { return withToken(b) != 401 })
}

// wantOut asks until who signed out at start is out, for as long as a server may
// remember at most. What counts is when it was asked, not when the answer came;
// and a busy machine looks late for what has been revoked.
func wantOut(t *testing.T, who string, start time.Time, in func() bool) {
	t.Helper()
	const late = 5 * time.Second
	for {
		asked := time.Since(start)
		if !in() {
			return
		}
		if asked > token.DenialLag+late {
			t.Fatalf("%s is still in after %v", who, asked)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestGuessesOnTwoServers: taking turns between servers gives no more guesses.
func TestGuessesOnTwoServers(t *testing.T) {
	env, pool := sharedEnv(t)
	a, b := startShared(t, env, pool), startShared(t, env, pool)
	a.join(t, "eve")
	let := 0
	for i := range 16 {
		s := []*testSite{a, b}[i%2]
		if r := s.person(t).json(t, api.PathSignIn, api.SignIn{Email: "eve@example.com", Password: "Wrong-light-1"}); r.status == 401 {
			let++
		}
	}
	if let == 0 || let > 10 {
		t.Errorf("%d guesses were let through, want 1 to 10", let)
	}
}

// TestLocalModeOnPostgres: the pool stays in its folder, all else is in the
// database.
func TestLocalModeOnPostgres(t *testing.T) {
	dir := t.TempDir()
	c := load(t, map[string]string{"PORCHLIGHT_DATA_DIR": dir, "PORCHLIGHT_DATABASE_URL": pgtest.Start(t)})
	s, err := open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.close()
	if files, err := filepath.Glob(filepath.Join(dir, "*.db")); err != nil || len(files) != 0 {
		t.Errorf("files in the data folder: %v, %v", files, err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "pool", "*.db")); err != nil || len(files) != 1 {
		t.Errorf("files in the pool's folder: %v, %v; want its database", files, err)
	}
}

// TestDatabaseAway: while the database is gone every answer is 503 and says when to
// come again, nobody is signed out, and afterwards all is as it was.
func TestDatabaseAway(t *testing.T) {
	database := pgtest.StartServer(t)
	env, pool := envOn(t, database.URL())
	s := startShared(t, env, pool)
	ann := s.join(t, "ann")
	post := ann.post(t, api.NewPost{Message: "still here"})
	guest := s.person(t)
	database.Crash(t)
	for _, ask := range []struct {
		name string
		get  func() reply
	}{
		{"feed of a guest", func() reply { return guest.get(t, api.PathFeed+"?limit=7") }},
		{"feed of a member", func() reply { return ann.get(t, api.PathFeed+"?limit=7") }},
		{"thread", func() reply { return guest.get(t, api.PathPosts+"/"+post.ID) }},
		{"search", func() reply { return guest.get(t, api.PathSearchAPI+"?q=still") }},
		{"post", func() reply { return ann.json(t, api.PathPosts, api.NewPost{Message: "lost?"}) }},
		{"sign-in", func() reply {
			return guest.json(t, api.PathSignIn, api.SignIn{Email: "ann@example.com", Password: goodPassword})
		}},
		{"page", func() reply { return guest.get(t, api.PostPath(post.ID)) }},
	} {
		if r := ask.get(); r.status != 503 || r.header.Get("Retry-After") == "" {
			t.Errorf("%s = %d, Retry-After %q, want 503 with one: %.200s", ask.name, r.status, r.header.Get("Retry-After"), r.body)
		}
	}
	database.Restart(t)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if r := ann.get(t, api.PathFeed); r.status == 200 {
			break
		} else if r.status != 503 || time.Now().After(deadline) {
			t.Fatalf("feed afterwards = %d %.200s", r.status, r.body)
		}
	}
	if f := ann.feed(t); len(f.Posts) != 1 || f.Posts[0].ID != post.ID {
		t.Errorf("feed afterwards = %+v", f.Posts)
	}
}

func TestDatabaseUnreachable(t *testing.T) {
	const canary = "hunter2canary"
	c := load(t, map[string]string{
		"PORCHLIGHT_DATA_DIR": t.TempDir(), "PORCHLIGHT_LISTEN": "127.0.0.1:0",
		"PORCHLIGHT_DATABASE_URL": "postgres://me:" + canary + "@127.0.0.1:1/feed?sslmode=disable",
	})
	err := Run(t.Context(), c, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "PORCHLIGHT_DATABASE_URL") || strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Run = %v, want one line that names the variable and not the password", err)
	}
}
