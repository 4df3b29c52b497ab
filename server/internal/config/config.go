// Package config reads the program's environment. One table, Variables, has
// every variable with its default, unit and meaning; it feeds parsing, the
// help page and the README.
//
// Nothing is taken on trust: a value that is malformed, a combination that
// would serve people insecurely, and a pool that is configured by half are
// errors, each one line that names the variable and says what to do. An error
// never repeats a secret.
//
// # Why
//
// The rules about who can reach the listener stand here and not where it is
// opened, so that a mistake is told before a database is made or a port taken.
// Off loopback the program wants encryption (its own, or that of a proxy that
// is named), a public address to compare the Host header with, and a session
// key that survives a restart. Local mode never leaves loopback: its inbox
// shows everybody's codes.
package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// maxSecretFileBytes bounds the file of a secret.
const maxSecretFileBytes = 64 << 10

// Config is what the environment says, checked and complete.
type Config struct {
	// Listen is where to serve, "host:port"; port 0 is any free one.
	Listen string
	// DataDir is the folder of everything that is kept on this machine.
	DataDir string
	// DatabaseURL is the PostgreSQL of every store, postgres://…; not set is
	// SQLite in DataDir.
	DatabaseURL Secret

	// Region, UserPoolID and ClientID are all set in cloud mode. In local mode
	// UserPoolID and ClientID are "", and Region may be.
	Region       string
	UserPoolID   string
	ClientID     string
	ClientSecret Secret
	// APIClientIDs are more app clients whose access tokens the API takes.
	APIClientIDs []string
	// Endpoint is the URL of a pool that is not AWS's own, without a slash at
	// its end; "" is AWS.
	Endpoint string
	// Issuer is one more issuer to accept, with an Endpoint only.
	Issuer string

	// SessionKey holds keys of 64 hexadecimal digits, comma separated, newest
	// first. It is not set where one may be generated.
	SessionKey      Secret
	SessionIdle     time.Duration
	SessionAbsolute time.Duration

	// PublicURL is the origin that people use, "https://feed.example.org";
	// "" on loopback means the listener's own address.
	PublicURL string
	// TLSCertFile and TLSKeyFile are both set or both "".
	TLSCertFile string
	TLSKeyFile  string
	// ACMEHosts are the names to get certificates for; never together with
	// TLSCertFile.
	ACMEHosts []string
	ACMEEmail string
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// RedirectListen is where plain HTTP is sent on to HTTPS; "" is nowhere.
	RedirectListen string

	LogLevel slog.Level
}

// An Error is what is wrong with one variable.
type Error struct {
	// Name is the variable's.
	Name string
	// Advice says what is wrong and what to do. It has no secret in it.
	Advice string
}

func (e *Error) Error() string { return e.Name + ": " + e.Advice }

func wrong(name, format string, args ...any) error {
	return &Error{Name: name, Advice: fmt.Sprintf(format, args...)}
}

// Load reads the variables by getenv and the files that they name as secrets.
// A variable that is set to nothing or to white space is not set. Every error
// is an Error; the first one found is returned, the table's order being the
// order of looking.
func Load(getenv func(string) string) (Config, error) {
	var c Config
	for _, v := range Variables() {
		value, err := v.value(getenv)
		if err != nil {
			return Config{}, err
		}
		if value == "" {
			continue
		}
		if err := v.set(&c, value); err != nil {
			return Config{}, wrong(v.Name, "%s", err)
		}
	}
	if err := c.check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// value returns what the environment has for v, or v's default.
func (v Variable) value(getenv func(string) string) (string, error) {
	value := strings.TrimSpace(getenv(v.Name))
	if v.Secret {
		file := strings.TrimSpace(getenv(v.fileName()))
		switch {
		case file != "" && value != "":
			return "", wrong(v.Name, "%s is set too; set only one of them", v.fileName())
		case file != "":
			return readSecret(v.fileName(), file)
		}
	}
	if value == "" {
		return v.Default, nil
	}
	return value, nil
}

func (v Variable) fileName() string { return v.Name + "_FILE" }

// readSecret returns the content of a file without the line end that editors
// leave.
func readSecret(name, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", wrong(name, "can't open %s; name a file that the server may read", reason(path, err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecretFileBytes+1))
	if err != nil {
		return "", wrong(name, "can't read %s; name a file that the server may read", reason(path, err))
	}
	if len(text) > maxSecretFileBytes {
		return "", wrong(name, "%q has more than 64 kB; name the file that has the secret alone", path)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", wrong(name, "%q is empty; put the secret in it, or unset the variable", path)
	}
	return secret, nil
}

// reason tells a file's path, quoted, and what the system said about it.
func reason(path string, err error) string {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Sprintf("%q: %v", path, err)
}

// Local reports whether no user pool is configured, so that the embedded one
// and its inbox are to be used.
func (c Config) Local() bool { return c.UserPoolID == "" }

// Loopback reports whether only this machine can reach the listener.
func (c Config) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	return err == nil && loopbackHost(host)
}

// TLS reports whether the server itself speaks TLS.
func (c Config) TLS() bool { return c.TLSCertFile != "" || len(c.ACMEHosts) > 0 }

// Secure reports whether people reach the site by https, by the server's own
// doing or a proxy's. Cookies are then Secure.
func (c Config) Secure() bool { return c.TLS() || strings.HasPrefix(c.PublicURL, "https://") }

// Hosts returns the names, in lower case and without port or brackets, that a
// request's Host header may have: that of PublicURL, those of ACMEHosts, and
// the names of loopback when the listener is there.
func (c Config) Hosts() []string {
	var hosts []string
	if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" {
		hosts = append(hosts, u.Hostname())
	}
	hosts = append(hosts, c.ACMEHosts...)
	if c.Loopback() {
		hosts = append(hosts, "localhost", "127.0.0.1", "::1")
		if host, _, err := net.SplitHostPort(c.Listen); err == nil {
			hosts = append(hosts, strings.ToLower(host))
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// loopbackHost reports whether a host of an address or URL is this machine by
// name or number.
func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
