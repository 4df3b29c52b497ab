package serve

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/server/internal/localpool"
	"porchlight/shared/api"
)

// A fault is what a pool answers instead of its own answer; nil is none.
type fault func(w http.ResponseWriter, r *http.Request, pool http.Handler)

// A faultyPool is a user pool behind something that breaks.
type faultyPool struct {
	pool      http.Handler
	broken    atomic.Pointer[fault]
	refreshes atomic.Int64 // asked for while broken
}

func (p *faultyPool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := p.broken.Load()
	if f == nil {
		p.pool.ServeHTTP(w, r)
		return
	}
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetTokensFromRefreshToken") {
		p.refreshes.Add(1)
	}
	(*f)(w, r, p.pool)
}

func (p *faultyPool) breakBy(f fault) { p.broken.Store(&f) }
func (p *faultyPool) heal()           { p.broken.Store(nil) }

// answering answers the same to everything.
func answering(status int, body string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// aborting breaks connections off in the middle of an answer.
func aborting(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"Authen`)
	panic(http.ErrAbortHandler)
}

// outages are the ways for a pool to be down.
func outages() map[string]fault {
	return map[string]fault{
		"resets":           aborting,
		"500":              answering(500, `{"__type":"InternalErrorException"}`),
		"502 in HTML":      answering(502, "<html>bad gateway"),
		"garbage":          answering(200, "\x00\xff{"),
		"empty answers":    answering(200, `{}`),
		"unknown error":    answering(400, `{"__type":"TeapotException"}`),
		"throttling":       answering(400, `{"__type":"TooManyRequestsException"}`),
		"client not found": answering(400, `{"__type":"ResourceNotFoundException"}`),
	}
}

// newOutageSite is a site whose pool can break. The pool's clock is behind, so
// that access tokens have a little less than the minute left, when they are
// issued, below which every request of a session tries to refresh.
func newOutageSite(t *testing.T) (*testSite, *faultyPool) {
	t.Helper()
	late := func() time.Time { return time.Now().Add(55*time.Second - 15*time.Minute) }
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir(), Now: late})
	if err != nil {
		t.Fatal(err)
	}
	faulty := &faultyPool{pool: pool}
	poolServer := httptest.NewServer(faulty)
	poolServer.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(func() { poolServer.Close(); pool.Close() })
	region, _, _ := strings.Cut(pool.ID(), "_")
	c := load(t, map[string]string{
		"PORCHLIGHT_DATA_DIR": t.TempDir(), "AWS_REGION": region, "AWS_COGNITO_USER_POOL_ID": pool.ID(),
		"AWS_COGNITO_USER_POOL_CLIENT_ID": pool.ClientID(), "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": poolServer.URL,
	})
	return serveSite(t, c, pool, poolServer.URL), faulty
}

