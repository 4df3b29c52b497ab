package token_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
	"porchlight/shared/claims"
)

func TestKeyStoreConfig(t *testing.T) {
	for _, tc := range []struct {
		url string
		ok  bool
	}{
		{"https://cognito-idp.us-east-1.amazonaws.com/p/.well-known/jwks.json", true},
		{"https://local-user-pool.invalid/p/.well-known/jwks.json", true},
		{"http://localhost:9229/p/.well-known/jwks.json", true},
		{"http://127.0.0.1:9229/", true},
		{"http://127.8.8.8/", true},
		{"http://[::1]:9229/", true},
		{"http://cognito-idp.us-east-1.amazonaws.com/", false},
		{"http://localhost.evil.example/", false},
		{"http://127.0.0.1.evil.example/", false},
		{"http://0.0.0.0/", false},
		{"http://localhost@evil.example/", false},
		{"https://user:word@h/", false},
		{"https://h/#x", false},
		{"https://", false},
		{"https:opaque", false},
		{"ftp://localhost/", false},
		{"file:///etc/passwd", false},
		{"/jwks.json", false},
		{"", false},
		{"https://h/%zz", false},
	} {
		_, err := token.NewKeyStore(token.KeysConfig{URL: tc.url})
		if (err == nil) != tc.ok {
			t.Errorf("NewKeyStore(%s) = %v, want ok %v", tc.url, err, tc.ok)
		}
	}
}

// TestClientIsRestricted gives a client that keeps cookies and follows
// redirects.
func TestClientIsRestricted(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	u, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(u, []*http.Cookie{{Name: "a", Value: "b", Path: "/"}})
	given := &http.Client{Transport: w, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	keys, err := token.NewKeyStore(token.KeysConfig{URL: token.JWKSURL(w.URL), Client: given})
	if err != nil {
		t.Fatal(err)
	}
	w.set(func(r *http.Request) (*http.Response, error) {
		if c := r.Header.Get("Cookie"); c != "" || r.Method != http.MethodGet {
			t.Errorf("request is %s with cookie %q, want GET without", r.Method, c)
		}
		return status(302, "")(r)
	})
	if err := keys.Hydrate(t.Context()); !errors.Is(err, token.ErrKeysUnavailable) {
		t.Errorf("Hydrate = %v, want ErrKeysUnavailable", err)
	}
	w.wantFetches(t, 1)
	if given.Jar == nil {
		t.Error("the given client was changed")
	}
}

func TestRotationTakesOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hydrate(t)
		old := w.fresh()
		w.want(t, old, nil)
		w.Rotate()
		for range 3 {
			w.want(t, w.fresh(), nil)
		}
		w.wantFetches(t, 1)
		w.want(t, old, token.ErrKeyUnknown) // also from the cache: the pool has withdrawn its key
		w.wantFetches(t, 1)
	})
}

func TestUnknownKidsAreRationed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hydrate(t)
		good := w.fresh()
		for window := range 3 {
			for i := range 1000 {
				w.want(t, w.unknown(fmt.Sprint(window, "-", i)), token.ErrKeyUnknown)
				time.Sleep(9 * time.Millisecond)
			}
			w.wantFetches(t, 1)
			w.want(t, good, nil)
			time.Sleep(time.Second)
		}
	})
}

func TestRotationDuringPenaltyHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hydrate(t)
		w.want(t, w.unknown("x"), token.ErrKeyUnknown)
		w.Rotate()
		w.want(t, w.fresh(), token.ErrKeyUnknown)
		time.Sleep(token.KeysPenalty)
		w.want(t, w.fresh(), nil)
		w.wantFetches(t, 2)
	})
}

func TestParallelFirstRequestsShareAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		release := make(chan struct{})
		w.set(func(r *http.Request) (*http.Response, error) {
			<-release
			return w.Client().Transport.RoundTrip(r)
		})
		var wg sync.WaitGroup
		for range 50 {
			raw := w.fresh()
			wg.Go(func() { w.want(t, raw, nil) })
		}
		impatient, cancel := context.WithCancel(t.Context())
		raw := w.fresh()
		wg.Go(func() { // the fetch belongs to no one request
			_, err := w.v.Access(impatient, raw)
			if !errors.Is(err, token.ErrKeysUnavailable) || !errors.Is(err, context.Canceled) {
				t.Errorf("Access cancelled while it waits = %v, want ErrKeysUnavailable and Canceled", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(release)
		wg.Wait()
		w.wantFetches(t, 1)
	})
}

// TestBadDocuments has the pool's address answer wrongly, first to a store
// that is empty and then to one that holds keys.
func TestBadDocuments(t *testing.T) {
	issuer := tokentest.NewIssuer()
	ec := `{"kty":"EC","crv":"P-256","use":"sig","kid":"e","x":"AA","y":"AA"}`
	for _, tc := range []struct {
		name   string
		answer func(w *world) func(*http.Request) (*http.Response, error)
	}{
		{"500", always(status(500, ""))},
		{"404 with keys in it", func(w *world) func(*http.Request) (*http.Response, error) { return status(404, w.document()) }},
		{"redirect", func(w *world) func(*http.Request) (*http.Response, error) { return status(302, w.document()) }},
		{"garbage", always(status(200, "<html>"))},
		{"empty", always(status(200, ""))},
		{"null", always(status(200, "null"))},
		{"no keys", always(status(200, `{"keys":[]}`))},
		{"keys missing", always(status(200, `{}`))},
		{"keys an object", always(status(200, `{"keys":{}}`))},
		{"keys of other kinds only", always(status(200, `{"keys":[`+ec+`,7,null,"x"]}`))},
		{"every kid twice", func(w *world) func(*http.Request) (*http.Response, error) {
			return status(200, w.document(w.AccessKey().JWK(), w.IDKey().JWK(), w.AccessKey().JWK(), w.IDKey().JWK()))
		}},
		{"2 MB", func(w *world) func(*http.Request) (*http.Response, error) {
			return status(200, w.document(w.AccessKey().JWK())+strings.Repeat(" ", 2<<20))
		}},
		{"one byte over 64 kB", func(w *world) func(*http.Request) (*http.Response, error) {
			doc := w.document(w.AccessKey().JWK())
			return status(200, doc+strings.Repeat(" ", 64<<10+1-len(doc)))
		}},
		{"connection refused", always(func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") })},
		{"hangs before the header", always(hang)},
		{"hangs in the body", always(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(stuck{r.Context()}), Request: r}, nil
		})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldOf(t, issuer)
				w.set(tc.answer(w))
				start := time.Now()
				if err := w.keys.Hydrate(t.Context()); !errors.Is(err, token.ErrKeysUnavailable) || errors.Is(err, token.ErrInvalid) {
					t.Errorf("Hydrate = %v, want ErrKeysUnavailable without ErrInvalid", err)
				}
				if d := time.Since(start); d > 5*time.Second {
					t.Errorf("Hydrate took %v, want 5 s at most", d)
				}
				w.want(t, w.fresh(), token.ErrKeysUnavailable)

				time.Sleep(token.KeysPenalty)
				w.up()
				w.hydrate(t)
				w.set(tc.answer(w))
				w.want(t, w.unknown("x"), token.ErrKeysUnavailable) // nobody knows, so not 401
				w.want(t, w.unknown("y"), token.ErrKeysUnavailable)
				w.wantFetches(t, 1)
				w.want(t, w.fresh(), nil) // the last good set stays
			})
		})
	}
}

func TestMixedDocumentKeepsWhatIsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		twin := w.IDKey().JWK()
		w.set(status(200, w.document(
			map[string]any{"kty": "EC", "kid": "e", "use": "sig", "alg": "ES256"}, 7, nil,
			w.AccessKey().JWK(), w.IDKey().JWK(), twin)))
		w.want(t, w.fresh(), nil)
		w.want(t, w.ID(claims.ID{}), token.ErrKeyUnknown) // its kid stands there twice
	})
}

func TestDownAtBootHeals(t *testing.T) {
	for _, tc := range []struct {
		name string
		run  bool
		most time.Duration
	}{
		{"in the background", true, 6 * time.Second},
		{"by requests alone", false, token.KeysPenalty + time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.down()
				if tc.run {
					w.run(t)
				}
				raw := w.fresh()
				for range 600 { // ten minutes
					w.want(t, raw, token.ErrKeysUnavailable)
					time.Sleep(time.Second)
				}
				if n := w.fetches.Load(); n > 190 {
					t.Errorf("%d fetches in 10 min, want few", n)
				}
				w.up()
				start := time.Now()
				for {
					if _, err := w.v.Access(t.Context(), w.fresh()); err == nil {
						break
					}
					if time.Since(start) > tc.most {
						t.Fatalf("not healed after %v", time.Since(start))
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		})
	}
}

func TestRunRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run(t)
		synctest.Wait()
		w.wantFetches(t, 1) // nobody called Hydrate
		old := w.fresh()
		w.want(t, old, nil)
		former := w.Rotate()
		time.Sleep(token.KeysRefresh + time.Second)
		synctest.Wait()
		w.wantFetches(t, 1)
		w.want(t, w.fresh(), nil)
		w.wantFetches(t, 0)
		w.want(t, former.Mint(nil), token.ErrKeyUnknown)
	})
}

func TestStaleKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hydrate(t)
		w.down()
		w.run(t)
		for range 23 {
			time.Sleep(time.Hour)
			w.want(t, w.fresh(), nil)
		}
		remembered := w.Access(claims.Access{Expires: time.Now().Add(20 * time.Hour).Unix()})
		w.want(t, remembered, nil)
		time.Sleep(time.Hour)
		w.want(t, w.fresh(), token.ErrKeysUnavailable)
		w.want(t, remembered, token.ErrKeysUnavailable) // the cache does not outlive the keys
		w.up()
		time.Sleep(token.KeysPenalty)
		w.want(t, w.fresh(), nil)
		w.want(t, remembered, nil)
	})
}

func TestNoNetworkOnTheHotPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hydrate(t)
		w.set(func(*http.Request) (*http.Response, error) {
			t.Error("the hot path used the network")
			return nil, errors.New("no network")
		})
		for range 100 {
			raw := w.fresh()
			w.want(t, raw, nil)
			w.want(t, raw, nil)
			w.want(t, raw[:len(raw)-2], token.ErrSignature)
		}
		if _, err := w.v.ID(t.Context(), w.ID(claims.ID{})); err != nil {
			t.Errorf("ID = %v", err)
		}
	})
}

// TestRotationUnderLoad is for the race detector.
func TestRotationUnderLoad(t *testing.T) {
	w := newWorld(t)
	w.hydrate(t)
	var wg sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		raw := w.fresh()
		wg.Go(func() {
			for !done.Load() {
				_, err := w.v.Access(t.Context(), raw)
				if errors.Is(err, token.ErrKeyUnknown) {
					raw = w.fresh()
				} else if err != nil {
					t.Errorf("Access = %v", err)
				}
			}
		})
	}
	for range 3 {
		w.Rotate()
		if err := w.keys.Hydrate(t.Context()); err != nil {
			t.Errorf("Hydrate = %v", err)
		}
	}
	done.Store(true)
	wg.Wait()
	w.want(t, w.fresh(), nil)
}
