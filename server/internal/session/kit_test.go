package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/server/internal/session"
	"porchlight/server/internal/session/sessiontest"
	"porchlight/shared/claims"
)

var errNetwork = errors.New("network is unreachable")

// pool is a user pool as far as a Refresher knows it: it rotates refresh tokens
// and refuses old ones, or answers err, after delay.
type pool struct {
	mu        sync.Mutex
	calls     int
	usernames []string
	good      string // the refresh token that is good; empty: any
	err       error
	delay     time.Duration
	during    func() // runs while a refresh is under way
	change    func(*session.Refreshed)
	unclear   error // the pool has rotated, but its answer cannot be verified
}

func (p *pool) Refresh(ctx context.Context, refreshToken, username string) (session.Refreshed, error) {
	p.mu.Lock()
	p.calls++
	p.usernames = append(p.usernames, username)
	n, err, delay, during, change, unclear := p.calls, p.err, p.delay, p.during, p.change, p.unclear
	if err == nil && p.good != "" && refreshToken != p.good {
		err = fmt.Errorf("reused: %w", session.ErrRefused)
	}
	if err == nil {
		p.good = fmt.Sprintf("refresh-%d", n+1)
	}
	good := p.good
	p.mu.Unlock()
	if during != nil {
		during()
	}
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return session.Refreshed{}, ctx.Err()
	}
	if err != nil {
		return session.Refreshed{}, err
	}
	if unclear != nil {
		return session.Refreshed{RefreshToken: good}, unclear
	}
	got := session.Refreshed{AccessToken: fmt.Sprintf("access-%d", n+1), RefreshToken: good, Access: access("ada")}
	if change != nil {
		change(&got)
	}
	return got, nil
}

func (p *pool) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func (p *pool) set(fn func(p *pool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn(p)
}

// access is claims that expire in 15 minutes.
func access(sub string) claims.Access {
	now := time.Now()
	return claims.Access{
		Subject: sub, Username: sub + "-canonical", TokenUse: claims.UseAccess, OriginID: "origin-" + sub,
		IssuedAt: now.Unix(), Expires: now.Add(15 * time.Minute).Unix(),
	}
}

func grant(sub string) session.Grant {
	return session.Grant{
		AccessToken: "access-1", RefreshToken: "refresh-1", Access: access(sub),
		Display: claims.Display{Subject: sub, Handle: sub, Name: "Name of " + sub, Email: sub + "@example.com"},
	}
}

// house is a server with its store and its user pool.
type house struct {
	*session.Manager
	store *sessiontest.Memory
	pool  *pool
	keys  *session.Keyring
	log   *safeBuffer
}

// safeBuffer is a log that may be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newHouse(t testing.TB) *house {
	h := &house{
		store: sessiontest.NewMemory(), pool: new(pool), log: new(safeBuffer),
		keys: keyring(t, 1),
	}
	h.Manager = h.server(t, nil)
	return h
}

// server is one more server on the same store.
func (h *house) server(t testing.TB, change func(*session.Config)) *session.Manager {
	t.Helper()
	c := session.Config{
		Store: h.store, Keys: h.keys, Refresher: h.pool, Secure: true,
		Logger: slog.New(slog.NewTextHandler(io.MultiWriter(h.log, t.Output()), nil)),
	}
	if change != nil {
		change(&c)
	}
	m, err := session.New(c)
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	return m
}

// keyring has one key for each byte given.
func keyring(t testing.TB, fill ...byte) *session.Keyring {
	t.Helper()
	var keys [][32]byte
	for _, b := range fill {
		keys = append(keys, [32]byte{b})
	}
	k, err := session.NewKeyring(keys...)
	if err != nil {
		t.Fatalf("NewKeyring = %v", err)
	}
	return k
}

// browser keeps cookies by name, as set and in the last answer's attributes.
type browser map[string]*http.Cookie

func (b browser) request() *http.Request {
	r := httptest.NewRequest("GET", "https://porchlight.example/", nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	for _, c := range b {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	return r
}

// take keeps what an answer sets and drops what it expires.
func (b browser) take(w *httptest.ResponseRecorder) {
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b, c.Name)
			continue
		}
		b[c.Name] = c
	}
}

// signIn starts a session in the browser.
func (b browser) signIn(t testing.TB, m *session.Manager, g session.Grant) session.Session {
	t.Helper()
	w := httptest.NewRecorder()
	s, err := m.Start(t.Context(), w, b.request(), g)
	if err != nil {
		t.Fatalf("Start = %v", err)
	}
	b.take(w)
	return s
}

// load wants a session.
func (b browser) load(t testing.TB, m *session.Manager) session.Session {
	t.Helper()
	s, err := m.Load(t.Context(), b.request())
	if err != nil {
		t.Fatalf("Load = %v", err)
	}
	return s
}

// loadErr wants none, for the reason want.
func (b browser) loadErr(t testing.TB, m *session.Manager, want error) {
	t.Helper()
	if s, err := m.Load(t.Context(), b.request()); !errors.Is(err, want) {
		t.Fatalf("Load = %v, %v, want %v", s.ID, err, want)
	}
}

// signedIn is a house and a browser in it.
func signedIn(t testing.TB) (*house, browser, session.Session) {
	t.Helper()
	h, b := newHouse(t), browser{}
	s := b.signIn(t, h.Manager, grant("ada"))
	return h, b, s
}

// row is the sub's row that was seen last.
func (h *house) row(t testing.TB, sub string) session.Row {
	t.Helper()
	rows, err := h.store.List(t.Context(), sub, 1)
	if err != nil || len(rows) == 0 {
		t.Fatalf("List(%s) = %d rows, %v, want one", sub, len(rows), err)
	}
	return rows[0]
}
