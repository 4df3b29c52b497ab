package token

import "strings"

// JWKSURL returns where the keys of an issuer stand, by OpenID Connect's
// convention as user pools follow it.
func JWKSURL(issuer string) string {
	return strings.TrimSuffix(issuer, "/") + "/.well-known/jwks.json"
}
