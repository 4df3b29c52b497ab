package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/session"
	"porchlight/shared/claims"
)

func TestEnd(t *testing.T) {
	h, b, first := signedIn(t)
	b.load(t, h.Manager) // cached
	old := browser{"__Host-session": b["__Host-session"]}
	w := httptest.NewRecorder()
	s, err := h.End(t.Context(), w, b.request())
	if diff := cmp.Diff(first, s); diff != "" || err != nil {
		t.Errorf("End = %v (-want +got):\n%s", err, diff)
	}
	want := &http.Cookie{Name: "__Host-session", Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	got := w.Result().Cookies()[0]
	got.Raw = ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	old.loadErr(t, h.Manager, session.ErrNone)
	if n := len(h.store.Rows()); n != 0 {
		t.Errorf("%d rows, want none", n)
	}
}

func TestEndNone(t *testing.T) {
	h, _, _ := signedIn(t)
	for name, b := range map[string]browser{
		"no cookie": {},
		"rubbish":   {"__Host-session": {Name: "__Host-session", Value: "rubbish"}},
		"unknown":   {"__Host-session": {Name: "__Host-session", Value: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}},
	} {
		w := httptest.NewRecorder()
		if _, err := h.End(t.Context(), w, b.request()); err != session.ErrNone {
			t.Errorf("%s: End = %v, want ErrNone", name, err)
		}
		if c := w.Result().Cookies(); len(c) != 1 || c[0].MaxAge != -1 {
			t.Errorf("%s: End set %v, want the cookie to expire", name, c)
		}
	}
	if n := len(h.store.Rows()); n != 1 {
		t.Errorf("%d rows, want the one of another", n)
	}
}

// TestEndStoreDown: who cannot be signed out is told so and keeps the cookie to
// try again.
func TestEndStoreDown(t *testing.T) {
	h, b, _ := signedIn(t)
	h.store.Fail(errNetwork)
	w := httptest.NewRecorder()
	if _, err := h.End(t.Context(), w, b.request()); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("End = %v, want ErrUnavailable", err)
	}
	if len(w.Header()) != 0 {
		t.Errorf("End set %v, want nothing", w.Header())
	}
	h.store.Fail(nil)
	if _, err := h.End(t.Context(), w, b.request()); err != nil {
		t.Errorf("End again = %v", err)
	}
}

// TestEndUnopened: a row that no key opens is ended like any other.
func TestEndUnopened(t *testing.T) {
	h, b, first := signedIn(t)
	m := h.server(t, func(c *session.Config) { c.Keys = keyring(t, 9) })
	s, err := m.End(t.Context(), httptest.NewRecorder(), b.request())
	if err != nil || s.ID != first.ID || s.Access.Subject != "ada" || s.RefreshToken != "" {
		t.Errorf("End = %+v, %v, want the ID and sub and no token", s, err)
	}
	if n := len(h.store.Rows()); n != 0 {
		t.Errorf("%d rows, want none", n)
	}
}

func TestList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, desk, first := signedIn(t)
		time.Sleep(time.Hour)
		phone := browser{}
		second := phone.signIn(t, h.Manager, grant("ada"))
		browser{}.signIn(t, h.Manager, grant("bob"))
		time.Sleep(time.Hour)
		desk.load(t, h.Manager)
		got, err := h.List(t.Context(), "ada")
		if err != nil {
			t.Fatalf("List = %v", err)
		}
		want := []session.Session{first, second}
		for i := range want {
			s := &want[i]
			s.AccessToken, s.RefreshToken, s.Current = "", "", false
			s.Access, s.Display = claims.Access{Subject: "ada"}, claims.Display{Subject: "ada"}
		}
		want[0].LastSeen = time.Now().UTC()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
		time.Sleep(7*24*time.Hour - time.Hour) // the phone is idle
		if got, err := h.List(t.Context(), "ada"); err != nil || len(got) != 1 || got[0].ID != first.ID {
			t.Errorf("List after a week = %v, %v, want the desk alone", got, err)
		}
	})
}

func TestEndOne(t *testing.T) {
	h, desk, first := signedIn(t)
	phone, other := browser{}, browser{}
	second := phone.signIn(t, h.Manager, grant("ada"))
	bobs := other.signIn(t, h.Manager, grant("bob"))
	for _, b := range []browser{desk, phone, other} {
		b.load(t, h.Manager) // all cached
	}
	for _, test := range []struct {
		name, id string
		want     error
	}{
		{"of another", bobs.ID, session.ErrNone},
		{"unknown", "nobody", session.ErrNone},
		{"empty", "", session.ErrNone},
		{"the phone", second.ID, nil},
		{"the phone again", second.ID, session.ErrNone},
	} {
		s, err := h.EndOne(t.Context(), "ada", test.id)
		if err != test.want || err == nil && (s.ID != test.id || s.RefreshToken != "refresh-1") {
			t.Errorf("%s: EndOne = %s, %v, want %v", test.name, s.ID, err, test.want)
		}
	}
	phone.loadErr(t, h.Manager, session.ErrNone)
	other.load(t, h.Manager)
	if got := desk.load(t, h.Manager); got.ID != first.ID {
		t.Errorf("the desk's session is %s, want %s", got.ID, first.ID)
	}
}

func TestEndAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, desk, _ := signedIn(t)
		phone, other := browser{}, browser{}
		phone.signIn(t, h.Manager, grant("ada"))
		other.signIn(t, h.Manager, grant("bob"))
		elsewhere := h.server(t, nil)
		for _, b := range []browser{desk, phone, other} {
			b.load(t, h.Manager)
			b.load(t, elsewhere)
		}
		ended, err := h.EndAll(t.Context(), "ada")
		if err != nil || len(ended) != 2 || ended[0].RefreshToken == "" || ended[1].Access.OriginID == "" {
			t.Errorf("EndAll = %d sessions, %v, want 2 with tokens", len(ended), err)
		}
		for _, b := range []browser{desk, phone} {
			b.loadErr(t, h.Manager, session.ErrNone)
		}
		other.load(t, h.Manager)
		time.Sleep(5 * time.Second) // what another server may still hold
		desk.loadErr(t, elsewhere, session.ErrNone)
		other.load(t, elsewhere)
		if ended, err := h.EndAll(t.Context(), "ada"); err != nil || len(ended) != 0 {
			t.Errorf("EndAll again = %v, %v, want none", ended, err)
		}
	})
}
