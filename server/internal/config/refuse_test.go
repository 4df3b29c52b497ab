package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/server/internal/config"
)

func TestLoadRefuses(t *testing.T) {
	const canary = "hunter2canary"
	tests := []struct {
		name  string
		base  map[string]string
		set   []string
		names string // the variable that the error is about
		says  string // a part of the advice
	}{
		{"no port", nil, []string{"PORCHLIGHT_LISTEN", "127.0.0.1"}, "PORCHLIGHT_LISTEN", "host:port"},
		{"named port", nil, []string{"PORCHLIGHT_LISTEN", "127.0.0.1:http"}, "PORCHLIGHT_LISTEN", "port from 0 to 65535"},
		{"port too large", nil, []string{"PORCHLIGHT_LISTEN", "127.0.0.1:65536"}, "PORCHLIGHT_LISTEN", "port from 0 to 65535"},
		{"port with a plus", nil, []string{"PORCHLIGHT_LISTEN", "127.0.0.1:+80"}, "PORCHLIGHT_LISTEN", "port from 0 to 65535"},
		{"URL to listen on", nil, []string{"PORCHLIGHT_LISTEN", "http://127.0.0.1:80"}, "PORCHLIGHT_LISTEN", "host:port"},
		{"user to listen on", nil, []string{"PORCHLIGHT_LISTEN", "me@localhost:80"}, "PORCHLIGHT_LISTEN", "host name or address"},
		{"local mode on every interface", nil, []string{"PORCHLIGHT_LISTEN", ":8000"}, "PORCHLIGHT_LISTEN", "local mode"},
		{"local mode on a name", nil, []string{"PORCHLIGHT_LISTEN", "feed.example.org:8000"}, "PORCHLIGHT_LISTEN", "local mode"},
		{"local mode on an address like loopback", nil, []string{"PORCHLIGHT_LISTEN", "127.0.0.1.example.org:80"}, "PORCHLIGHT_LISTEN", "local mode"},
		{"local mode behind TLS", nil, []string{"PORCHLIGHT_LISTEN", ":443", "PORCHLIGHT_TLS_CERT_FILE", "c", "PORCHLIGHT_TLS_KEY_FILE", "k"}, "PORCHLIGHT_LISTEN", "local mode"},
		{"local mode in public", nil, []string{"PORCHLIGHT_PUBLIC_URL", "https://feed.example.org"}, "PORCHLIGHT_PUBLIC_URL", "local mode"},
		{"database of another kind", nil, []string{"PORCHLIGHT_DATABASE_URL", "mysql://me:" + canary + "@db/feed"}, "PORCHLIGHT_DATABASE_URL", "not the URL of a PostgreSQL"},
		{"database as words", nil, []string{"PORCHLIGHT_DATABASE_URL", "host=db password=" + canary}, "PORCHLIGHT_DATABASE_URL", "white space"},
		{"database without scheme", nil, []string{"PORCHLIGHT_DATABASE_URL", "me:" + canary + "@db/feed"}, "PORCHLIGHT_DATABASE_URL", "not the URL of a PostgreSQL"},
		{"database without host", nil, []string{"PORCHLIGHT_DATABASE_URL", "postgres:///feed?password=" + canary}, "PORCHLIGHT_DATABASE_URL", "no host"},
		{"database with a raw password", nil, []string{"PORCHLIGHT_DATABASE_URL", "postgres://me:%" + canary + "@db/feed"}, "PORCHLIGHT_DATABASE_URL", "percent-encoded"},
		{"database with # in the password", nil, []string{"PORCHLIGHT_DATABASE_URL", "postgres://db/feed?password=x#" + canary}, "PORCHLIGHT_DATABASE_URL", "%23"},
		{"database without end", nil, []string{"PORCHLIGHT_DATABASE_URL", "postgres://db/" + strings.Repeat(canary, 1000)}, "PORCHLIGHT_DATABASE_URL", "too long"},
		{"database file missing", nil, []string{"PORCHLIGHT_DATABASE_URL_FILE", "/nowhere/at/all"}, "PORCHLIGHT_DATABASE_URL_FILE", "no such file"},
		{"shared database without a shared key", cloud(), []string{"PORCHLIGHT_DATABASE_URL", "postgres://me:" + canary + "@db/feed"}, "PORCHLIGHT_SESSION_KEY", "openssl rand -hex 32"},

		{"region missing", cloud(), []string{"AWS_REGION", ""}, "AWS_REGION", "missing"},
		{"pool missing", cloud(), []string{"AWS_COGNITO_USER_POOL_ID", ""}, "AWS_COGNITO_USER_POOL_ID", "missing"},
		{"client missing", cloud(), []string{"AWS_COGNITO_USER_POOL_CLIENT_ID", ""}, "AWS_COGNITO_USER_POOL_CLIENT_ID", "missing"},
		{"client alone", nil, []string{"AWS_COGNITO_USER_POOL_CLIENT_ID", "abc"}, "AWS_REGION", "missing"},
		{"secret alone", nil, []string{"AWS_REGION", "us-east-1", "AWS_COGNITO_USER_POOL_CLIENT_SECRET", canary}, "AWS_COGNITO_USER_POOL_ID", "AWS_COGNITO_USER_POOL_CLIENT_SECRET is set"},
		{"endpoint alone", nil, []string{"AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:1"}, "AWS_COGNITO_USER_POOL_ID", "missing"},
		{"region of another pool", cloud(), []string{"AWS_REGION", "us-east-1"}, "AWS_REGION", `set "eu-central-1"`},
		{"region malformed", cloud(), []string{"AWS_REGION", "Frankfurt"}, "AWS_REGION", "eu-central-1"},
		{"region that changes the host", cloud(), []string{"AWS_REGION", "x.evil.example/"}, "AWS_REGION", "not a region"},
		{"region too long", cloud(), []string{"AWS_REGION", "eu-" + strings.Repeat("a", 40)}, "AWS_REGION", "not a region"},
		{"default region malformed", cloud(), []string{"AWS_REGION", "", "AWS_DEFAULT_REGION", "eu central"}, "AWS_DEFAULT_REGION", "not a region"},
		{"pool malformed", cloud(), []string{"AWS_COGNITO_USER_POOL_ID", "eu-central-1"}, "AWS_COGNITO_USER_POOL_ID", "not a user pool id"},
		{"pool as a path", cloud(), []string{"AWS_COGNITO_USER_POOL_ID", "eu-central-1_../x"}, "AWS_COGNITO_USER_POOL_ID", "not a user pool id"},
		{"one of more clients malformed", cloud(), []string{"PORCHLIGHT_API_CLIENT_IDS", "good,b d"}, "PORCHLIGHT_API_CLIENT_IDS", "not an app client id"},
		{"too many clients", cloud(), []string{"PORCHLIGHT_API_CLIENT_IDS", strings.Repeat("a,", 101)}, "PORCHLIGHT_API_CLIENT_IDS", "at most 100"},
		{"client malformed", cloud(), []string{"AWS_COGNITO_USER_POOL_CLIENT_ID", "a b"}, "AWS_COGNITO_USER_POOL_CLIENT_ID", "not an app client id"},
		{"secret quoted", cloud(), []string{"AWS_COGNITO_USER_POOL_CLIENT_SECRET", `"` + canary + `"`}, "AWS_COGNITO_USER_POOL_CLIENT_SECRET", "without quotes"},
		{"secret huge", cloud(), []string{"AWS_COGNITO_USER_POOL_CLIENT_SECRET", strings.Repeat(canary, 100)}, "AWS_COGNITO_USER_POOL_CLIENT_SECRET", "not an app client secret"},
		{"endpoint without scheme", cloud(), []string{"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "127.0.0.1:9229"}, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "URL of a pool"},
		{"endpoint with a password", cloud(), []string{"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://u:" + canary + "@127.0.0.1"}, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "without user name"},
		{"endpoint with a query", cloud(), []string{"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1/?" + canary}, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "query"},
		{"endpoint in the clear", cloud(), []string{"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://pool.example.org"}, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "in the clear"},
		{"endpoint of another scheme", cloud(), []string{"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "ftp://pool.example.org"}, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "neither"},
		{"issuer without an endpoint", cloud(), []string{"PORCHLIGHT_ISSUER", "localhost"}, "PORCHLIGHT_ISSUER", "AWS_ENDPOINT_URL"},
		{"issuer in local mode", nil, []string{"PORCHLIGHT_ISSUER", "localhost"}, "PORCHLIGHT_ISSUER", "AWS_ENDPOINT_URL"},
		{"issuer with a space", cloud(), []string{"PORCHLIGHT_ISSUER", "a b"}, "PORCHLIGHT_ISSUER", "iss claim"},

		{"key not hex", cloud(), []string{"PORCHLIGHT_SESSION_KEY", key1 + "," + canary}, "PORCHLIGHT_SESSION_KEY", "key 2 is not 64"},
		{"key short", cloud(), []string{"PORCHLIGHT_SESSION_KEY", key1[2:]}, "PORCHLIGHT_SESSION_KEY", "key 1 is not 64"},
		{"key long", cloud(), []string{"PORCHLIGHT_SESSION_KEY", key1 + "00"}, "PORCHLIGHT_SESSION_KEY", "key 1 is not 64"},
		{"key of zeros", cloud(), []string{"PORCHLIGHT_SESSION_KEY", strings.Repeat("0", 64)}, "PORCHLIGHT_SESSION_KEY", "zeros"},
		{"key twice", cloud(), []string{"PORCHLIGHT_SESSION_KEY", key2 + "," + strings.ToUpper(key2)}, "PORCHLIGHT_SESSION_KEY", "twice"},
		{"key list ends in a comma", cloud(), []string{"PORCHLIGHT_SESSION_KEY", key1 + ","}, "PORCHLIGHT_SESSION_KEY", "key 2"},
		{"keys without end", cloud(), []string{"PORCHLIGHT_SESSION_KEY", manyKeys(17)}, "PORCHLIGHT_SESSION_KEY", "more than 16"},
		{"idle without unit", nil, []string{"PORCHLIGHT_SESSION_IDLE", "168"}, "PORCHLIGHT_SESSION_IDLE", "duration"},
		{"idle negative", nil, []string{"PORCHLIGHT_SESSION_IDLE", "-1h"}, "PORCHLIGHT_SESSION_IDLE", "between"},
		{"absolute without end", nil, []string{"PORCHLIGHT_SESSION_ABSOLUTE", "100000h"}, "PORCHLIGHT_SESSION_ABSOLUTE", "between"},
		{"idle longer than absolute", nil, []string{"PORCHLIGHT_SESSION_ABSOLUTE", "24h"}, "PORCHLIGHT_SESSION_IDLE", "longer"},

		{"public URL without scheme", cloud(), []string{"PORCHLIGHT_PUBLIC_URL", "feed.example.org"}, "PORCHLIGHT_PUBLIC_URL", "origin"},
		{"public URL with a path", cloud(), []string{"PORCHLIGHT_PUBLIC_URL", "https://example.org/feed"}, "PORCHLIGHT_PUBLIC_URL", "origin"},
		{"public URL with a user", cloud(), []string{"PORCHLIGHT_PUBLIC_URL", "https://me:" + canary + "@example.org"}, "PORCHLIGHT_PUBLIC_URL", "origin"},
		{"public URL with a query", cloud(), []string{"PORCHLIGHT_PUBLIC_URL", "https://example.org?"}, "PORCHLIGHT_PUBLIC_URL", "origin"},
		{"public URL of no host", cloud(), []string{"PORCHLIGHT_PUBLIC_URL", "https://fe_ed.example.org"}, "PORCHLIGHT_PUBLIC_URL", "host name"},
		{"public URL in the clear", cloud(), []string{"PORCHLIGHT_PUBLIC_URL", "http://feed.example.org"}, "PORCHLIGHT_PUBLIC_URL", "in the clear"},
		{"public URL denies TLS", nil, []string{"PORCHLIGHT_TLS_CERT_FILE", "c", "PORCHLIGHT_TLS_KEY_FILE", "k", "PORCHLIGHT_PUBLIC_URL", "http://localhost"}, "PORCHLIGHT_PUBLIC_URL", "https://"},

		{"outside without TLS", outside(), []string{"PORCHLIGHT_TLS_CERT_FILE", "", "PORCHLIGHT_TLS_KEY_FILE", ""}, "PORCHLIGHT_LISTEN", "PORCHLIGHT_TRUSTED_PROXIES"},
		{"outside without a public URL", outside(), []string{"PORCHLIGHT_PUBLIC_URL", ""}, "PORCHLIGHT_PUBLIC_URL", "needed"},
		{"outside without a key", outside(), []string{"PORCHLIGHT_SESSION_KEY", ""}, "PORCHLIGHT_SESSION_KEY", "openssl rand -hex 32"},
		{"certificate without key", outside(), []string{"PORCHLIGHT_TLS_KEY_FILE", ""}, "PORCHLIGHT_TLS_KEY_FILE", "missing"},
		{"key without certificate", outside(), []string{"PORCHLIGHT_TLS_CERT_FILE", ""}, "PORCHLIGHT_TLS_CERT_FILE", "missing"},
		{"two sources of certificates", outside(), []string{"PORCHLIGHT_ACME_HOSTS", "feed.example.org"}, "PORCHLIGHT_ACME_HOSTS", "unset the other"},
		{"ACME for another host", cloud(), []string{"PORCHLIGHT_ACME_HOSTS", "www.example.org", "PORCHLIGHT_PUBLIC_URL", "https://feed.example.org"}, "PORCHLIGHT_ACME_HOSTS", "feed.example.org"},
		{"ACME for an address", cloud(), []string{"PORCHLIGHT_ACME_HOSTS", "192.0.2.1"}, "PORCHLIGHT_ACME_HOSTS", "not a host name"},
		{"ACME for a wildcard", cloud(), []string{"PORCHLIGHT_ACME_HOSTS", "*.example.org"}, "PORCHLIGHT_ACME_HOSTS", "not a host name"},
		{"ACME for nothing", cloud(), []string{"PORCHLIGHT_ACME_HOSTS", ","}, "PORCHLIGHT_ACME_HOSTS", "no host name"},
		{"ACME address without ACME", cloud(), []string{"PORCHLIGHT_ACME_EMAIL", "admin@example.org"}, "PORCHLIGHT_ACME_EMAIL", "does nothing"},
		{"ACME address malformed", cloud(), []string{"PORCHLIGHT_ACME_HOSTS", "feed.example.org", "PORCHLIGHT_ACME_EMAIL", "admin"}, "PORCHLIGHT_ACME_EMAIL", "mail address"},
		{"proxy by name", outside(), []string{"PORCHLIGHT_TRUSTED_PROXIES", "proxy.example.org"}, "PORCHLIGHT_TRUSTED_PROXIES", "not an address"},
		{"every proxy", outside(), []string{"PORCHLIGHT_TRUSTED_PROXIES", "10.0.0.1,0.0.0.0/0"}, "PORCHLIGHT_TRUSTED_PROXIES", "everybody"},
		{"no proxy", outside(), []string{"PORCHLIGHT_TRUSTED_PROXIES", ", "}, "PORCHLIGHT_TRUSTED_PROXIES", "no address"},
		{"redirect to nothing", cloud(), []string{"PORCHLIGHT_REDIRECT_LISTEN", ":80"}, "PORCHLIGHT_REDIRECT_LISTEN", "no TLS"},
		{"redirect to itself", outside(), []string{"PORCHLIGHT_REDIRECT_LISTEN", ":443"}, "PORCHLIGHT_REDIRECT_LISTEN", "another port"},
		{"redirect malformed", outside(), []string{"PORCHLIGHT_REDIRECT_LISTEN", "80"}, "PORCHLIGHT_REDIRECT_LISTEN", "host:port"},
		{"log level", nil, []string{"PORCHLIGHT_LOG_LEVEL", "loud"}, "PORCHLIGHT_LOG_LEVEL", "debug, info, warn or error"},
		{"value with a line end inside", nil, []string{"PORCHLIGHT_LOG_LEVEL", "info\nFAKE"}, "PORCHLIGHT_LOG_LEVEL", `\n`},
		{"value without end", nil, []string{"PORCHLIGHT_LOG_LEVEL", strings.Repeat("x", 1<<20)}, "PORCHLIGHT_LOG_LEVEL", "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Load(env(tt.base, tt.set...))
			checkRefusal(t, err, tt.names, tt.says, canary)
		})
	}
}

// checkRefusal wants one line about the variable that has says in it and not
// the canary.
func checkRefusal(t *testing.T, err error, name, says, canary string) {
	t.Helper()
	e, ok := errors.AsType[*config.Error](err)
	if !ok {
		t.Fatalf("Load = %v, want a config.Error about %s", err, name)
	}
	if e.Name != name || !strings.Contains(e.Advice, says) {
		t.Errorf("Load = %q, want it about %s with %q", err, name, says)
	}
	if text := err.Error(); strings.Contains(text, canary) || strings.ContainsAny(text, "\r\n") || len(text) > 400 {
		t.Errorf("Load = %q, want one short line without what was typed as a secret", text)
	}
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = key1[:62] + string("0123456789abcdef"[i/16]) + string("0123456789abcdef"[i%16])
	}
	return strings.Join(keys, ",")
}

func TestSecretFile(t *testing.T) {
	const canary = "hunter2canary"
	const secret, file = "AWS_COGNITO_USER_POOL_CLIENT_SECRET", "AWS_COGNITO_USER_POOL_CLIENT_SECRET_FILE"
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good", canary+"\r\n\n")
	tests := []struct {
		name, path, direct string
		names, says        string
	}{
		{"read without its line ends", good, "", "", ""},
		{"both", good, canary, secret, "only one"},
		{"missing", filepath.Join(dir, "none"), "", file, "no such file"},
		{"folder", dir, "", file, "directory"},
		{"empty", write("empty", "\n"), "", file, "empty"},
		{"huge", write("huge", strings.Repeat(canary, 6000)), "", file, "64 kB"},
		{"not a secret", write("lines", canary+"\n"+canary), "", secret, "not an app client secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := config.Load(env(cloud(), file, tt.path, secret, tt.direct))
			if tt.names != "" {
				checkRefusal(t, err, tt.names, tt.says, canary)
				return
			}
			if err != nil || c.ClientSecret.Reveal() != canary {
				t.Errorf("Load = secret %q, %v, want %q", c.ClientSecret.Reveal(), err, canary)
			}
		})
	}
}
