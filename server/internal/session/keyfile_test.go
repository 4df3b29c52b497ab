package session_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"porchlight/server/internal/session"
)

func TestLoadKeyring(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.key")
	var wg sync.WaitGroup
	rings := make([]*session.Keyring, 8)
	for i := range rings { // several at once, one key
		wg.Go(func() {
			var err error
			if rings[i], err = session.LoadKeyring(path); err != nil {
				t.Errorf("LoadKeyring = %v", err)
			}
		})
	}
	wg.Wait()
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("key file: mode %v, %v, want 0600", info.Mode(), err)
	}
	if names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(names) != 1 {
		t.Errorf("folder holds %v, %v, want the key alone", names, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := session.ParseKeyring(string(text))
	if err != nil {
		t.Fatalf("ParseKeyring(file) = %v", err)
	}
	h, b := newHouse(t), browser{}
	b.signIn(t, h.server(t, func(c *session.Config) { c.Keys = first }), grant("ada"))
	for _, k := range rings {
		b.load(t, h.server(t, func(c *session.Config) { c.Keys = k }))
	}
}

func TestLoadKeyringRefuses(t *testing.T) {
	good := strings.Repeat("0a", 32)
	for _, test := range []struct {
		name, text string
		mode       fs.FileMode
		want       error
	}{
		{"good", good, 0o600, nil},
		{"others may read", good, 0o644, errAny},
		{"group may read", good, 0o640, errAny},
		{"empty", "", 0o600, session.ErrKey},
		{"cut off", good[:40], 0o600, session.ErrKey},
		{"huge", strings.Repeat("0a", 1<<20), 0o600, session.ErrKey},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "session.key")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			_, err := session.LoadKeyring(path)
			if (err == nil) != (test.want == nil) || test.want == session.ErrKey && !errors.Is(err, session.ErrKey) {
				t.Errorf("LoadKeyring = %v, want %v", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "0a0a") {
				t.Errorf("error %q repeats the key", err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != test.text {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	if _, err := session.LoadKeyring(t.TempDir()); err == nil {
		t.Error("LoadKeyring(folder) = nil, want an error")
	}
	if _, err := session.LoadKeyring(filepath.Join(t.TempDir(), "none", "session.key")); err == nil {
		t.Error("LoadKeyring in no folder = nil, want an error")
	}
}

var errAny = errors.New("any")
