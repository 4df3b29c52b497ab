package token

import (
	"crypto/rsa"
	"fmt"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// rs256 checks signatures by RSASSA-PKCS1-v1_5 with SHA-256 and nothing else,
// whatever a header says.
type rs256 struct{ jwx jws.Verifier }

func newRS256() (rs256, error) {
	v, err := jws.NewVerifier(jwa.RS256)
	if err != nil {
		return rs256{}, fmt.Errorf("find RS256 verifier: %w", err)
	}
	return rs256{jwx: v}, nil
}

// verify checks a token's signature. What is hashed is the text that came, not
// a re-encoding of it.
func (r rs256) verify(c compact, key *rsa.PublicKey) error {
	signature, err := decode(c.signature)
	if err != nil {
		return err
	}
	if r.jwx.Verify([]byte(c.signed), signature, key) != nil {
		return ErrSignature
	}
	return nil
}
