package e2e

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/shared/api"
)

// TestSecretsStayOutOfTheLog uses every secret that there is, rightly and
// wrongly, while the program logs all it can. The log tells what happened, and
// (as after every test here, in logbook.check) none of the secrets.
func TestSecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	s := start(t, "PORCHLIGHT_LOG_LEVEL=debug")
	ann := s.member(t, "ann")
	bob := s.person(t, "bob")
	ctx := t.Context()
	refused := func(what string, err error) {
		t.Helper()
		if _, ok := errors.AsType[*api.Problem](err); !ok {
			t.Errorf("%s: %v, want a refusal", what, err)
		}
	}

	_, err := ann.api.SignIn(ctx, api.SignIn{Email: ann.email, Password: bob.password})
	refused("sign-in with a wrong password", err)
	_, err = ann.api.SignIn(ctx, api.SignIn{Email: bob.email, Password: ann.password})
	refused("sign-in without an account", err)
	_, err = ann.api.SignIn(ctx, api.SignIn{Email: ann.password, Password: ann.email})
	refused("sign-in with the fields mixed up", err)
	s.signUp(t, bob)
	code := s.code(t, bob.email)
	_, err = bob.api.Confirm(ctx, api.Confirm{Email: bob.email, Code: code + "0"})
	refused("confirm with a wrong code", err)
	_, err = bob.api.SignIn(ctx, api.SignIn{Email: bob.email, Password: bob.password})
	refused("sign-in unconfirmed", err)

	// In addresses, headers, forms and names of fields, where loggers look.
	s.get(t, "/signin?email="+url.QueryEscape(ann.email)+"&password="+url.QueryEscape(ann.password))
	s.get(t, "/"+url.PathEscape(ann.password)+"?code="+code)
	s.send(t, exchange{method: "GET", path: api.PathFeed, header: http.Header{
		"Authorization": {"Bearer " + ann.password}, "Referer": {s.url + "/?p=" + ann.password}, "User-Agent": {ann.password},
	}})
	s.send(t, exchange{method: "POST", path: api.PathSignIn, header: http.Header{"Content-Type": {api.TypeForm}}, body: url.Values{ann.password: {ann.email}}.Encode()})
	s.send(t, exchange{method: "POST", path: api.PathSignIn, header: http.Header{"Content-Type": {api.TypeJSON}}, body: `{"` + ann.password + `":"` + ann.email + `"}`})
	s.send(t, exchange{method: "POST", path: api.PathSignIn, header: http.Header{"Content-Type": {ann.password}}, body: ann.email})

	if err := ann.api.ChangePassword(ctx, api.ChangePassword{Previous: bob.password, Password: newPassword()}); err == nil {
		t.Error("the password was changed without the old one")
	}
	old := ann.password
	if err := ann.api.ChangePassword(ctx, api.ChangePassword{Previous: old, Password: s.newPassword(ann)}); err != nil {
		t.Errorf("ChangePassword: %v", err)
	}
	if _, err := ann.api.Recover(ctx, api.Recover{Email: ann.email}); err != nil {
		t.Errorf("Recover: %v", err)
	}
	if _, err := ann.api.RecoverConfirm(ctx, api.RecoverConfirm{Email: ann.email, Code: s.code(t, ann.email), Password: s.newPassword(ann)}); err != nil {
		t.Errorf("RecoverConfirm: %v", err)
	}
	ann.post(t, "Said in the open.", api.AudienceMembers)
	s.keepCookies(ann.http.Jar)
	if _, err := ann.api.SignOut(ctx); err != nil {
		t.Errorf("SignOut: %v", err)
	}

	s.stop(t)
	log := s.log.String()
	for _, event := range []string{"sign-up", "confirmed", "code refused", "sign-in refused", "password changed", "password change refused", "recovery asked for", "password reset", "sign-out"} {
		if !strings.Contains(log, `"msg":"`+event+`"`) {
			t.Errorf("the log does not tell of %q", event)
		}
	}
	if strings.Contains(log, "Said in the open.") {
		t.Error("the log holds the body of a post")
	}
}

// TestLogbook proves that the check finds what it looks for.
func TestLogbook(t *testing.T) {
	tests := []struct {
		name  string
		entry map[string]any
		want  bool
	}{
		{"nothing", map[string]any{"msg": "request", "route": "GET /"}, false},
		{"password", map[string]any{"msg": "signed in with Lamp-A-1a"}, true},
		{"password in a query", map[string]any{"url": "/?p=Lamp%26A%2B1a"}, true},
		{"password in JSON", map[string]any{"body": map[string]any{"p": `Lamp"A<1a`}}, true},
		{"password as a key", map[string]any{"Lamp-A-1a": 1.0}, true},
		{"code", map[string]any{"args": []any{"123456"}}, true},
		{"code in a duration", map[string]any{"ms": 0.123456, "time": "12:00:00.123456Z"}, false},
		{"token nobody told of", map[string]any{"error": "bad token eyJhbGciOiJSUzI1NiJ9.e30.x"}, true},
		{"cookie nobody told of", map[string]any{"error": "cookie " + strings.Repeat("aB3_", 11)}, true},
		{"request id", map[string]any{"request": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, false},
		{"sub", map[string]any{"sub": "0192f0c1-2345-7abc-8def-0246813579ab"}, false},
	}
	l := newLogbook()
	for _, secret := range []string{"Lamp-A-1a", "Lamp&A+1a", `Lamp"A<1a`, "123456"} {
		l.secret("a secret", secret)
	}
	for _, tt := range tests {
		if got := l.leak(tt.entry) != ""; got != tt.want {
			t.Errorf("%s: leak found = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestSecretsOnDisk reads every file that the program leaves: none is readable
// by others, and none holds a password or a session's cookie in plain.
func TestSecretsOnDisk(t *testing.T) {
	t.Parallel()
	s := start(t)
	ann := s.member(t, "ann")
	bob := s.person(t, "bob")
	s.signUp(t, bob)
	secrets := map[string]string{
		"a password":                 ann.password,
		"a password not yet in use":  bob.password,
		"the value of a cookie":      s.cookieOf(ann.http.Jar, "session"),
		"the value of a held cookie": s.cookieOf(bob.http.Jar, "pending"),
	}
	for what, secret := range secrets {
		if secret == "" {
			t.Fatalf("there is no %s", what)
		}
	}
	s.stop(t)
	files := s.files(t)
	if len(files) < 4 {
		t.Errorf("found %d files in the folder, want databases and keys", len(files))
	}
	for _, f := range files {
		if f.mode&0o077 != 0 {
			t.Errorf("%s has mode %o, want nothing for others", f.name, f.mode)
		}
		for what, secret := range secrets {
			if strings.Contains(f.text, secret) {
				t.Errorf("%s holds %s in plain", f.name, what)
			}
		}
	}
}

// A file is one of the program's.
type file struct {
	name string
	mode fs.FileMode
	text string
}

// files reads all that is in the server's folder.
func (s *server) files(t *testing.T) []file {
	t.Helper()
	var all []file
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, file{d.Name(), info.Mode().Perm(), string(text)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
