package e2e

import (
	"crypto/rand"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"porchlight/app/client"
	"porchlight/shared/api"
)

// A person is somebody with, or about to have, an account.
type person struct {
	name, email, handle, password string

	// api speaks for the person without a browser, with cookies of its own.
	api  *client.Client
	http *http.Client
}

// person returns somebody new. Address and password are drawn, so that they
// can be looked for in a log.
func (s *server) person(t *testing.T, handle string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &http.Client{Jar: jar, Timeout: patience}
	p := &person{
		name:     strings.ToUpper(handle[:1]) + handle[1:] + " Lee",
		email:    strings.ToLower(rand.Text()[:12]) + "@example.com",
		handle:   handle,
		password: newPassword(),
		api:      client.Over(s.url, h),
		http:     h,
	}
	s.log.secret("an email address", p.email)
	s.log.secret("a password", p.password)
	t.Cleanup(func() { s.keepCookies(jar) })
	return p
}

// newPassword draws a password that satisfies every rule.
func newPassword() string { return "Lamp-" + rand.Text()[:12] + "-1a" }

// newPassword draws another password for the person.
func (s *server) newPassword(p *person) string {
	p.password = newPassword()
	s.log.secret("a password", p.password)
	return p.password
}

// keepCookies counts the values of the jar among the secrets.
func (s *server) keepCookies(jar http.CookieJar) {
	u, err := url.Parse(s.url)
	if err != nil {
		return
	}
	for _, c := range jar.Cookies(u) {
		s.log.secret("a cookie", c.Value)
	}
}

// signUp asks for the person's account, without a browser.
func (s *server) signUp(t *testing.T, p *person) {
	t.Helper()
	req := api.SignUp{Name: p.name, Email: p.email, Handle: p.handle, Password: p.password}
	if _, err := p.api.SignUp(t.Context(), req); err != nil {
		t.Fatalf("SignUp(%s): %v", p.handle, err)
	}
}

// member returns somebody new who has confirmed and is signed in, without a
// browser.
func (s *server) member(t *testing.T, handle string) *person {
	t.Helper()
	p := s.person(t, handle)
	s.signUp(t, p)
	if _, err := p.api.Confirm(t.Context(), api.Confirm{Email: p.email, Code: s.code(t, p.email)}); err != nil {
		t.Fatalf("Confirm(%s): %v", p.handle, err)
	}
	return p
}

// post writes a post without a browser.
func (p *person) post(t *testing.T, message, audience string) api.Post {
	t.Helper()
	post, err := p.api.CreatePost(t.Context(), api.NewPost{Message: message, Audience: audience})
	if err != nil {
		t.Fatalf("CreatePost(%q): %v", message, err)
	}
	return post
}

// eventually waits until done, which must be cheap, is true.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}
