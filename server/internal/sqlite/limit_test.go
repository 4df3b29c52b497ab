package sqlite

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"porchlight/server/internal/limit"
	"porchlight/server/internal/limit/limittest"
)

func TestLimitStore(t *testing.T) {
	limittest.TestStore(t, func(t *testing.T) limit.Store { return newStore(t).Limits() })
}

// TestLimitsKeepNoAddress looks for the subject in the files themselves.
func TestLimitsKeepNoAddress(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	const subject = "ann.very.unlikely@example.com"
	l, err := limit.New(limit.Config{Store: s.Limits(), Key: bytes.Repeat([]byte{7}, limit.MinKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := l.Fail(t.Context(), limit.SignInAccount, subject); err != nil {
			t.Fatal(err)
		}
	}
	wantNowhere(t, dir, subject)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantNowhere(t, dir, subject)
}

func wantNowhere(t *testing.T, dir, text string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("%s has %q in it", e.Name(), text)
		}
	}
}
