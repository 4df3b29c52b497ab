package localpool

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"porchlight/shared/claims"
)

// part decodes the i-th part of a JWT.
func part(t *testing.T, token string, i int, v any) {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		t.Fatalf("part %d of a token: %v\n%s", i, err, data)
	}
}

func accessClaims(t *testing.T, r *types.AuthenticationResultType) (c claims.Access) {
	t.Helper()
	part(t, aws.ToString(r.AccessToken), 1, &c)
	return c
}

// get reads a document of the pool.
func get(t *testing.T, h http.Handler, path string, v any) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
		t.Fatalf("GET %s = %v: %s", path, err, w.Body)
	}
	return w
}

// verify checks a token with crypto/rsa and the JWKS, and returns its kid.
func verify(t *testing.T, p *Pool, token string) string {
	t.Helper()
	var header map[string]string
	part(t, token, 0, &header)
	if got := slices.Sorted(maps.Keys(header)); !slices.Equal(got, []string{"alg", "kid"}) || header["alg"] != "RS256" {
		t.Errorf("header = %v, want alg RS256 and kid", header)
	}
	var set struct{ Keys []jwk }
	get(t, p, "/"+p.ID()+pathJWKS, &set)
	for _, k := range set.Keys {
		if k.ID != header["kid"] {
			continue
		}
		n, err := base64.RawURLEncoding.DecodeString(k.Modulus)
		if err != nil {
			t.Fatal(err)
		}
		signed, signature := token[:strings.LastIndex(token, ".")], token[strings.LastIndex(token, ".")+1:]
		sum := sha256.Sum256([]byte(signed))
		raw, err := base64.RawURLEncoding.DecodeString(signature)
		if err != nil {
			t.Fatal(err)
		}
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
		if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw); err != nil {
			t.Errorf("signature: %v", err)
		}
		return k.ID
	}
	t.Fatalf("kid %q is not in the JWKS", header["kid"])
	return ""
}

func TestTokens(t *testing.T) {
	k := newKit(t)
	sub := k.member(testEmail, sdkAttribute("name", "Ann"), sdkAttribute("preferred_username", "ann_"),
		sdkAttribute("custom:n", "7"), sdkAttribute("address", "Street 1"))
	r := k.signIn(testEmail)
	if r.ExpiresIn != 900 || aws.ToString(r.TokenType) != "Bearer" {
		t.Errorf("ExpiresIn, TokenType = %d, %q, want 900, Bearer", r.ExpiresIn, aws.ToString(r.TokenType))
	}
	if verify(t, k.pool, *r.AccessToken) == verify(t, k.pool, *r.IdToken) {
		t.Error("access and ID token have the same key")
	}
	now := start.Unix()
	access := accessClaims(t, r)
	wantAccess := claims.Access{
		Subject: sub, Issuer: k.pool.Issuer(), ClientID: k.client, Username: sub, TokenUse: "access",
		Scope: "aws.cognito.signin.user.admin", AuthTime: now, IssuedAt: now, Expires: now + 900,
		ID: access.ID, OriginID: access.OriginID, EventID: access.EventID,
	}
	if diff := cmp.Diff(wantAccess, access); diff != "" {
		t.Errorf("access token (-want +got)\n%s", diff)
	}
	var id map[string]any
	part(t, *r.IdToken, 1, &id)
	wantID := map[string]any{
		"sub": sub, "iss": k.pool.Issuer(), "aud": k.client, "cognito:username": sub, "token_use": "id",
		"auth_time": float64(now), "iat": float64(now), "exp": float64(now + 900),
		"jti": id["jti"], "origin_jti": access.OriginID, "event_id": access.EventID,
		"email": testEmail, "email_verified": true, "name": "Ann", "preferred_username": "ann_",
		"custom:n": "7", "address": map[string]any{"formatted": "Street 1"},
	}
	if diff := cmp.Diff(wantID, id); diff != "" {
		t.Errorf("ID token (-want +got)\n%s", diff)
	}
	ids := []string{access.ID, access.OriginID, access.EventID, id["jti"].(string)}
	if slices.Sort(ids); len(slices.Compact(ids)) != 4 || slices.Contains(ids, "") {
		t.Errorf("ids of the tokens are not four: %v", ids)
	}
}

