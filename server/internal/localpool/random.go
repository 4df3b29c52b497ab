package localpool

import (
	"crypto/rand"
	"encoding/base64"
)

// Alphabets of the identifiers that Cognito makes.
const (
	digits       = "0123456789"
	lowerDigits  = digits + "abcdefghijklmnopqrstuvwxyz"
	alphanumeric = lowerDigits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// randomString returns n characters, each of the alphabet with the same
// probability. The alphabet has at most 256 single-byte characters.
func randomString(alphabet string, n int) string {
	// Bytes from here on would favour the first characters.
	limit := 256 - 256%len(alphabet)
	out := make([]byte, 0, n)
	var b [1]byte
	for len(out) < n {
		rand.Read(b[:]) // never fails: crypto/rand ends the program instead
		if int(b[0]) < limit {
			out = append(out, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return string(out)
}

// randomToken returns 256 random bits in base64url.
func randomToken() string {
	return base64.RawURLEncoding.EncodeToString(randomBytes(32))
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
