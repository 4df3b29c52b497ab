package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/session"
	"porchlight/server/internal/session/sessiontest"
	"porchlight/shared/claims"
)

func TestNewRefuses(t *testing.T) {
	good := session.Config{Store: sessiontest.NewMemory(), Keys: keyring(t, 1), Refresher: new(pool)}
	for _, test := range []struct {
		name   string
		change func(*session.Config)
	}{
		{"no store", func(c *session.Config) { c.Store = nil }},
		{"no keys", func(c *session.Config) { c.Keys = nil }},
		{"no refresher", func(c *session.Config) { c.Refresher = nil }},
		{"negative idle", func(c *session.Config) { c.Idle = -1 }},
		{"negative absolute", func(c *session.Config) { c.Absolute = -1 }},
		{"cache too long", func(c *session.Config) { c.CacheFor = 6 * time.Second }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := good
			test.change(&c)
			if _, err := session.New(c); err == nil {
				t.Error("New = nil, want an error")
			}
		})
	}
	if _, err := session.New(good); err != nil {
		t.Errorf("New(good) = %v", err)
	}
}

func TestStartCookie(t *testing.T) {
	for _, test := range []struct {
		name   string
		secure bool
		want   http.Cookie
	}{
		{"https", true, http.Cookie{Name: "__Host-session", Secure: true}},
		{"plain http on loopback", false, http.Cookie{Name: "session"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newHouse(t).server(t, func(c *session.Config) { c.Secure = test.secure })
			b := browser{}
			b.signIn(t, m, grant("ada"))
			got := *b[test.want.Name]
			if len(got.Value) != 43 {
				t.Errorf("value has %d characters, want 43", len(got.Value))
			}
			test.want.Path, test.want.HttpOnly, test.want.SameSite = "/", true, http.SameSiteLaxMode
			test.want.MaxAge = 30 * 24 * 60 * 60
			got.Value, got.Raw = "", ""
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("cookie (-want +got):\n%s", diff)
			}
			b.load(t, m)
		})
	}
}

func TestStartAnswer(t *testing.T) {
	h, b, started := signedIn(t)
	want := session.Session{
		ID: started.ID, Access: grant("ada").Access, Display: grant("ada").Display,
		AccessToken: "access-1", RefreshToken: "refresh-1", Device: "Firefox on Linux",
		FirstSeen: started.FirstSeen, LastSeen: started.FirstSeen, Authenticated: started.FirstSeen,
		Expires: started.FirstSeen.Add(30 * 24 * time.Hour), Current: true,
	}
	want.Access.IssuedAt, want.Access.Expires = started.Access.IssuedAt, started.Access.Expires
	for name, got := range map[string]session.Session{"Start": started, "Load": b.load(t, h.Manager)} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if started.ID == "" || !started.Fresh(time.Now()) {
		t.Errorf("Start = ID %q, fresh %v, want one and true", started.ID, started.Fresh(time.Now()))
	}
}

// TestStoreHoldsNothingReadable greps the rows for what must be sealed.
func TestStoreHoldsNothingReadable(t *testing.T) {
	h, b, _ := signedIn(t)
	for _, r := range h.store.Rows() {
		all := string(r.Tokens) + string(r.Display) + string(r.Key[:]) + r.ID + r.Device
		for _, secret := range []string{"access-1", "refresh-1", "Name of ada", "example.com", b["__Host-session"].Value} {
			if strings.Contains(all, secret) {
				t.Errorf("row holds %q in the clear", secret)
			}
		}
	}
}

func TestStartRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*session.Grant)
		want   error
	}{
		{"no access token", func(g *session.Grant) { g.AccessToken = "" }, nil},
		{"no refresh token", func(g *session.Grant) { g.RefreshToken = "" }, nil},
		{"no sub", func(g *session.Grant) { g.Access.Subject = "" }, nil},
		{"display of another", func(g *session.Grant) { g.Display.Subject = "bob" }, nil},
		{"huge access token", func(g *session.Grant) { g.AccessToken = strings.Repeat("a", 8<<10+1) }, session.ErrTooLarge},
		{"huge refresh token", func(g *session.Grant) { g.RefreshToken = strings.Repeat("a", 8<<10+1) }, session.ErrTooLarge},
		{"huge sub", func(g *session.Grant) { g.Access.Subject = strings.Repeat("a", 257); g.Display.Subject = "" }, session.ErrTooLarge},
		{"huge groups", func(g *session.Grant) { g.Access.Groups = []string{strings.Repeat("a", 32<<10)} }, session.ErrTooLarge},
		{"huge name", func(g *session.Grant) { g.Display.Name = strings.Repeat("a", 32<<10) }, session.ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, g, w := newHouse(t), grant("ada"), httptest.NewRecorder()
			test.change(&g)
			_, err := h.Start(t.Context(), w, browser{}.request(), g)
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("Start = %v, want an error (%v)", err, test.want)
			}
			if len(w.Header()) > 0 || len(h.store.Rows()) > 0 {
				t.Errorf("Start left header %v and %d rows, want none", w.Header(), len(h.store.Rows()))
			}
		})
	}
}

