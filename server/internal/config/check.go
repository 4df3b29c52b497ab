package config

import (
	"net/url"
	"slices"
	"strings"
)

// check holds the rules between variables, and fills in the default that
// depends on them.
func (c *Config) check() error {
	for _, rule := range []func() error{c.checkPool, c.checkDatabase, c.checkLifetimes, c.checkTLS, c.checkPublicURL, c.checkExposure, c.checkRedirect} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

// checkPool wants all of a pool or nothing of it. A region alone is nothing: it
// is often set for other programs.
func (c *Config) checkPool() error {
	given := ""
	switch {
	case c.UserPoolID != "":
		given = namePool
	case c.ClientID != "":
		given = nameClient
	case !c.ClientSecret.IsZero():
		given = nameSecret
	case c.Endpoint != "":
		given = nameEndpoint
	}
	if given == "" {
		if c.Issuer != "" {
			return wrong(nameIssuer, "it is for a pool behind %s, which is not set; unset it", nameEndpoint)
		}
		return nil
	}
	return c.checkCloud(given)
}

// checkCloud says what is missing beside the variable given.
func (c *Config) checkCloud(given string) error {
	const advice = "it is missing, but %s is set; set both, or unset all of the pool for local mode"
	switch {
	case c.Region == "":
		return wrong(nameRegion, advice, given)
	case c.UserPoolID == "":
		return wrong(namePool, advice, given)
	case c.ClientID == "":
		return wrong(nameClient, advice, given)
	case c.Issuer != "" && c.Endpoint == "":
		return wrong(nameIssuer, "it is for a pool behind %s, which is not set; unset it", nameEndpoint)
	}
	prefix, _, _ := strings.Cut(c.UserPoolID, "_")
	if c.Endpoint == "" && prefix != c.Region { // an emulator may name its pools as it likes
		return wrong(nameRegion, "%s is not the region of the user pool %s; set %s", quote(c.Region), quote(c.UserPoolID), quote(prefix))
	}
	return nil
}

// checkDatabase wants one session key for all servers on the database: each
// would generate its own, and none could read the others' sessions.
func (c *Config) checkDatabase() error {
	if !c.DatabaseURL.IsZero() && !c.Local() && c.SessionKey.IsZero() {
		return wrong(nameSessionKey, "it is needed because servers share the sessions in %s; make one with: openssl rand -hex 32", nameDatabase)
	}
	return nil
}

func (c *Config) checkLifetimes() error {
	if c.SessionIdle > c.SessionAbsolute {
		return wrong(nameIdle, "%s is longer than %s, %s; make it shorter", c.SessionIdle, nameAbsolute, c.SessionAbsolute)
	}
	return nil
}

func (c *Config) checkTLS() error {
	switch {
	case c.TLSCertFile != "" && c.TLSKeyFile == "":
		return wrong(nameKey, "it is missing, but %s is set; set both", nameCert)
	case c.TLSKeyFile != "" && c.TLSCertFile == "":
		return wrong(nameCert, "it is missing, but %s is set; set both", nameKey)
	case c.TLSCertFile != "" && len(c.ACMEHosts) > 0:
		return wrong(nameACMEHosts, "%s is set too; certificates come from one of them, unset the other", nameCert)
	case c.ACMEEmail != "" && len(c.ACMEHosts) == 0:
		return wrong(nameACMEEmail, "it does nothing without %s; set that too, or unset this", nameACMEHosts)
	}
	return nil
}

func (c *Config) checkPublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return wrong(namePublicURL, "this is not an origin")
	}
	host, onLoopback := u.Hostname(), loopbackHost(u.Hostname())
	switch {
	case c.Local() && !onLoopback:
		return wrong(namePublicURL, "local mode shows everybody's codes and is for this machine only; configure a user pool (%s) or unset this", namePool)
	case u.Scheme == "http" && c.TLS():
		return wrong(namePublicURL, "the server speaks TLS; write https://")
	case u.Scheme == "http" && !onLoopback:
		return wrong(namePublicURL, "passwords and sessions would travel in the clear; write https://")
	case len(c.ACMEHosts) > 0 && !slices.Contains(c.ACMEHosts, host):
		return wrong(nameACMEHosts, "%s, the host of %s, is not among them; add it", quote(host), namePublicURL)
	}
	return nil
}

// checkExposure holds what a listener needs that others can reach.
func (c *Config) checkExposure() error {
	switch {
	case c.Loopback():
		return nil
	case c.Local():
		return wrong(nameListen, "local mode shows everybody's codes and only serves this machine; listen on 127.0.0.1, or configure a user pool (%s)", namePool)
	case !c.TLS() && len(c.TrustedProxies) == 0:
		return wrong(nameListen, "%s can be reached from outside and has no TLS; set %s and %s, or %s, or name the proxy that has it in %s",
			quote(c.Listen), nameCert, nameKey, nameACMEHosts, nameProxies)
	case c.PublicURL == "":
		return wrong(namePublicURL, "it is needed because %s can be reached from outside; set the address that people use, like https://feed.example.org", quote(c.Listen))
	case c.SessionKey.IsZero():
		return wrong(nameSessionKey, "it is needed because %s can be reached from outside; make one with: openssl rand -hex 32", quote(c.Listen))
	}
	return nil
}

func (c *Config) checkRedirect() error {
	switch {
	case c.RedirectListen == noListener:
		c.RedirectListen = ""
	case c.RedirectListen == "" && c.TLS() && !c.Loopback():
		c.RedirectListen = ":80"
	case c.RedirectListen != "" && !c.TLS():
		return wrong(nameRedirect, "the server has no TLS to redirect to; unset it, or set %s or %s", nameCert, nameACMEHosts)
	}
	if c.RedirectListen != "" && c.RedirectListen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
		return wrong(nameRedirect, "%s is where %s serves; choose another port, or %s", quote(c.Listen), nameListen, noListener)
	}
	return nil
}
