package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"porchlight/shared/claims"
)

// maxPerSub is how many sessions one person keeps; the one seen longest ago
// gives way. It bounds what EndAll and List hold in memory.
const maxPerSub = 100

// Config says how sessions are kept. Store, Keys and Refresher are required.
type Config struct {
	Store     Store
	Keys      *Keyring
	Refresher Refresher
	// Secure is for https: cookies are Secure and named __Host-. Without it the
	// server must be on loopback.
	Secure bool
	// Idle ends a session that was not seen for so long; 0 is 7 days.
	Idle time.Duration
	// Absolute ends a session so long after it began; 0 is 30 days.
	Absolute time.Duration
	// CacheFor is how long an opened row is served from memory, and with it how
	// long another server may not know that a session ended: 0 is 5 s, which is
	// the most; negative keeps nothing.
	CacheFor time.Duration
	Now      func() time.Time // nil is time.Now
	Logger   *slog.Logger     // nil logs nothing
}

// Manager keeps sessions. It is safe for concurrent use.
type Manager struct {
	store     Store
	keys      *Keyring
	refresher Refresher
	idle      time.Duration
	absolute  time.Duration
	clock     func() time.Time
	log       *slog.Logger

	session, pending cookie
	cache            *cache
	flights          flights
}

// New returns a Manager, or says what Config lacks.
func New(c Config) (*Manager, error) {
	switch {
	case c.Store == nil, c.Keys == nil, c.Refresher == nil:
		return nil, errors.New("session config: Store, Keys and Refresher are required")
	case c.Idle < 0, c.Absolute < 0:
		return nil, errors.New("session config: negative lifetime")
	case c.CacheFor > maxCacheFor:
		return nil, fmt.Errorf("session config: CacheFor is above %v", maxCacheFor)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Manager{
		store:     c.Store,
		keys:      c.Keys,
		refresher: c.Refresher,
		idle:      cmp.Or(c.Idle, defaultIdle),
		absolute:  cmp.Or(c.Absolute, defaultAbsolute),
		clock:     c.Now,
		log:       cmp.Or(c.Logger, slog.New(slog.DiscardHandler)),
		session:   newCookie("session", c.Secure),
		pending:   newCookie("pending", c.Secure),
		cache:     newCache(max(0, cmp.Or(c.CacheFor, maxCacheFor))),
	}, nil
}

// now is the time as it is stored.
func (m *Manager) now() time.Time { return m.clock().UTC().Truncate(time.Microsecond) }

// Presented reports whether the request carries a session cookie, whatever it
// is worth: a request may not carry that and a Bearer token.
func (m *Manager) Presented(r *http.Request) bool { return m.session.presented(r) }

// Start begins a session after a sign-in, a confirmation or a recovery: the row
// of the presented cookie is deleted and the browser gets a new cookie. An
// error is ErrUnavailable or ErrTooLarge or a Grant that is not whole, and then
// no cookie is set.
func (m *Manager) Start(ctx context.Context, w http.ResponseWriter, r *http.Request, g Grant) (Session, error) {
	if err := g.check(); err != nil {
		return Session{}, fmt.Errorf("start session: %w", err)
	}
	if err := m.discard(ctx, r); err != nil {
		return Session{}, err
	}
	value, key := newValue()
	now := m.now()
	e := &entry{read: now, display: g.Display, row: Row{
		Key: key, ID: rand.Text(), Sub: g.Access.Subject, Device: DeviceName(r.UserAgent()),
		Created: now, Seen: now, Authenticated: now, Expires: now.Add(m.absolute), Version: AnyVersion + 1,
	}, tokens: tokens{Access: g.AccessToken, Refresh: g.RefreshToken, Claims: g.Access}}
	e.display.Groups, e.display.Subject = g.Access.Groups, g.Access.Subject
	row, err := m.keys.sealRow(e)
	if err != nil {
		return Session{}, fmt.Errorf("start session: %w", err)
	}
	if err := m.store.Create(ctx, row, maxPerSub); err != nil {
		return Session{}, unavailable("start session", err)
	}
	m.session.set(w, value, m.absolute)
	return current(e), nil
}

// check wants tokens whose claims and display data are one person's.
func (g Grant) check() error {
	if g.AccessToken == "" || g.RefreshToken == "" || g.Access.Subject == "" {
		return errors.New("grant without tokens or sub")
	}
	if g.Display.Subject != "" && g.Display.Subject != g.Access.Subject {
		return errors.New("grant of two persons")
	}
	return tokens{g.AccessToken, g.RefreshToken, g.Access}.check()
}

// discard deletes the row of the presented cookie, if there is one.
func (m *Manager) discard(ctx context.Context, r *http.Request) error {
	key, ok := m.session.key(r)
	if !ok {
		return nil
	}
	_, err := m.store.Delete(ctx, key, AnyVersion)
	m.cache.drop(key)
	if err != nil && !errors.Is(err, ErrNone) {
		return unavailable("delete presented session", err)
	}
	return nil
}

// Reauthenticated notes that the person of the request's session has just given
// the password again, which the caller has checked: a new cookie for the same
// session, whose tokens, ID and absolute end stay. Other requests that are
// under way with the old cookie may find ErrNone. Errors: ErrNone,
// ErrUnavailable.
func (m *Manager) Reauthenticated(ctx context.Context, w http.ResponseWriter, r *http.Request) (Session, error) {
	key, ok := m.session.key(r)
	if !ok {
		return Session{}, ErrNone
	}
	defer m.cache.drop(key)
	value, e, err := m.replace(ctx, key)
	if err != nil {
		return Session{}, err
	}
	m.session.set(w, value, e.row.Expires.Sub(e.row.Authenticated))
	return current(e), nil
}

// replace moves the session to a new key. It waits for a refresh that is under
// way: its tokens would otherwise be lost.
func (m *Manager) replace(ctx context.Context, key Key) (string, *entry, error) {
	value, fresh := newValue()
	for wait := newPoll(); ; {
		e, err := m.read(ctx, key)
		if err != nil {
			return "", nil, err
		}
		now, moved := m.now(), *e
		moved.row.Key, moved.row.Authenticated, moved.row.Seen = fresh, now, now
		moved.row.Lease = time.Time{}
		row, err := m.keys.sealRow(&moved)
		if err != nil {
			return "", nil, fmt.Errorf("replace session: %w", err)
		}
		done, err := m.store.Replace(ctx, key, row.Version, now, row)
		if err != nil {
			return "", nil, unavailable("replace session", err)
		}
		if done {
			return value, &moved, nil
		}
		if err := wait.pause(ctx); err != nil {
			return "", nil, unavailable("replace session", err)
		}
	}
}

// SetDisplay replaces the display data of all of the sub's sessions, after a
// profile was changed. Subject and Groups are not taken: they follow the access
// token. A session that another server replaces at this moment may keep the old
// data.
func (m *Manager) SetDisplay(ctx context.Context, sub string, d claims.Display) error {
	rows, err := m.store.List(ctx, sub, maxPerSub)
	if err != nil {
		return unavailable("list sessions", err)
	}
	for _, r := range rows {
		sealed, err := m.keys.sealJSON(place{purposeDisplay, r.Key, r.Sub}, d)
		if err != nil {
			return fmt.Errorf("set display: %w", err)
		}
		if err := m.store.SetDisplay(ctx, r.Key, sealed); err != nil {
			return unavailable("set display", err)
		}
		m.cache.drop(r.Key)
	}
	return nil
}

// unavailable marks an error of the store.
func unavailable(what string, err error) error {
	return fmt.Errorf("%s: %w: %w", what, ErrUnavailable, err)
}

// current is the session of the request at hand.
func current(e *entry) Session {
	s := e.session()
	s.Current = true
	return s
}