// TestFixation: a value that somebody planted never becomes a session, and the
// session that was presented at a sign-in is over.
func TestFixation(t *testing.T) {
	h, b, first := signedIn(t)
	old := browser{"__Host-session": b["__Host-session"]}
	planted := browser{"__Host-session": {Name: "__Host-session", Value: strings.Repeat("A", 43)}}
	for name, b := range map[string]browser{"planted": planted, "earlier session": b} {
		before := b["__Host-session"].Value
		s := b.signIn(t, h.Manager, grant("ada"))
		if b["__Host-session"].Value == before || s.ID == first.ID {
			t.Errorf("%s: Start kept the presented value", name)
		}
		b.load(t, h.Manager)
	}
	old.loadErr(t, h.Manager, session.ErrNone)
	if n := len(h.store.Rows()); n != 2 {
		t.Errorf("%d rows, want 2: the presented one is deleted", n)
	}
}

func TestReauthenticated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, b, first := signedIn(t)
		old := browser{"__Host-session": b["__Host-session"]}
		time.Sleep(12 * time.Minute)
		if b.load(t, h.Manager).Fresh(time.Now()) {
			t.Error("Fresh after 12 minutes = true, want false")
		}
		w := httptest.NewRecorder()
		got, err := h.Reauthenticated(t.Context(), w, b.request())
		if err != nil {
			t.Fatalf("Reauthenticated = %v", err)
		}
		b.take(w)
		want := first
		want.Authenticated, want.LastSeen = time.Now().UTC(), time.Now().UTC()
		for name, got := range map[string]session.Session{"Reauthenticated": got, "Load": b.load(t, h.Manager)} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		old.loadErr(t, h.Manager, session.ErrNone)
		left := int((30*24*time.Hour - 12*time.Minute).Seconds())
		if c := b["__Host-session"]; c.MaxAge != left || c.Value == old["__Host-session"].Value {
			t.Errorf("cookie lives %d s, want %d, and a new value", c.MaxAge, left)
		}
		if _, err := h.Reauthenticated(t.Context(), httptest.NewRecorder(), old.request()); !errors.Is(err, session.ErrNone) {
			t.Errorf("Reauthenticated(old cookie) = %v, want ErrNone", err)
		}
	})
}

func TestFresh(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		name string
		at   time.Time
		want bool
	}{
		{"now", now, true},
		{"ten minutes ago", now.Add(-10 * time.Minute), true},
		{"longer ago", now.Add(-10*time.Minute - 1), false},
		{"never", time.Time{}, false},
	} {
		if got := (session.Session{Authenticated: test.at}).Fresh(now); got != test.want {
			t.Errorf("%s: Fresh = %v, want %v", test.name, got, test.want)
		}
	}
}

func TestSetDisplay(t *testing.T) {
	h, b, _ := signedIn(t)
	phone, other := browser{}, browser{}
	phone.signIn(t, h.Manager, grant("ada"))
	other.signIn(t, h.Manager, grant("bob"))
	d := claims.Display{Subject: "mallory", Handle: "lovelace", Name: "Ada", Groups: []string{claims.GroupModerators}}
	if err := h.SetDisplay(t.Context(), "ada", d); err != nil {
		t.Fatalf("SetDisplay = %v", err)
	}
	want := claims.Display{Subject: "ada", Handle: "lovelace", Name: "Ada"} // groups are the pool's to give
	for _, b := range []browser{b, phone} {
		if diff := cmp.Diff(want, b.load(t, h.Manager).Display); diff != "" {
			t.Errorf("Display (-want +got):\n%s", diff)
		}
	}
	if got := other.load(t, h.Manager).Display.Handle; got != "bob" {
		t.Errorf("Display of another = %q, want it untouched", got)
	}
}

// TestCallersOwnTheirCopy: what one caller does to a Session no other sees.
func TestCallersOwnTheirCopy(t *testing.T) {
	h, b := newHouse(t), browser{}
	g := grant("ada")
	g.Access.Groups = []string{"readers"}
	b.signIn(t, h.Manager, g)
	s := b.load(t, h.Manager)
	s.Access.Groups[0], s.Display.Groups[0] = claims.GroupModerators, claims.GroupModerators
	if s := b.load(t, h.Manager); s.Display.Moderator() || s.Access.Groups[0] != "readers" {
		t.Errorf("groups = %v, %v, want readers", s.Display.Groups, s.Access.Groups)
	}
}
