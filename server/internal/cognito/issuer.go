package cognito

import "strings"

// Issuers returns what the iss claim of the pool's tokens may be, as whole
// strings: AWS's two forms ("Understanding user pool JSON web tokens": the
// original one and that of pools with an updated issuer), and behind an
// Endpoint also the endpoint's own.
func (c Config) Issuers() []string {
	issuers := []string{
		"https://cognito-idp." + c.Region + ".amazonaws.com/" + c.UserPoolID,
		"https://issuer-cognito-idp." + c.Region + ".amazonaws.com/" + c.UserPoolID,
	}
	if c.Endpoint != "" {
		issuers = append(issuers, c.poolURL())
	}
	return issuers
}

// KeysURL returns where the pool publishes the keys of its tokens.
func (c Config) KeysURL() string { return c.poolURL() + "/.well-known/jwks.json" }

// poolURL returns the pool's own URL at its endpoint.
func (c Config) poolURL() string {
	if c.Endpoint == "" {
		return "https://cognito-idp." + c.Region + ".amazonaws.com/" + c.UserPoolID
	}
	return strings.TrimRight(c.Endpoint, "/") + "/" + c.UserPoolID
}
