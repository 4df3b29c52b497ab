package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
	"porchlight/shared/claims"
)

// TestClaimAttacks refuses genuine signatures over claims that do not suit.
// noon is 1782907200.
func TestClaimAttacks(t *testing.T) {
	v := verifier(t, nil)
	good := accessClaims()
	for _, tc := range []struct {
		name, payload string
		want          error
	}{
		{"good", good.String(), nil},
		{"updated issuer", good.with("iss", `"`+tokentest.UpdatedURL+`"`).String(), nil},
		{"second client of the list", good.with("client_id", `"another-client"`).String(), nil},
		{"claims that nobody knows, nested", good.with("custom:x", `{"a":[1,-2.5e-3,null,true,false,{"b":"\u00e9\ud83c\udfe0"}]}`).String(), nil},
		{"no origin_jti, auth_time, username, scope", good.with("origin_jti", "").with("auth_time", "").with("username", "").with("scope", "").String(), nil},
		{"white space around", " \t\r\n" + good.String() + "\n", nil},

		{"not JSON", "sub=ada", token.ErrClaims},
		{"empty object", "{}", token.ErrClaims},
		{"an array", `[` + good.String() + `]`, token.ErrClaims},
		{"null", "null", token.ErrClaims},
		{"two objects", good.String() + good.String(), token.ErrClaims},
		{"trailing comma", strings.Replace(good.String(), "}", ",}", 1), token.ErrClaims},
		{"cut off", good.String()[:50], token.ErrClaims},
		{"not UTF-8", good.with("username", "\"\xc3\x28\"").String(), token.ErrClaims},
		{"NUL in sub", strings.Replace(good.String(), `"sub":"ada"`, `"sub":"ada\u0000"`, 1), token.ErrClaims},
		{"half a surrogate pair", good.with("username", `"\ud83c"`).String(), token.ErrClaims},
		{"exp twice, the later one good", strings.Replace(good.String(), "{", `{"exp":1,`, 1), token.ErrClaims},
		{"sub twice, the first one good", strings.Replace(good.String(), "}", `,"sub":"eve"}`, 1), token.ErrClaims},
		{"sub twice, once escaped", strings.Replace(good.String(), "}", `,"s\u0075b":"eve"}`, 1), token.ErrClaims},
		{"unknown claim twice", strings.Replace(good.String(), "{", `{"x":1,"x":2,`, 1), token.ErrClaims},
		{"member of a nested claim twice", good.with("x", `{"y":1,"y":2}`).String(), token.ErrClaims},
		{"300 claims", strings.Replace(good.String(), "{", "{"+many(300), 1), token.ErrClaims},

		{"expired an hour ago", good.with("exp", "1782903600").with("iat", "1782902700").String(), token.ErrExpired},
		{"expired a second ago", good.with("exp", "1782907199").String(), token.ErrExpired},
		{"exp is now", good.with("exp", "1782907200").String(), token.ErrExpired},
		{"exp in a second", good.with("exp", "1782907201").String(), nil},
		{"no exp", good.with("exp", "").String(), token.ErrClaims},
		{"exp null", good.with("exp", "null").String(), token.ErrClaims},
		{"exp a string", good.with("exp", `"1782908000"`).String(), token.ErrClaims},
		{"exp with a fraction", good.with("exp", "1782908000.0").String(), token.ErrClaims},
		{"exp with an exponent", good.with("exp", "1.782908e9").String(), token.ErrClaims},
		{"exp negative", good.with("exp", "-1782908000").String(), token.ErrClaims},
		{"exp minus nothing", good.with("exp", "-0").String(), token.ErrClaims},
		{"exp zero", good.with("exp", "0").String(), token.ErrExpired},
		{"exp with a leading zero", strings.Replace(good.String(), `"exp":`, `"exp":0`, 1), token.ErrClaims},
		{"exp beyond int64", good.with("exp", "9223372036854775808").String(), token.ErrClaims},
		{"exp the largest int64", good.with("exp", "9223372036854775807").String(), token.ErrClaims},
		{"exp in milliseconds", good.with("exp", "1782908000000").String(), token.ErrClaims},
		{"exp true", good.with("exp", "true").String(), token.ErrClaims},
		{"exp in the year 9999", good.with("exp", "253402300799").String(), token.ErrLife},
		{"life of 24 hours", good.with("exp", "1782993500").String(), nil},
		{"life of a second more", good.with("exp", "1782993501").String(), token.ErrLife},

		{"no iat", good.with("iat", "").String(), token.ErrClaims},
		{"iat a string", good.with("iat", `"1782907100"`).String(), token.ErrClaims},
		{"iat a minute ahead", good.with("iat", "1782907260").String(), nil},
		{"iat a second more ahead", good.with("iat", "1782907261").String(), token.ErrNotYet},
		{"iat after exp", good.with("iat", "1782907260").with("exp", "1782907259").String(), token.ErrLife},
		{"nbf now", good.with("nbf", "1782907200").String(), nil},
		{"nbf in a second", good.with("nbf", "1782907201").String(), token.ErrNotYet},
		{"nbf a string", good.with("nbf", `"0"`).String(), token.ErrClaims},
		{"auth_time a string", good.with("auth_time", `"1782907100"`).String(), token.ErrClaims},
		{"auth_time negative", good.with("auth_time", "-1").String(), token.ErrClaims},

		{"another issuer", good.with("iss", `"https://evil.example"`).String(), token.ErrIssuer},
		{"another pool of the region", good.with("iss", `"`+strings.Replace(tokentest.URL, "Example01", "Example02", 1)+`"`).String(), token.ErrIssuer},
		{"the same pool of another region", good.with("iss", `"`+strings.Replace(tokentest.URL, "idp."+tokentest.Region, "idp.eu-west-1", 1)+`"`).String(), token.ErrIssuer},
		{"issuer with a slash behind", good.with("iss", `"`+tokentest.URL+`/"`).String(), token.ErrIssuer},
		{"issuer that only begins right", good.with("iss", `"`+tokentest.URL+`.evil.example"`).String(), token.ErrIssuer},
		{"issuer in upper case", good.with("iss", `"`+strings.ToUpper(tokentest.URL)+`"`).String(), token.ErrIssuer},
		{"no issuer", good.with("iss", "").String(), token.ErrIssuer},
		{"issuer a list", good.with("iss", `["`+tokentest.URL+`"]`).String(), token.ErrClaims},

		{"ID token as a bearer", idClaims().String(), token.ErrUse},
		{"ID token with client_id", idClaims().with("client_id", `"another-client"`).String(), token.ErrUse},
		{"no token_use", good.with("token_use", "").String(), token.ErrUse},
		{"token_use in upper case", good.with("token_use", `"ACCESS"`).String(), token.ErrUse},
		{"token_use a list", good.with("token_use", `["access"]`).String(), token.ErrClaims},

		{"another client", good.with("client_id", `"stranger"`).String(), token.ErrClient},
		{"no client", good.with("client_id", "").String(), token.ErrClient},
		{"client in aud instead", good.with("client_id", "").with("aud", `"another-client"`).String(), token.ErrClient},
		{"client a list", good.with("client_id", `["another-client"]`).String(), token.ErrClaims},

		{"no sub", good.with("sub", "").String(), token.ErrSubject},
		{"sub empty", good.with("sub", `""`).String(), token.ErrSubject},
		{"sub with a line end", good.with("sub", `"ada\nadmin"`).String(), token.ErrSubject},
		{"sub a number", good.with("sub", "7").String(), token.ErrClaims},

		{"groups a string", good.with("cognito:groups", `"moderators"`).String(), token.ErrClaims},
		{"groups null", good.with("cognito:groups", "null").String(), token.ErrClaims},
		{"groups with a number", good.with("cognito:groups", `["a",1]`).String(), token.ErrClaims},
		{"groups an object", good.with("cognito:groups", `{"moderators":true}`).String(), token.ErrClaims},
		{"no groups", good.with("cognito:groups", "[]").String(), nil},
		{"scope a list", good.with("scope", `["openid"]`).String(), token.ErrClaims},
		{"version a string", good.with("version", `"2"`).String(), token.ErrClaims},
		{"jti a number", good.with("jti", "1").String(), token.ErrClaims},
		{"origin_jti null", good.with("origin_jti", "null").String(), token.ErrClaims},
	} {
		t.Run(tc.name, func(t *testing.T) { check(t, v, sign(goodHeader, tc.payload), tc.want) })
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"` + strings.Repeat("x", i/20+1) + string(rune('a'+i%20)) + `":0,`)
	}
	return b.String()
}

func TestLeeway(t *testing.T) {
	v := verifier(t, func(c *token.Config) { c.Leeway = 30 * time.Second })
	for _, tc := range []struct {
		name, claim, value string
		want               error
	}{
		{"just enough for exp", "exp", "1782907171", nil},
		{"just too little for exp", "exp", "1782907170", token.ErrExpired},
		{"just enough for nbf", "nbf", "1782907230", nil},
		{"just too little for nbf", "nbf", "1782907231", token.ErrNotYet},
		{"iat is not widened", "iat", "1782907261", token.ErrNotYet},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check(t, v, sign(goodHeader, accessClaims().with(tc.claim, tc.value).String()), tc.want)
		})
	}
}

func TestScopesAndGroups(t *testing.T) {
	v := verifier(t, func(c *token.Config) { c.Scopes, c.Groups = []string{"feed", "admin"}, []string{"crew", "moderators"} })
	good := accessClaims().with("scope", `"openid feed"`).with("cognito:groups", `["x","moderators"]`)
	for _, tc := range []struct {
		name string
		c    members
		want error
	}{
		{"one scope and one group overlap", good, nil},
		{"no scope", good.with("scope", ""), token.ErrScope},
		{"scope empty", good.with("scope", `""`), token.ErrScope},
		{"other scopes", good.with("scope", `"openid email"`), token.ErrScope},
		{"scope that only begins right", good.with("scope", `"feed.read"`), token.ErrScope},
		{"no groups", good.with("cognito:groups", ""), token.ErrGroup},
		{"other groups", good.with("cognito:groups", `["crew2"]`), token.ErrGroup},
		{"group in another case", good.with("cognito:groups", `["Moderators"]`), token.ErrGroup},
		{"expired comes first", good.with("scope", "").with("exp", "1"), token.ErrExpired},
	} {
		t.Run(tc.name, func(t *testing.T) { check(t, v, sign(goodHeader, tc.c.String()), tc.want) })
	}
}

func TestCheckHook(t *testing.T) {
	errTenant := errors.New("wrong tenant")
	refuse := false
	v := verifier(t, func(c *token.Config) {
		c.Check = func(a claims.Access) error {
			if a.Subject != "ada" {
				t.Errorf("Check was given sub %q", a.Subject)
			}
			if refuse {
				return errTenant
			}
			return nil
		}
	})
	raw := sign(goodHeader, accessClaims().String())
	check(t, v, raw, nil)
	refuse = true // also counts for a token that is in the cache
	check(t, v, raw, token.ErrInvalid)
	check(t, v, raw, errTenant)
}
