package localpool

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"porchlight/server/internal/sqlitedb"
)

// TestAccessTokenRefused names an attack in each row.
func TestAccessTokenRefused(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	r := k.signIn(testEmail)
	keys := k.pool.keys[k.pool.ID()]
	good := accessClaims(t, r)
	forge := func(key signingKey, change func(c map[string]any)) string {
		c := map[string]any{}
		data, _ := json.Marshal(good)
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
		change(c)
		token, err := key.sign(c)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	same := func(map[string]any) {}
	parts := strings.Split(*r.AccessToken, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	withHeader := func(header string) string { return b64([]byte(header)) + "." + parts[1] + "." + parts[2] }
	const bad = "Invalid Access Token"
	for _, tt := range []struct{ name, token, want string }{
		{"ID token", *r.IdToken, bad},
		{"refresh token", *r.RefreshToken, bad},
		{"access claims under the ID key", forge(keys.id, same), bad},
		{"ID token's use", forge(keys.access, func(c map[string]any) { c["token_use"] = "id" }), bad},
		{"other issuer", forge(keys.access, func(c map[string]any) { c["iss"] = issuer("us-east-1_other") }), bad},
		{"alg none", withHeader(`{"alg":"none","kid":"` + keys.access.kid + `"}`), bad},
		{"alg HS256 with the public key", hmacForgery(t, keys.access, good), bad},
		{"no kid", withHeader(`{"alg":"RS256"}`), bad},
		{"crit", withHeader(`{"alg":"RS256","kid":"` + keys.access.kid + `","crit":["x"]}`), bad},
		{"header is no object", withHeader(`[]`), bad},
		{"tampered claims", parts[0] + "." + b64([]byte(`{"sub":"x"}`)) + "." + parts[2], bad},
		{"tampered signature", parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])), bad},
		{"two parts", parts[0] + "." + parts[1], bad},
		{"four parts", *r.AccessToken + ".x", bad},
		{"padding", *r.AccessToken + "==", bad},
		{"9 kB", parts[0] + "." + strings.Repeat("A", 9<<10) + "." + parts[2], bad},
		{"expired", forge(keys.access, func(c map[string]any) { c["exp"] = start.Unix() }), "Access Token has expired"},
		{"no exp", forge(keys.access, func(c map[string]any) { delete(c, "exp") }), "Access Token has expired"},
		{"exp as text", forge(keys.access, func(c map[string]any) { c["exp"] = "9999999999" }), bad},
		{"other scope", forge(keys.access, func(c map[string]any) { c["scope"] = "openid" }),
			"Access Token does not have required scopes"},
		{"unknown sign-in", forge(keys.access, func(c map[string]any) { c["origin_jti"] = "x" }), "Access Token has been revoked"},
		{"other user's sign-in", forge(keys.access, func(c map[string]any) { c["sub"] = "x" }), "Access Token has been revoked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := k.getUser(&tt.token)
			refused[*types.NotAuthorizedException](t, err, tt.want)
			_, err = k.sdk.GlobalSignOut(t.Context(), &cip.GlobalSignOutInput{AccessToken: &tt.token})
			refused[*types.NotAuthorizedException](t, err, tt.want)
		})
	}
	if _, err := k.getUser(new(forge(keys.access, same))); err != nil {
		t.Errorf("GetUser with an unchanged token = %v", err)
	}
}

// hmacForgery signs with HS256 over the public key, which everyone has.
func hmacForgery(t *testing.T, key signingKey, content any) string {
	t.Helper()
	payload, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	header := jws.NewHeaders()
	if err := header.Set(jws.KeyIDKey, key.kid); err != nil {
		t.Fatal(err)
	}
	token, err := jws.Sign(payload, jws.WithKey(jwa.HS256, key.private.N.Bytes(), jws.WithProtectedHeaders(header)))
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

func TestAccessTokenExpires(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	r := k.signIn(testEmail)
	k.clock.advance(15*time.Minute - 8*time.Second)
	if _, err := k.getUser(r.AccessToken); err != nil {
		t.Errorf("GetUser = %v", err)
	}
	k.clock.advance(8 * time.Second)
	_, err := k.getUser(r.AccessToken)
	refused[*types.NotAuthorizedException](t, err, "Access Token has expired")
}

func TestDeletedUser(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	r := k.signIn(testEmail)
	err := k.pool.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("DELETE FROM user")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.getUser(r.AccessToken)
	refused[*types.NotAuthorizedException](t, err, "Access Token has been revoked")
	_, err = k.refresh(r.RefreshToken)
	refused[*types.NotAuthorizedException](t, err, unknown)
}

func TestChangePassword(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	r := k.signIn(testEmail)
	const next = "Another horse 8"
	err := k.change(r.AccessToken, testPassword, "short1!")
	refused[*types.InvalidPasswordException](t, err, "Password did not conform with policy: Password not long enough")
	err = k.change(r.AccessToken, "", next)
	refused[*types.InvalidParameterException](t, err,
		"1 validation error detected: Value at 'previousPassword' failed to satisfy constraint: Member must not be null")
	err = k.change(r.AccessToken, "Wrong horse 1", next)
	refused[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
	for range 4 {
		if err := k.change(r.AccessToken, testPassword, testPassword); err != nil {
			t.Fatalf("ChangePassword = %v", err)
		}
	}
	err = k.change(r.AccessToken, testPassword, next)
	refused[*types.LimitExceededException](t, err, exceeded)
	if _, err := k.getUser(r.AccessToken); err != nil {
		t.Errorf("GetUser after a change = %v", err)
	}
}

// TestChangePasswordLoses: a recovery that comes between proof and change wins.
func TestChangePasswordLoses(t *testing.T) {
	k := newKit(t)
	sub := k.member(testEmail)
	stale := user{pool: k.pool.ID(), sub: sub, password: "the hash of before"}
	if err := k.pool.replacePassword(t.Context(), stale, "new"); err == nil || err.Error() != errPassword().Error() {
		t.Errorf("replacePassword = %v, want %v", err, errPassword())
	}
	k.signIn(testEmail)
}

func TestGlobalSignOutSparesOthers(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	k.member("bob@example.com")
	ann, bob := k.signIn(testEmail), k.signIn("bob@example.com")
	if _, err := k.sdk.GlobalSignOut(t.Context(), &cip.GlobalSignOutInput{AccessToken: ann.AccessToken}); err != nil {
		t.Fatal(err)
	}
	if got, err := k.getUser(bob.AccessToken); err != nil || got["email"] != "bob@example.com" {
		t.Errorf("GetUser of another user = %v, %v", got, err)
	}
	if got := aws.ToString(k.signIn(testEmail).AccessToken); got == "" {
		t.Error("InitiateAuth after GlobalSignOut gave no token")
	}
}
