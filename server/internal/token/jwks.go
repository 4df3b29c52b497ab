package token

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// errNoKeys is a key document without a usable key. The last good set stays.
var errNoKeys = errors.New("no usable key in the document")

// jwk is what is read of a key (RFC 7517 section 4, RFC 7518 section 6.3.1).
type jwk struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	N   string `json:"n"`
	E   string `json:"e"`
}

// parseKeys reads a key document and returns the keys that may verify tokens,
// by kid. Keys of other kinds are passed over, as a pool may add some; two keys
// of one kid are both passed over, whatever their kind, since the document
// does not say which is meant. None left is an error: better the last good set.
func parseKeys(doc []byte) (map[string]*rsa.PublicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(doc, &set); err != nil {
		return nil, fmt.Errorf("parse keys: %w", err)
	}
	seen := make(map[string]int)
	keys := make(map[string]*rsa.PublicKey)
	for _, raw := range set.Keys {
		var j jwk
		if json.Unmarshal(raw, &j) != nil {
			continue
		}
		seen[j.Kid]++
		if public, ok := j.public(); ok {
			keys[j.Kid] = public
		}
	}
	for kid, n := range seen {
		if n > 1 {
			delete(keys, kid)
		}
	}
	if len(keys) == 0 {
		return nil, errNoKeys
	}
	return keys, nil
}

// public returns the key if it is RSA of 2048 to 4096 bits with exponent 65537,
// for signatures, for RS256 or for no stated algorithm, and has a kid that a
// token can name. crypto/rsa checks the rest when it verifies.
func (j jwk) public() (*rsa.PublicKey, bool) {
	if j.Kty != "RSA" || j.Use != "sig" || j.Alg != "RS256" && j.Alg != "" {
		return nil, false
	}
	if j.Kid == "" || len(j.Kid) > maxKeyID || j.E != "AQAB" {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(j.N)
	if err != nil {
		return nil, false
	}
	n := new(big.Int).SetBytes(b)
	if n.BitLen() < 2048 || n.BitLen() > 4096 || n.Bit(0) == 0 {
		return nil, false
	}
	return &rsa.PublicKey{N: n, E: 65537}, true
}