func TestGroups(t *testing.T) {
	k := newKit(t)
	sub := k.member(testEmail)
	r := k.signIn(testEmail)
	for _, add := range []struct{ username, group string }{
		{testEmail, "moderators"}, {sub, "editors"}, {sub, "moderators"},
	} {
		if err := k.pool.AddUserToGroup(t.Context(), add.username, add.group); err != nil {
			t.Fatalf("AddUserToGroup(%s) = %v", add.group, err)
		}
	}
	r, err := k.refresh(r.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"editors", "moderators"}
	var id claims.ID
	part(t, *r.IdToken, 1, &id)
	if got := accessClaims(t, r).Groups; !slices.Equal(got, want) || !slices.Equal(id.Groups, want) {
		t.Errorf("groups = %v and %v, want %v", got, id.Groups, want)
	}
	err = k.pool.AddUserToGroup(t.Context(), "eve@example.com", "moderators")
	if err == nil || err.Error() != "UserNotFoundException: User does not exist." {
		t.Errorf("AddUserToGroup of nobody = %v", err)
	}
	if err := k.pool.AddUserToGroup(t.Context(), testEmail, "two words"); err == nil {
		t.Error("AddUserToGroup accepted a name with a space")
	}
}

// TestClientLives: a client's validities are those of its tokens.
func TestClientLives(t *testing.T) {
	k := newKit(t).withClient(ClientConfig{AccessLife: 5 * time.Minute, IDLife: 24 * time.Hour})
	k.member(testEmail)
	r := k.signIn(testEmail)
	var id claims.ID
	part(t, *r.IdToken, 1, &id)
	now := start.Unix()
	if got := accessClaims(t, r).Expires - now; got != 300 || r.ExpiresIn != 300 || id.Expires-now != 86400 {
		t.Errorf("lives = %d (ExpiresIn %d) and %d, want 300 and 86400", got, r.ExpiresIn, id.Expires-now)
	}
}

func TestDocuments(t *testing.T) {
	p := newKit(t).pool
	var discovery map[string]any
	w := get(t, p, "/"+p.ID()+pathDiscovery, &discovery)
	if got := w.Header().Get("Content-Type"); w.Code != 200 || got != "application/json" {
		t.Errorf("discovery = %d %s", w.Code, got)
	}
	if discovery["issuer"] != p.Issuer() || discovery["jwks_uri"] != p.Issuer()+"/.well-known/jwks.json" {
		t.Errorf("discovery = %v", discovery)
	}
	var set struct{ Keys []map[string]string }
	get(t, p, "/"+p.ID()+pathJWKS, &set)
	if len(set.Keys) != 2 {
		t.Fatalf("JWKS has %d keys, want 2", len(set.Keys))
	}
	for _, key := range set.Keys {
		if got := slices.Sorted(maps.Keys(key)); !slices.Equal(got, []string{"alg", "e", "kid", "kty", "n", "use"}) {
			t.Errorf("members of a key = %v", got)
		}
		if key["e"] != "AQAB" || key["kty"] != "RSA" || key["use"] != "sig" || key["alg"] != "RS256" {
			t.Errorf("key = %v", key)
		}
	}
	for _, path := range []string{"/", "/us-east-1_nobody" + pathJWKS, "/" + p.ID(), pathJWKS, "/" + p.ID() + "/" + pathJWKS} {
		var refusal map[string]string
		if w := get(t, p, path, &refusal); w.Code != 404 || refusal["__type"] != kindNotFound {
			t.Errorf("GET %s = %d %v, want 404", path, w.Code, refusal)
		}
	}
}
