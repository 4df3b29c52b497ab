package token_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
)

// FuzzAccess: no input makes the verifier panic, and none is accepted whose
// signature crypto/rsa refuses for every configured key, or whose claims
// encoding/json reads otherwise.
func FuzzAccess(f *testing.F) {
	v := verifier(f, nil)
	good := sign(goodHeader, accessClaims().String())
	f.Add(good)
	f.Add(good[:len(good)-1] + "=")
	f.Add(good + ".")
	f.Add(encode(`{"kid":"access-1","alg":"none"}`) + "." + encode(accessClaims().String()) + ".")
	f.Add(`{"payload":"","signatures":[]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := v.Access(t.Context(), raw); err == nil {
			wantGenuine(t, raw)
		}
	})
}

// FuzzSigned has the pool's own key sign any header and any claims, so that the
// rules behind the signature are reached.
func FuzzSigned(f *testing.F) {
	v := verifier(f, nil)
	f.Add(goodHeader, accessClaims().String())
	f.Add(goodHeader, idClaims().String())
	f.Add(`{"alg":"RS384","kid":"access-1"}`, accessClaims().with("exp", `"1782908000"`).String())
	f.Add(`{"alg":"RS256","kid":"access-1","crit":[]}`, strings.Replace(accessClaims().String(), "{", `{"exp":1,`, 1))
	f.Fuzz(func(t *testing.T, header, payload string) {
		raw := sign(header, payload)
		if _, err := v.Access(t.Context(), raw); err == nil {
			wantGenuine(t, raw)
		}
	})
}

// wantGenuine judges an accepted token with the standard library alone.
func wantGenuine(t *testing.T, raw string) {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 || len(raw) > token.MaxLen {
		t.Fatalf("accepted %d parts, %d bytes", len(parts), len(raw))
	}
	var plain [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil || base64.RawURLEncoding.EncodeToString(b) != p {
			t.Fatalf("accepted part %d in another spelling than its own: %v", i, err)
		}
		plain[i] = b
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !slices.ContainsFunc([]tokentest.Key{atNoon().AccessKey(), atNoon().IDKey()}, func(k tokentest.Key) bool {
		return rsa.VerifyPKCS1v15(&k.Private.PublicKey, crypto.SHA256, sum[:], plain[2]) == nil
	}) {
		t.Fatal("accepted a signature that crypto/rsa refuses")
	}
	var h, c map[string]any
	if err := json.Unmarshal(plain[0], &h); err != nil || h["alg"] != "RS256" || h["crit"] != nil {
		t.Fatalf("accepted header %s: %v", plain[0], err)
	}
	if err := json.Unmarshal(plain[1], &c); err != nil {
		t.Fatalf("accepted claims %s: %v", plain[1], err)
	}
	exp, _ := c["exp"].(float64)
	iss, _ := c["iss"].(string)
	if exp <= 1782907200 || c["token_use"] != "access" || c["sub"] == "" ||
		iss != tokentest.URL && iss != tokentest.UpdatedURL {
		t.Fatalf("accepted claims %s", plain[1])
	}
}
