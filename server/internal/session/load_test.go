package session_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/session"
)

// TestLoadCookies: whatever is not one well-formed cookie of a living row is a
// guest, and does not reach the store.
func TestLoadCookies(t *testing.T) {
	h, b, _ := signedIn(t)
	good := b["__Host-session"].Value
	for _, test := range []struct {
		name, header string
		want         error
		reads        int
	}{
		{"the session", "__Host-session=" + good, nil, 1},
		{"among others", "a=b; __Host-session=" + good + "; c=d", nil, 1},
		{"no cookie", "", session.ErrNone, 0},
		{"empty", "__Host-session=", session.ErrNone, 0},
		{"name without prefix", "session=" + good, session.ErrNone, 0},
		{"name in lower case", "__host-session=" + good, session.ErrNone, 0},
		{"too short", "__Host-session=" + good[:42], session.ErrNone, 0},
		{"too long", "__Host-session=" + good + "A", session.ErrNone, 0},
		{"padded", "__Host-session=" + good + "=", session.ErrNone, 0},
		{"quoted", `__Host-session="` + good + `"`, session.ErrNone, 0},
		{"plain base64", "__Host-session=" + strings.Repeat("+/", 21) + "A", session.ErrNone, 0},
		{"bits behind the end", "__Host-session=" + strings.Repeat("A", 42) + "B", session.ErrNone, 0},
		{"huge", "__Host-session=" + strings.Repeat("A", 1<<20), session.ErrNone, 0},
		{"doubled", "__Host-session=" + good + "; __Host-session=" + good, session.ErrNone, 0},
		{"doubled with another", "__Host-session=" + good + "; __Host-session=x", session.ErrNone, 0},
		{"well-formed, unknown", "__Host-session=" + strings.Repeat("A", 43), session.ErrNone, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := h.server(t, nil) // nothing cached
			before := h.store.Reads()
			r := browser{}.request()
			r.Header["Cookie"] = []string{test.header}
			if _, err := m.Load(t.Context(), r); err != test.want {
				t.Errorf("Load = %v, want %v", err, test.want)
			}
			if got := h.store.Reads() - before; got != test.reads {
				t.Errorf("Load read %d times, want %d", got, test.reads)
			}
		})
	}
	r := browser{}.request()
	r.Header["Cookie"] = []string{"__Host-session=" + good, "__Host-session=" + good}
	if _, err := h.Load(t.Context(), r); err != session.ErrNone {
		t.Errorf("Load with two Cookie fields = %v, want ErrNone", err)
	}
}

func TestPresented(t *testing.T) {
	h := newHouse(t)
	for name, want := range map[string]bool{"__Host-session": true, "session": false, "__Host-pending": false} {
		b := browser{name: &http.Cookie{Name: name, Value: "rubbish"}}
		if got := h.Presented(b.request()); got != want {
			t.Errorf("Presented(%s) = %v, want %v", name, got, want)
		}
	}
}

// TestDamagedRows: a ciphertext opens in its own row and column only.
func TestDamagedRows(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(r, other *session.Row)
	}{
		{"tokens of another row", func(r, o *session.Row) { r.Tokens = o.Tokens }},
		{"display of another row", func(r, o *session.Row) { r.Display = o.Display }},
		{"whole content of another row", func(r, o *session.Row) { o.Key, o.ID = r.Key, r.ID; *r = *o }},
		{"columns swapped", func(r, _ *session.Row) { r.Tokens, r.Display = r.Display, r.Tokens }},
		{"other sub", func(r, o *session.Row) { r.Sub = o.Sub }},
		{"bit in the ciphertext", func(r, _ *session.Row) { r.Tokens[len(r.Tokens)/2] ^= 1 }},
		{"bit in the nonce", func(r, _ *session.Row) { r.Tokens[10] ^= 1 }},
		{"other version byte", func(r, _ *session.Row) { r.Tokens[0]++ }},
		{"other key's name", func(r, _ *session.Row) { r.Tokens[1] ^= 1 }},
		{"short", func(r, _ *session.Row) { r.Tokens = r.Tokens[:9] }},
		{"empty", func(r, _ *session.Row) { r.Tokens = []byte{} }},
		{"plain text", func(r, _ *session.Row) { r.Tokens = []byte(`{"access":"a","refresh":"b"}`) }},
		{"something behind", func(r, _ *session.Row) { r.Tokens = append(r.Tokens, 0) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, b, _ := signedIn(t)
			browser{}.signIn(t, h.Manager, grant("bob"))
			r, o := h.row(t, "ada"), h.row(t, "bob")
			test.change(&r, &o)
			h.store.Put(r)
			b.loadErr(t, h.server(t, nil), session.ErrNone)
			if n := len(h.store.Rows()); n != 2 {
				t.Errorf("%d rows, want 2: what does not open stays", n)
			}
			if log := h.log.String(); !strings.Contains(log, "does not open") || strings.Contains(log, "access-1") {
				t.Errorf("log = %s, want the damage and no token", log)
			}
		})
	}
}

