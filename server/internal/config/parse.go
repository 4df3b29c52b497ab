package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Forms of identifiers, as the Amazon Cognito API reference gives them
// (UserPoolIdType, ClientIdType), and of host names (RFC 1123 section 2.1).
const (
	formRegion = `^[a-z]{2,12}(-[a-z0-9]+)+$`
	formPool   = `^[\w-]+_[0-9a-zA-Z]+$`
	formClient = `^[\w+]+$`
	formHost   = `^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`

	maxRegion = 32
	maxPool   = 55
	maxClient = 128
	maxSecret = 128
	maxHost   = 253
	maxIssuer = 512
	maxURL    = 4096
)

// Bounds of a session's lifetimes.
const (
	minLifetime = time.Minute
	maxLifetime = 10 * 365 * 24 * time.Hour // as long as a refresh token can live
)

// maxKeys is how many session keys may be in use at once.
const maxKeys = 16

// noListener is the value that turns a listener off.
const noListener = "none"

func parseListen(v string) (string, error) {
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		return "", fmt.Errorf("%s is not host:port; write 127.0.0.1:8000, or :443 for every interface", quote(v))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return "", fmt.Errorf("%s has no port from 0 to 65535; write 127.0.0.1:8000, or :443 for every interface", quote(v))
	}
	if strings.ContainsFunc(host, func(r rune) bool { return unicode.IsSpace(r) || r == '/' || r == '@' }) {
		return "", fmt.Errorf("%s has no host name or address before the port", quote(v))
	}
	return v, nil
}

func parseRedirect(v string) (string, error) {
	if v == noListener {
		return v, nil
	}
	return parseListen(v)
}

func parseRegion(v string) (string, error) {
	if !matches(formRegion, v, maxRegion) {
		return "", fmt.Errorf("%s is not a region; write one like eu-central-1", quote(v))
	}
	return v, nil
}

func parsePool(v string) (string, error) {
	if !matches(formPool, v, maxPool) {
		return "", fmt.Errorf("%s is not a user pool id; write one like eu-central-1_Ab3dEfGh1", quote(v))
	}
	return v, nil
}

func parseClient(v string) (string, error) {
	if !matches(formClient, v, maxClient) {
		return "", fmt.Errorf("%s is not an app client id; copy it from the pool's list of app clients", quote(v))
	}
	return v, nil
}

// maxAPIClients bounds a list of app clients.
const maxAPIClients = 100

func parseClients(v string) ([]string, error) {
	ids := list(v)
	if len(ids) > maxAPIClients {
		return nil, fmt.Errorf("%d app clients; name at most %d", len(ids), maxAPIClients)
	}
	for _, id := range ids {
		if _, err := parseClient(id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func parseClientSecret(v string) (Secret, error) {
	if !matches(formClient, v, maxSecret) {
		return Secret{}, errors.New("this is not an app client secret; copy it from the app client's page, without quotes")
	}
	return NewSecret(v), nil
}

func parseEndpoint(v string) (string, error) {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("this is not the URL of a pool; write one like http://127.0.0.1:9229, without user name or query")
	}
	switch {
	case u.Scheme == "https", u.Scheme == "http" && loopbackHost(u.Hostname()):
		return strings.TrimRight(v, "/"), nil
	case u.Scheme == "http":
		return "", errors.New("passwords would travel in the clear; use https, or http on this machine (127.0.0.1)")
	}
	return "", errors.New("this is neither an https nor an http URL")
}

func parseIssuer(v string) (string, error) {
	if len(v) > maxIssuer || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", errors.New("this is not an issuer; copy the iss claim of a token of this pool")
	}
	return v, nil
}

// parseDatabase checks the URL's outline; the driver reads the rest of it. Its
// host is in its usual place or, for a Unix socket, in the query.
func parseDatabase(v string) (Secret, error) {
	const advice = "write it like postgres://user:password@host:5432/name"
	u, err := url.Parse(v)
	switch {
	case len(v) > maxURL || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return Secret{}, errors.New("it is too long or has white space in it; " + advice)
	case err != nil:
		return Secret{}, errors.New("this is not a URL, perhaps for a character in the password that must be percent-encoded; " + advice)
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		return Secret{}, errors.New("this is not the URL of a PostgreSQL; " + advice)
	case u.Hostname() == "" && u.Query().Get("host") == "":
		return Secret{}, errors.New("there is no host in it; " + advice)
	case u.Fragment != "":
		return Secret{}, errors.New("it has a # in it, which must be percent-encoded in a password (%23); " + advice)
	}
	return NewSecret(v), nil
}

// parseKeys checks what the session's keyring will read. It keeps the text: a
// key that is not bytes yet cannot be mistaken for something to print.
func parseKeys(v string) (Secret, error) {
	const advice = "make one with: openssl rand -hex 32"
	keys := strings.Split(v, ",")
	for i, k := range keys {
		keys[i] = strings.ToLower(strings.TrimSpace(k))
		raw, err := hex.DecodeString(keys[i])
		if err != nil || len(raw) != 32 {
			return Secret{}, fmt.Errorf("key %d is not 64 hexadecimal digits; %s", i+1, advice)
		}
		if !slices.ContainsFunc(raw, func(b byte) bool { return b != 0 }) {
			return Secret{}, fmt.Errorf("key %d is all zeros; %s", i+1, advice)
		}
		if slices.Contains(keys[:i], keys[i]) {
			return Secret{}, fmt.Errorf("key %d is there twice; remove it", i+1)
		}
	}
	if len(keys) > maxKeys {
		return Secret{}, fmt.Errorf("%d keys are more than %d; remove the oldest", len(keys), maxKeys)
	}
	return NewSecret(strings.Join(keys, ",")), nil
}

func parseLifetime(v string) (time.Duration, error) {
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0, fmt.Errorf("%s is not a duration; write it in hours and minutes, like 168h or 90m", quote(v))
	}
	if d < minLifetime || d > maxLifetime {
		return 0, fmt.Errorf("%s is not between one minute and ten years", quote(v))
	}
	return d, nil
}

