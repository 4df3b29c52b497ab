package localpool

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"sync"
)

// keyBits is the size of a signing key, Cognito's.
const keyBits = 2048

// secretBytes is the size of the key that codes and ghosts are made with.
const secretBytes = 32

// signingKeys are the two keys of a pool: ID and access tokens are signed by
// different ones, so neither can be taken for the other.
type signingKeys struct{ access, id signingKey }

type signingKey struct {
	kid     string
	private *rsa.PrivateKey
}

// openKeys reads the keys of the pool, or makes those that are not there, both
// at once.
func openKeys(dir *os.Root, pool string, generate func() (*rsa.PrivateKey, error)) (signingKeys, error) {
	var keys signingKeys
	var errs [2]error
	var wg sync.WaitGroup
	wg.Go(func() { keys.access, errs[0] = openKey(dir, pool+".access.pem", generate) })
	wg.Go(func() { keys.id, errs[1] = openKey(dir, pool+".id.pem", generate) })
	wg.Wait()
	return keys, errors.Join(errs[:]...)
}

func generateKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) }

func openKey(dir *os.Root, name string, generate func() (*rsa.PrivateKey, error)) (signingKey, error) {
	data, err := readOrCreate(dir, name, func() ([]byte, error) {
		key, err := generate()
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
	})
	if err != nil {
		return signingKey{}, fmt.Errorf("open key %s: %w", name, err)
	}
	key, err := parseKey(data)
	if err != nil {
		return signingKey{}, fmt.Errorf("open key %s: %w", name, err)
	}
	return key, nil
}

// parseKey reads an RSA key in PKCS#8 PEM. The kid is computed from the public
// key and looks like Cognito's: 32 bytes in base64.
func parseKey(data []byte) (signingKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return signingKey{}, errors.New("no PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return signingKey{}, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < keyBits {
		return signingKey{}, fmt.Errorf("not an RSA key of %d bits", keyBits)
	}
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	return signingKey{kid: base64.StdEncoding.EncodeToString(sum[:]), private: key}, nil
}

// openSecret reads the pool's own secret, or makes it.
func openSecret(dir *os.Root) ([]byte, error) {
	const name = "pool.key"
	data, err := readOrCreate(dir, name, func() ([]byte, error) { return randomBytes(secretBytes), nil })
	if err == nil && len(data) != secretBytes {
		err = fmt.Errorf("%d bytes, want %d", len(data), secretBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("open key %s: %w", name, err)
	}
	return data, nil
}

// readOrCreate returns the content of the file, which it makes when it is not
// there. Either way only its owner can read it afterwards.
func readOrCreate(dir *os.Root, name string, content func() ([]byte, error)) ([]byte, error) {
	data, err := dir.ReadFile(name)
	if err == nil {
		return data, dir.Chmod(name, 0o600)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if data, err = content(); err != nil {
		return nil, err
	}
	return data, writeWhole(dir, name, data)
}

// writeWhole writes the file so that it is there complete or not at all.
func writeWhole(dir *os.Root, name string, data []byte) (err error) {
	draft := name + ".new"
	f, err := dir.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return dir.Rename(draft, name)
}

// A jwk is a public RSA key as the JWKS document shows it (RFC 7517).
type jwk struct {
	Algorithm string `json:"alg"`
	Exponent  string `json:"e"`
	ID        string `json:"kid"`
	Type      string `json:"kty"`
	Modulus   string `json:"n"`
	Use       string `json:"use"`
}

func (k signingKey) jwk() jwk {
	encode := base64.RawURLEncoding.EncodeToString
	return jwk{
		Algorithm: "RS256",
		Exponent:  encode(big.NewInt(int64(k.private.E)).Bytes()),
		ID:        k.kid,
		Type:      "RSA",
		Modulus:   encode(k.private.N.Bytes()),
		Use:       "sig",
	}
}