func TestKeyRotation(t *testing.T) {
	h, b, _ := signedIn(t) // sealed with key 1
	with := func(keys ...byte) *session.Manager {
		return h.server(t, func(c *session.Config) { c.Keys = keyring(t, keys...) })
	}
	b.load(t, with(1))
	b.load(t, with(2, 1))
	b.loadErr(t, with(2), session.ErrNone)

	young := browser{}
	young.signIn(t, with(2, 1), grant("ada"))
	young.load(t, with(2))
	young.load(t, with(3, 2))
	young.loadErr(t, with(1), session.ErrNone)
}

func TestLifetimes(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		name   string
		visits []time.Duration // since the sign-in
		want   error           // at the last
	}{
		{"idle, not yet", []time.Duration{7*day - time.Second}, nil},
		{"idle", []time.Duration{7 * day}, session.ErrNone},
		{"seen again and again", []time.Duration{6 * day, 12 * day, 18 * day, 24 * day, 30*day - time.Second}, nil},
		{"absolute end", []time.Duration{6 * day, 12 * day, 18 * day, 24 * day, 30 * day}, session.ErrNone},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, b, _ := signedIn(t)
				begin := time.Now()
				for i, at := range test.visits {
					time.Sleep(time.Until(begin.Add(at)))
					if i < len(test.visits)-1 {
						b.load(t, h.Manager)
					}
				}
				b.loadErr(t, h.Manager, test.want)
			})
		})
	}
}

// TestLifetimeWhileCached: five seconds in memory do not outlive the row.
func TestLifetimeWhileCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		m := h.server(t, func(c *session.Config) { c.Absolute = 10 * time.Second })
		b := browser{}
		b.signIn(t, m, grant("ada"))
		time.Sleep(9 * time.Second)
		b.load(t, m)
		time.Sleep(time.Second)
		b.loadErr(t, m, session.ErrNone)
	})
}

func TestSeenOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, b, first := signedIn(t)
		for _, test := range []struct{ wait, want time.Duration }{
			{30 * time.Second, 0},
			{29 * time.Second, 0},
			{6 * time.Second, 65 * time.Second},
			{50 * time.Second, 65 * time.Second},
			{10 * time.Second, 125 * time.Second},
		} {
			time.Sleep(test.wait)
			b.load(t, h.Manager)
			if got := h.store.Rows()[0].Seen.Sub(first.LastSeen); got != test.want {
				t.Errorf("seen at %v, want %v", got, test.want)
			}
		}
	})
}

func TestCachedLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, b, _ := signedIn(t)
		for range 10 {
			b.load(t, h.Manager)
		}
		if got := h.store.Reads(); got != 1 {
			t.Errorf("10 loads read %d times, want 1", got)
		}
		time.Sleep(5 * time.Second)
		b.load(t, h.Manager)
		if got := h.store.Reads(); got != 2 {
			t.Errorf("a load after 5 s: %d reads in all, want 2", got)
		}
		uncached := h.server(t, func(c *session.Config) { c.CacheFor = -1 })
		for range 3 {
			b.load(t, uncached)
		}
		if got := h.store.Reads(); got != 5 {
			t.Errorf("3 loads with no cache: %d reads in all, want 5", got)
		}
	})
}

// TestStoreDown: nobody is signed out, and who was just here goes on.
func TestStoreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, b, _ := signedIn(t)
		b.load(t, h.Manager)
		h.store.Fail(errNetwork)
		b.load(t, h.Manager)
		time.Sleep(5 * time.Second)
		b.loadErr(t, h.Manager, session.ErrUnavailable)
		b.loadErr(t, h.Manager, errNetwork)
		h.store.Fail(nil)
		b.load(t, h.Manager)
	})
}
