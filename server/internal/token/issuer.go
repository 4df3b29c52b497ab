package token

import "strings"

// CognitoIssuers returns the two values that iss can have in the tokens of a
// user pool: the original form, and that of pools whose issuer type is UPDATED
// (since June 2026). Regions in China have a domain of their own.
func CognitoIssuers(region, poolID string) []string {
	domain := ".amazonaws.com/"
	if strings.HasPrefix(region, "cn-") {
		domain = ".amazonaws.com.cn/"
	}
	return []string{
		"https://cognito-idp." + region + domain + poolID,
		"https://issuer-cognito-idp." + region + domain + poolID,
	}
}

// JWKSURL returns where the keys of an issuer stand, by OpenID Connect's
// convention as user pools follow it.
func JWKSURL(issuer string) string {
	return strings.TrimSuffix(issuer, "/") + "/.well-known/jwks.json"
}
