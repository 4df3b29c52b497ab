package e2e

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A logbook collects what the program logs, and the secrets that the test
// used, none of which may be in it.
type logbook struct {
	mu      sync.Mutex
	text    bytes.Buffer
	secrets map[string]string // what it is, by value
	allowed map[string]bool   // messages of errors that the test causes
}

func newLogbook() *logbook { return &logbook{secrets: map[string]string{}, allowed: map[string]bool{}} }

// Write takes what the program writes to stderr.
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// secret remembers a value that the log must never hold.
func (l *logbook) secret(what, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if value != "" {
		l.secrets[value] = what
	}
}

// allow says that the test causes errors with the message.
func (l *logbook) allow(message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.allowed[message] = true
}

// check fails the test for every line that is not JSON, is an error, or holds
// a secret.
func (l *logbook) check(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("line of the log is not JSON: %s", line)
			continue
		}
		if message, _ := entry["msg"].(string); entry["level"] == "ERROR" && !l.allowed[message] {
			t.Errorf("the program logged an error: %s", line)
		}
		if what := l.leak(entry); what != "" {
			t.Errorf("the log holds %s: %s", what, line)
		}
	}
	if t.Failed() {
		t.Logf("log of the program:\n%s", l.text.String())
	}
}

// tokenLike is what a JWT, a cookie's value or a sealed one looks like. Request
// ids have 26 characters and subs 36.
var tokenLike = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{40}`)

// leak names a secret that an entry holds. Times and durations stay out: six of
// their digits in a row are a code, now and then.
func (l *logbook) leak(entry map[string]any) string {
	delete(entry, "time")
	delete(entry, "ms")
	var b strings.Builder
	for key, value := range entry {
		text, err := json.Marshal(value)
		if err != nil {
			return "something that is not JSON"
		}
		b.WriteString(key + "=" + string(text) + "\n")
	}
	text := b.String()
	for value, what := range l.secrets {
		for _, form := range spellings(value) {
			if strings.Contains(text, form) {
				return what
			}
		}
	}
	if tokenLike.MatchString(text) {
		return "something like a token"
	}
	return ""
}

// spellings returns the forms in which a value can stand in a log: as it is,
// in a query, in JSON.
func spellings(value string) []string {
	quoted, err := json.Marshal(value)
	if err != nil {
		return []string{value}
	}
	return []string{value, url.QueryEscape(value), strings.Trim(string(quoted), `"`)}
}
