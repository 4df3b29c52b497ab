package session

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	sealVersion = 1
	keyIDBytes  = 8
	sealHeader  = 1 + keyIDBytes
	maxKeys     = 16
	maxKeyText  = maxKeys * 72
)

var (
	// ErrKey means that the text or the file is no key. It never repeats it.
	ErrKey = errors.New("want 64 hexadecimal digits a key, keys separated by commas, newest first")

	errSealed = errors.New("sealed value does not open")
)

type keyID [keyIDBytes]byte

// Keyring seals with its newest key and opens with any of its keys. To change
// the key, put the new one first, on every server, and drop the old one after
// the absolute life of a session (30 days). It is safe for concurrent use.
//
// A key is for 2^32 seals, after which random nonces may meet (NIST SP 800-38D
// section 8.3). A session costs about a hundred a day.
type Keyring struct {
	newest keyID
	keys   map[keyID]cipher.AEAD
	root   [32]byte // the newest key, to derive others from
}

// NewKeyring takes 1 to 16 different keys, newest first. All zeros is refused:
// it is a key that was never set. Errors wrap ErrKey.
func NewKeyring(keys ...[32]byte) (*Keyring, error) {
	if len(keys) == 0 || len(keys) > maxKeys {
		return nil, fmt.Errorf("%d keys: %w", len(keys), ErrKey)
	}
	k := &Keyring{newest: idOf(keys[0]), keys: make(map[keyID]cipher.AEAD, len(keys)), root: keys[0]}
	for i, key := range keys {
		if key == ([32]byte{}) {
			return nil, fmt.Errorf("key %d is all zeros: %w", i+1, ErrKey)
		}
		if k.keys[idOf(key)] != nil {
			return nil, fmt.Errorf("key %d is there twice: %w", i+1, ErrKey)
		}
		aead, err := newAEAD(key)
		if err != nil {
			return nil, err
		}
		k.keys[idOf(key)] = aead
	}
	return k, nil
}

// ParseKeyring reads keys of 64 hexadecimal digits, separated by commas, newest
// first; space around them is ignored. Errors wrap ErrKey.
func ParseKeyring(text string) (*Keyring, error) {
	if len(text) > maxKeyText {
		return nil, fmt.Errorf("%d bytes: %w", len(text), ErrKey)
	}
	var keys [][32]byte
	for part := range strings.SplitSeq(text, ",") {
		raw, err := hex.DecodeString(strings.TrimSpace(part))
		if err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("key %d: %w", len(keys)+1, ErrKey)
		}
		keys = append(keys, [32]byte(raw))
	}
	return NewKeyring(keys...)
}

// Derive returns 32 bytes for another purpose, which do not tell the newest key
// that they were made from (HKDF-SHA-256, RFC 5869). They change with it.
func (k *Keyring) Derive(purpose string) []byte {
	derived, err := hkdf.Key(sha256.New, k.root[:], nil, "porchlight "+purpose, 32)
	if err != nil {
		panic("session: " + err.Error()) // only a length that HKDF does not have
	}
	return derived
}

// Format prints no key, whatever the verb.
func (Keyring) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[keyring]") }

// newAEAD is AES-256-GCM that draws a random nonce for every seal and puts it
// first.
func newAEAD(key [32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return aead, nil
}

// idOf names a key without telling it.
func idOf(key [32]byte) keyID {
	sum := sha256.Sum256(append([]byte("porchlight session key\x00"), key[:]...))
	return keyID(sum[:])
}

// place is where a sealed value belongs. It opens nowhere else.
type place struct {
	purpose string // one of this package's constants
	key     Key
	owner   string // sub, or the e-mail of a pending row
}

// aad is unambiguous: the purpose holds no NUL, the key has one length.
func (p place) aad(header []byte) []byte {
	b := make([]byte, 0, len(header)+len(p.purpose)+1+len(p.key)+len(p.owner))
	b = append(b, header...)
	b = append(b, p.purpose...)
	b = append(b, 0)
	b = append(b, p.key[:]...)
	return append(b, p.owner...)
}

// seal returns version, key's name, nonce, ciphertext and tag.
func (k *Keyring) seal(p place, plain []byte) []byte {
	header := append([]byte{sealVersion}, k.newest[:]...)
	aead := k.keys[k.newest]
	out := make([]byte, sealHeader, sealHeader+len(plain)+aead.Overhead())
	copy(out, header)
	return aead.Seal(out, nil, plain, p.aad(header))
}

// open undoes seal. Any error is errSealed, and nothing was opened.
func (k *Keyring) open(p place, sealed []byte) ([]byte, error) {
	if len(sealed) < sealHeader || sealed[0] != sealVersion {
		return nil, errSealed
	}
	header, body := bytes.Clone(sealed[:sealHeader]), sealed[sealHeader:]
	aead := k.keys[keyID(header[1:])]
	if aead == nil {
		return nil, fmt.Errorf("unknown key: %w", errSealed)
	}
	plain, err := aead.Open(nil, nil, body, p.aad(header))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}
