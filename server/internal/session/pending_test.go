package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/session"
)

func holdFor(t *testing.T, m *session.Manager, b browser, p session.Pending) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := m.Hold(t.Context(), w, p); err != nil {
		t.Fatalf("Hold = %v", err)
	}
	b.take(w)
}

func TestPendingCookie(t *testing.T) {
	for _, test := range []struct {
		name   string
		secure bool
	}{{"__Host-pending", true}, {"pending", false}} {
		m := newHouse(t).server(t, func(c *session.Config) { c.Secure = test.secure })
		b := browser{}
		holdFor(t, m, b, session.Pending{Email: "ada@example.com"})
		c := b[test.name]
		if c == nil || c.MaxAge != 3600 || !c.HttpOnly || c.Secure != test.secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s: cookie = %v", test.name, c)
		}
	}
}

func TestHeld(t *testing.T) {
	want := session.Pending{Email: "Ada@example.com", Password: "verbatim \xff\x00 ü", Next: "/p/1"}
	for _, test := range []struct {
		name, email string
		age         time.Duration
		cookie      func(c *http.Cookie)
		ok          bool
	}{
		{"as held", "Ada@example.com", 0, nil, true},
		{"other case", "ada@EXAMPLE.com", 0, nil, true},
		{"last moment", "ada@example.com", time.Hour - time.Second, nil, true},
		{"too late", "ada@example.com", time.Hour, nil, false},
		{"another e-mail", "bob@example.com", 0, nil, false},
		{"no e-mail", "", 0, nil, false},
		{"another cookie", "ada@example.com", 0, func(c *http.Cookie) { c.Value = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }, false},
		{"rubbish", "ada@example.com", 0, func(c *http.Cookie) { c.Value = "rubbish" }, false},
		{"cookie of another purpose", "ada@example.com", 0, func(c *http.Cookie) { c.Name = "__Host-session" }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, b := newHouse(t), browser{}
				holdFor(t, h.Manager, b, want)
				time.Sleep(test.age)
				if test.cookie != nil {
					test.cookie(b["__Host-pending"])
				}
				for range 2 { // a wrong code does not use it up
					got, err := h.Held(t.Context(), b.request(), test.email)
					if test.ok && (err != nil || got != want) || !test.ok && err != session.ErrNone {
						t.Errorf("Held = %v, want found %v", err, test.ok)
					}
				}
			})
		})
	}
}

func TestHoldFailures(t *testing.T) {
	h, b := newHouse(t), browser{}
	w := httptest.NewRecorder()
	if err := h.Hold(t.Context(), w, session.Pending{Password: string(make([]byte, 5000))}); !errors.Is(err, session.ErrTooLarge) {
		t.Errorf("Hold(5000 bytes) = %v, want ErrTooLarge", err)
	}
	holdFor(t, h.Manager, b, session.Pending{Email: "ada@example.com"})
	h.store.Fail(errNetwork)
	if err := h.Hold(t.Context(), w, session.Pending{Email: "ada@example.com"}); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Hold = %v, want ErrUnavailable", err)
	}
	if len(w.Header()) != 0 {
		t.Errorf("Hold that failed set %v", w.Header())
	}
	if _, err := h.Held(t.Context(), b.request(), "ada@example.com"); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Held = %v, want ErrUnavailable", err)
	}
	if err := h.Release(t.Context(), w, b.request()); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Release = %v, want ErrUnavailable", err)
	}
}

func TestRelease(t *testing.T) {
	h, b := newHouse(t), browser{}
	holdFor(t, h.Manager, b, session.Pending{Email: "ada@example.com"})
	old := browser{"__Host-pending": b["__Host-pending"]}
	w := httptest.NewRecorder()
	if err := h.Release(t.Context(), w, b.request()); err != nil {
		t.Errorf("Release = %v", err)
	}
	b.take(w)
	if len(b) != 0 {
		t.Errorf("browser keeps %v, want nothing", b)
	}
	if _, err := h.Held(t.Context(), old.request(), "ada@example.com"); err != session.ErrNone {
		t.Errorf("Held after Release = %v, want ErrNone", err)
	}
	w = httptest.NewRecorder()
	if err := h.Release(t.Context(), w, browser{}.request()); err != nil || len(w.Header()) != 0 {
		t.Errorf("Release(no cookie) = %v, header %v, want nothing", err, w.Header())
	}
}
