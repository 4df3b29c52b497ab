package e2e

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/localpool"
)

// A pool is the server's embedded user pool, opened by the test while the
// program is stopped: the way to tokens, which the program shows to nobody.
type pool struct {
	*localpool.Pool
	dir string
}

func (s *server) openPool(t *testing.T) pool {
	t.Helper()
	if !s.stopped() {
		t.Fatal("the pool of a program that runs")
	}
	dir := filepath.Join(s.dir, "pool")
	p, err := localpool.Open(t.Context(), localpool.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool{p, dir}
}

// signIn returns tokens as the pool issues them.
func (p pool) signIn(t *testing.T, who *person) cognito.Tokens {
	t.Helper()
	region, _, _ := strings.Cut(p.ID(), "_")
	client, err := cognito.New(cognito.Config{
		Region: region, UserPoolID: p.ID(), ClientID: p.ClientID(),
		Endpoint: "https://pool.invalid", HTTPClient: cognito.InProcess(p),
	})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := client.SignIn(t.Context(), who.email, who.password)
	if err != nil {
		t.Fatalf("sign in at the pool: %v", err)
	}
	return tokens
}

// accessKey reads the key that signs access tokens from the pool's folder.
func (p pool) accessKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, p.ID()+".access.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatal("the pool's key is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func strangerKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign makes an RS256 token, whatever the header says. A nil in the header
// leaves the member out.
func sign(t *testing.T, key *rsa.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	return signText(t, key, header, text(claims))
}

func signText(t *testing.T, key *rsa.PrivateKey, header map[string]any, claims string) string {
	t.Helper()
	header = maps.Clone(header)
	maps.DeleteFunc(header, func(_ string, v any) bool { return v == nil })
	signed := segment(header) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// hs256 makes the token of the key-confusion attack: an HMAC keyed with the
// public key.
func hs256(header, claims map[string]any, key *rsa.PrivateKey) string {
	der := x509.MarshalPKCS1PublicKey(&key.PublicKey)
	signed := segment(header) + "." + segment(claims)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func jwk(key *rsa.PrivateKey) map[string]any {
	return map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256",
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}
}

// segment encodes a part of a token.
func segment(v map[string]any) string { return base64.RawURLEncoding.EncodeToString([]byte(text(v))) }

func text(v map[string]any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // text, numbers and lists of them
	}
	return string(b)
}

// flip changes the first character of a signature.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}
