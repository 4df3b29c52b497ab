// Package tokentest helps to test what depends on tokens: an Issuer that mints
// tokens as a user pool does, the contract of token.DenyStore (TestDenyStore),
// and a Denials in memory that fulfils it.
//
// Tokens are signed with crypto/rsa alone, so that a test of package token does
// not ask jwx about jwx.
package tokentest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/server/internal/token"
	"porchlight/shared/claims"
)

// Region and PoolID name the pool that every Issuer plays.
const (
	Region = "us-east-1"
	PoolID = "us-east-1_Example01"
)

// URL and UpdatedURL are what iss can be in the pool's tokens: URL at first, and
// UpdatedURL when the pool has an updated issuer.
const (
	URL        = "https://cognito-idp." + Region + ".amazonaws.com/" + PoolID
	UpdatedURL = "https://issuer-cognito-idp." + Region + ".amazonaws.com/" + PoolID
)

// Issuer mints the tokens of a user pool and serves its keys. Like the pool it
// has one key for access tokens and one for ID tokens. It is safe for
// concurrent use; change the fields before the first one. What can't fail
// panics when it does.
type Issuer struct {
	// URL is iss, and what the key document's address begins with.
	URL string
	// ClientID is the client_id or aud of tokens that name none.
	ClientID string
	// Now is the time of minting.
	Now func() time.Time

	mu         sync.Mutex
	rotation   int // calls of Rotate
	fetches    int // answers of ServeHTTP
	access, id Key
}

// Key is a signing key and its kid.
type Key struct {
	ID      string
	Private *rsa.PrivateKey
}

// NewIssuer returns an issuer with two new RSA-2048 keys.
func NewIssuer() *Issuer {
	i := &Issuer{
		URL:      URL,
		ClientID: "1example23456789",
		Now:      time.Now,
	}
	i.Rotate()
	return i
}

// Rotate replaces both keys; their kids change too. It returns the former key
// for access tokens, the zero Key at first.
func (i *Issuer) Rotate() Key {
	access, id := newKey(), newKey()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rotation++
	former := i.access
	i.access = Key{ID: fmt.Sprintf("access-%d", i.rotation), Private: access}
	i.id = Key{ID: fmt.Sprintf("id-%d", i.rotation), Private: id}
	return former
}

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// AccessKey is the key that signs access tokens.
func (i *Issuer) AccessKey() Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.access
}

// IDKey is the key that signs ID tokens.
func (i *Issuer) IDKey() Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.id
}

// Access mints an access token. Zero fields get what the pool would put there:
// a sign-in a moment ago, valid for 15 minutes. NotBefore and Groups stay away.
func (i *Issuer) Access(c claims.Access) string {
	now := i.Now().Unix()
	fill(&c.Subject, "0d6bd0a8-0001-4000-8000-000000000001")
	fill(&c.Issuer, i.URL)
	fill(&c.ClientID, i.ClientID)
	fill(&c.Username, c.Subject)
	fill(&c.TokenUse, claims.UseAccess)
	fill(&c.Scope, "aws.cognito.signin.user.admin")
	fill(&c.ID, "0d6bd0a8-0002-4000-8000-"+rand.Text()[:12])
	fill(&c.OriginID, "0d6bd0a8-0003-4000-8000-000000000003")
	fill(&c.EventID, "0d6bd0a8-0004-4000-8000-000000000004")
	fill(&c.AuthTime, now)
	fill(&c.IssuedAt, now)
	fill(&c.Expires, c.IssuedAt+900)
	return i.AccessKey().Mint(c)
}

// ID mints an ID token, as Access does access tokens.
func (i *Issuer) ID(c claims.ID) string {
	now := i.Now().Unix()
	fill(&c.Subject, "0d6bd0a8-0001-4000-8000-000000000001")
	fill(&c.Issuer, i.URL)
	fill(&c.Audience, i.ClientID)
	fill(&c.Username, c.Subject)
	fill(&c.TokenUse, claims.UseID)
	fill(&c.TokenID, "0d6bd0a8-0005-4000-8000-"+rand.Text()[:12])
	fill(&c.OriginID, "0d6bd0a8-0003-4000-8000-000000000003")
	fill(&c.EventID, "0d6bd0a8-0004-4000-8000-000000000004")
	fill(&c.AuthTime, now)
	fill(&c.IssuedAt, now)
	fill(&c.Expires, c.IssuedAt+900)
	return i.IDKey().Mint(c)
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Mint signs the JSON of payload under the header that the pool sends.
func (k Key) Mint(payload any) string {
	b, err := json.Marshal(payload)
	if err != nil {
		panic(err)
	}
	return k.Sign(`{"kid":"`+k.ID+`","alg":"RS256"}`, string(b))
}

// Sign signs any two texts with RS256, whatever the header says.
func (k Key) Sign(header, payload string) string {
	signed := encode([]byte(header)) + "." + encode([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, k.Private, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + encode(signature)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// JWK returns the public half as a member of a key document.
func (k Key) JWK() map[string]string {
	return map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": k.ID,
		"n": encode(k.Private.N.Bytes()), "e": "AQAB",
	}
}

// ServeHTTP answers with the key document at its address, else 404.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/.well-known/jwks.json") {
		http.NotFound(w, r)
		return
	}
	i.mu.Lock()
	i.fetches++
	doc := map[string]any{"keys": []any{i.access.JWK(), i.id.JWK()}}
	i.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(doc) // the reader has gone
}

// Fetches counts how often the key document was served.
func (i *Issuer) Fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

// Client returns a client that reaches the issuer without a network, whatever
// the host.
func (i *Issuer) Client() *http.Client { return &http.Client{Transport: inProcess{i}} }

type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

// Keys returns a key store that reads from the issuer and has done so once.
func (i *Issuer) Keys(t testing.TB) *token.KeyStore {
	t.Helper()
	keys, err := token.NewKeyStore(token.KeysConfig{URL: token.JWKSURL(i.URL), Client: i.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Hydrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return keys
}

// Config returns what a verifier of the issuer's tokens needs: both forms of
// its iss, its client and its keys.
func (i *Issuer) Config(t testing.TB) token.Config {
	t.Helper()
	return token.Config{
		Issuers:   []string{URL, UpdatedURL, i.URL},
		ClientIDs: []string{i.ClientID},
		Keys:      i.Keys(t),
		Now:       i.Now,
	}
}

// Verifier returns a verifier of the issuer's tokens without a deny list.
func (i *Issuer) Verifier(t testing.TB) *token.Verifier {
	t.Helper()
	v, err := token.New(i.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