// TestOutage: however the pool is down, who is signed in reads and posts on,
// and stays signed in; signing in says that it is out of order, and works again
// when the pool does, without anybody doing anything.
func TestOutage(t *testing.T) {
	s, faulty := newOutageSite(t)
	s.join(t, "kim")
	signIn := api.SignIn{Email: "kim@example.com", Password: goodPassword}
	number := 0
	for name, f := range outages() {
		t.Run(name, func(t *testing.T) {
			member := s.person(t)
			if r := member.json(t, api.PathSignIn, signIn); r.status != http.StatusOK {
				t.Fatalf("sign-in = %d %.300s", r.status, r.body)
			}
			faulty.refreshes.Store(0)
			faulty.breakBy(f)
			number++
			message := "during " + name
			if r := member.json(t, api.PathPosts, api.NewPost{Message: message, Audience: api.AudienceMembers}); r.status != http.StatusCreated && r.status != http.StatusOK {
				t.Errorf("post = %d %.200s", r.status, r.body)
			}
			if f := member.feed(t); len(f.Posts) != number || f.Posts[0].Message != message {
				t.Errorf("feed = %d posts, want %d with %q first", len(f.Posts), number, message)
			}
			guest := s.person(t)
			if r := guest.get(t, "/"); r.status != http.StatusOK {
				t.Errorf("a guest's home = %d", r.status)
			}
			if r := guest.json(t, api.PathSignIn, signIn); r.status != http.StatusServiceUnavailable || !strings.HasSuffix(r.problem(t).Type, "/"+api.ProblemPoolUnavailable) {
				t.Errorf("sign-in = %d %.300s, want 503 %s", r.status, r.body, api.ProblemPoolUnavailable)
			}
			if r := guest.form(t, "/signin", "email", "kim@example.com", "password", goodPassword); r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, "kim@example.com") {
				t.Errorf("sign-in by form = %d, want 503 and the address kept", r.status)
			}
			if faulty.refreshes.Load() == 0 {
				t.Error("no session tried to refresh while the pool was broken")
			}
			faulty.heal()
			if r := guest.json(t, api.PathSignIn, signIn); r.status != http.StatusOK {
				t.Errorf("sign-in afterwards = %d %.300s", r.status, r.body)
			}
			if !member.signedIn(t) {
				t.Error("the outage signed somebody out")
			}
		})
	}
	if strings.Contains(s.log.String(), goodPassword) || strings.Contains(s.log.String(), "kim@example.com") {
		t.Error("the log has a password or an address")
	}
}

// TestSlowPool: a slow pool makes nobody fail, and nobody else wait.
func TestSlowPool(t *testing.T) {
	s, faulty := newOutageSite(t)
	s.join(t, "lee")
	release := make(chan struct{})
	entered := make(chan struct{}, 8)
	faulty.breakBy(func(w http.ResponseWriter, r *http.Request, pool http.Handler) {
		entered <- struct{}{}
		<-release
		pool.ServeHTTP(w, r)
	})
	slow := s.person(t)
	done := make(chan reply, 1)
	go func() {
		done <- slow.json(t, api.PathSignIn, api.SignIn{Email: "lee@example.com", Password: goodPassword})
	}()
	<-entered
	if r := s.person(t).get(t, api.PathFeed); r.status != http.StatusOK {
		t.Errorf("a guest's feed while a sign-in waits = %d", r.status)
	}
	select {
	case r := <-done:
		t.Fatalf("the sign-in was answered %d before the pool", r.status)
	default:
	}
	close(release)
	if r := <-done; r.status != http.StatusOK {
		t.Errorf("slow sign-in = %d %.300s", r.status, r.body)
	}
}

// TestTersePool: a pool that leaves out ExpiresIn and TokenType, as
// cognito-local does, is as good as any.
func TestTersePool(t *testing.T) {
	s, faulty := newOutageSite(t)
	faulty.breakBy(func(w http.ResponseWriter, r *http.Request, pool http.Handler) {
		recorder := httptest.NewRecorder()
		pool.ServeHTTP(recorder, r)
		body := strings.ReplaceAll(recorder.Body.String(), `,"ExpiresIn":900,"TokenType":"Bearer"`, "")
		if strings.Contains(body, "ExpiresIn") || strings.Contains(body, "TokenType") {
			t.Errorf("the answer is not terse: %.200s", body)
		}
		w.WriteHeader(recorder.Code)
		_, _ = io.WriteString(w, body)
	})
	if p := s.join(t, "moe"); !p.signedIn(t) {
		t.Error("not signed in by a terse pool")
	}
}

// TestRefusalEndsSession: only the pool's own word ends a session.
func TestRefusalEndsSession(t *testing.T) {
	s, faulty := newOutageSite(t)
	p := s.join(t, "ned")
	faulty.breakBy(answering(400, `{"__type":"NotAuthorizedException","message":"Refresh Token has been revoked"}`))
	if p.signedIn(t) {
		t.Error("signed in after the pool has refused the refresh")
	}
}
