package cognito

import "strings"

// Issuers returns what the iss claim of the pool's tokens may be, as whole
// strings: AWS's two forms ("Understanding user pool JSON web tokens": the
// original one and that of pools with an updated issuer), and behind an
// Endpoint also the endpoint's own.
func (c Config) Issuers() []string {
	issuers := []string{c.awsURL("cognito-idp"), c.awsURL("issuer-cognito-idp")}
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
		return c.awsURL("cognito-idp")
	}
	return strings.TrimRight(c.Endpoint, "/") + "/" + c.UserPoolID
}

// awsURL returns the pool's URL at a service of AWS. Regions in China have a
// domain of their own.
func (c Config) awsURL(service string) string {
	domain := ".amazonaws.com"
	if strings.HasPrefix(c.Region, "cn-") {
		domain = ".amazonaws.com.cn"
	}
	return "https://" + service + "." + c.Region + domain + "/" + c.UserPoolID
}
