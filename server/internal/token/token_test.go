package token_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
	"porchlight/shared/claims"
)

// noon is the verifiers' time in tests of claims.
var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// atNoon is an issuer whose clock stands at noon, made once: its keys cost a
// quarter of a second.
var atNoon = sync.OnceValue(func() *tokentest.Issuer {
	i := tokentest.NewIssuer()
	i.Now = func() time.Time { return noon }
	return i
})

func verifier(t testing.TB, change func(*token.Config)) *token.Verifier {
	t.Helper()
	c := atNoon().Config(t)
	c.ClientIDs = append(c.ClientIDs, "another-client")
	if change != nil {
		change(&c)
	}
	v, err := token.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// members are the raw members of a JSON object.
type members map[string]string

func accessClaims() members {
	return members{
		"sub": `"ada"`, "iss": `"` + atNoon().URL + `"`, "client_id": `"` + atNoon().ClientID + `"`,
		"token_use": `"access"`, "scope": `"aws.cognito.signin.user.admin openid"`, "username": `"ada"`,
		"jti": `"j1"`, "origin_jti": `"o1"`, "event_id": `"e1"`, "version": "2",
		"auth_time": "1782907100", "iat": "1782907100", "exp": "1782908000",
	}
}

func idClaims() members {
	m := accessClaims().with("token_use", `"id"`).with("aud", `"`+atNoon().ClientID+`"`)
	for _, name := range []string{"client_id", "scope", "username", "version"} {
		delete(m, name)
	}
	return m.with("cognito:username", `"ada"`).with("email", `"ada@example.com"`).with("email_verified", "true")
}

// with returns a copy that has the member set, or removed if value is "".
func (m members) with(name, value string) members {
	out := maps.Clone(m)
	if out[name] = value; value == "" {
		delete(out, name)
	}
	return out
}

func (m members) String() string {
	raw := make(map[string]json.RawMessage, len(m))
	for k, v := range m {
		raw[k] = json.RawMessage(v)
	}
	b, err := json.Marshal(raw)
	if err != nil {
		panic(err)
	}
	return string(b)
}

const goodHeader = `{"kid":"access-1","alg":"RS256"}`

func sign(header, payload string) string { return atNoon().AccessKey().Sign(header, payload) }

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// check verifies raw twice, so that the cache can't make a difference, and
// wants exactly the one sentinel.
func check(t *testing.T, v *token.Verifier, raw string, want error) {
	t.Helper()
	for range 2 {
		_, err := v.Access(t.Context(), raw)
		checkError(t, "Access", err, want)
	}
}

func checkError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", what, err, want)
	}
	if want != nil && (errors.Is(err, token.ErrInvalid) == errors.Is(err, token.ErrInsufficient)) {
		t.Errorf("%s = %v, want one of ErrInvalid and ErrInsufficient in it", what, err)
	}
	if err != nil && strings.ContainsAny(err.Error(), "{}.@") || err != nil && strings.Contains(err.Error(), "ada") {
		t.Errorf("%s: error %q shows part of the token", what, err)
	}
}

func TestAccess(t *testing.T) {
	v := verifier(t, nil)
	raw := sign(goodHeader, accessClaims().with("cognito:groups", `["a","moderators"]`).with("nbf", "1782907200").String())
	want := claims.Access{
		Subject: "ada", Issuer: atNoon().URL, ClientID: atNoon().ClientID, Username: "ada",
		TokenUse: "access", Scope: "aws.cognito.signin.user.admin openid", Groups: []string{"a", "moderators"},
		ID: "j1", OriginID: "o1", EventID: "e1", Version: 2,
		AuthTime: 1782907100, IssuedAt: 1782907100, Expires: 1782908000, NotBefore: 1782907200,
	}
	for _, which := range []string{"first", "repeat"} {
		got, err := v.Access(t.Context(), raw)
		if err != nil {
			t.Fatalf("%s: Access = %v", which, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: Access (-want +got):\n%s", which, d)
		}
	}
}

func TestID(t *testing.T) {
	i := atNoon()
	v := verifier(t, nil)
	raw := i.IDKey().Sign(`{"kid":"id-1","alg":"RS256"}`, idClaims().with("name", `"Ada"`).with("preferred_username", `"lace"`).String())
	got, err := v.ID(t.Context(), raw)
	if err != nil {
		t.Fatalf("ID = %v", err)
	}
	want := claims.ID{
		Subject: "ada", Issuer: i.URL, Audience: i.ClientID, Username: "ada", TokenUse: "id",
		Email: "ada@example.com", EmailVerified: true, Name: "Ada", PreferredUsername: "lace",
		TokenID: "j1", OriginID: "o1", EventID: "e1",
		AuthTime: 1782907100, IssuedAt: 1782907100, Expires: 1782908000,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("ID (-want +got):\n%s", d)
	}
	for _, tc := range []struct {
		name string
		c    members
		want error
	}{
		{"access token where an ID token belongs", accessClaims(), token.ErrUse},
		{"access token with aud", accessClaims().with("aud", `"`+i.ClientID+`"`), token.ErrUse},
		{"another client", idClaims().with("aud", `"stranger"`), token.ErrClient},
		{"no audience", idClaims().with("aud", ""), token.ErrClient},
		{"client_id instead of aud", idClaims().with("aud", "").with("client_id", `"`+i.ClientID+`"`), token.ErrClient},
		{"several audiences", idClaims().with("aud", `["`+i.ClientID+`","other"]`), token.ErrClaims},
		{"another issuer", idClaims().with("iss", `"https://evil.example"`), token.ErrIssuer},
		{"expired", idClaims().with("exp", "1782907200"), token.ErrExpired},
		{"email is a number", idClaims().with("email", "1"), token.ErrClaims},
		{"email_verified as the attribute's text", idClaims().with("email_verified", `"false"`), nil},
		{"email_verified is another text", idClaims().with("email_verified", `"yes"`), token.ErrClaims},
		{"email_verified is a number", idClaims().with("email_verified", "1"), token.ErrClaims},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := v.ID(t.Context(), sign(goodHeader, tc.c.String()))
			checkError(t, "ID", err, tc.want)
		})
	}
	_, err = v.ID(t.Context(), raw[:len(raw)-1])
	checkError(t, "ID(truncated)", err, token.ErrFormat)
}

func TestNew(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*token.Config)
	}{
		{"no issuer", func(c *token.Config) { c.Issuers = nil }},
		{"empty issuer would accept a token without iss", func(c *token.Config) { c.Issuers = []string{"x", ""} }},
		{"no client", func(c *token.Config) { c.ClientIDs = nil }},
		{"empty client would accept a token without client_id", func(c *token.Config) { c.ClientIDs = []string{""} }},
		{"no keys", func(c *token.Config) { c.Keys = nil }},
		{"negative leeway", func(c *token.Config) { c.Leeway = -1 }},
		{"much leeway", func(c *token.Config) { c.Leeway = time.Minute + 1 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := token.Config{Issuers: []string{"i"}, ClientIDs: []string{"c"}, Keys: new(token.KeyStore)}
			tc.change(&c)
			if v, err := token.New(c); err == nil {
				t.Errorf("New = %v, want an error", v)
			}
		})
	}
}

func TestJWKSURL(t *testing.T) {
	for _, issuer := range []string{"https://h/p", "https://h/p/"} {
		if got := token.JWKSURL(issuer); got != "https://h/p/.well-known/jwks.json" {
			t.Errorf("JWKSURL(%s) = %s", issuer, got)
		}
	}
}