// parseOrigin returns scheme and host in lower case, without the port that the
// scheme has by itself.
func parseOrigin(v string) (string, error) {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" ||
		u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("this is not an origin; write https:// and the host name alone, like https://feed.example.org")
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
		if ip.Is6() {
			host = "[" + host + "]"
		}
	} else if host != "localhost" && !matches(formHost, host, maxHost) {
		return "", fmt.Errorf("%s is not a host name; write one like feed.example.org", quote(host))
	}
	switch port := u.Port(); {
	case port == "", u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
		return u.Scheme + "://" + host, nil
	default:
		return u.Scheme + "://" + host + ":" + port, nil
	}
}

func parseHosts(v string) ([]string, error) {
	var hosts []string
	for _, h := range list(v) {
		h = strings.ToLower(h)
		if !matches(formHost, h, maxHost) {
			return nil, fmt.Errorf("%s is not a host name that a certificate can be had for; write names like feed.example.org, comma separated", quote(h))
		}
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 {
		return nil, errors.New("there is no host name; write one like feed.example.org, or unset it")
	}
	return hosts, nil
}

func parseEmail(v string) (string, error) {
	name, domain, _ := strings.Cut(v, "@")
	if name == "" || len(v) > 254 || !matches(formHost, strings.ToLower(domain), maxHost) || strings.ContainsFunc(name, unicode.IsSpace) {
		return "", fmt.Errorf("%s is not a mail address; write one like admin@example.org", quote(v))
	}
	return v, nil
}

func parseProxies(v string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, s := range list(v) {
		p, err := parsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%s is not an address or a block; write ones like 10.0.0.7 or 10.0.0.0/24, comma separated", quote(s))
		}
		if p.Bits() == 0 {
			return nil, fmt.Errorf("%s is everybody, so anyone could claim any address; name the proxies", quote(s))
		}
		proxies = append(proxies, p)
	}
	if len(proxies) == 0 {
		return nil, errors.New("there is no address; write ones like 10.0.0.7 or 10.0.0.0/24, or unset it")
	}
	return proxies, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

func parseLevel(v string) (slog.Level, error) {
	switch strings.ToLower(v) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("%s is not a level; write debug, info, warn or error", quote(v))
}

// list splits at commas and drops what is empty.
func list(v string) []string {
	var items []string
	for s := range strings.SplitSeq(v, ",") {
		if s = strings.TrimSpace(s); s != "" {
			items = append(items, s)
		}
	}
	return items
}

func matches(form, v string, maxBytes int) bool {
	return len(v) <= maxBytes && regexp.MustCompile(form).MatchString(v)
}

// quote shows a value on one line, shortened.
func quote(v string) string {
	const maxBytes = 60
	if len(v) > maxBytes {
		return strconv.Quote(v[:maxBytes]) + "…"
	}
	return strconv.Quote(v)
}
