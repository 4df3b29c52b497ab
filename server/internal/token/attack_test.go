package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"porchlight/server/internal/token"
	"porchlight/server/internal/token/tokentest"
)

// TestEnvelopeAttacks refuses what is wrong around the claims. All have claims
// that would do, and where it makes a difference a signature that fits.
func TestEnvelopeAttacks(t *testing.T) {
	v := verifier(t, nil)
	claims := accessClaims().String()
	good := sign(goodHeader, claims)
	parts := strings.Split(good, ".")
	stranger := tokentest.NewIssuer().AccessKey()
	for _, tc := range []struct {
		name, raw string
		want      error
	}{
		{"good", good, nil},
		{"typ is allowed", sign(`{"typ":"JWT","kid":"access-1","alg":"RS256"}`, claims), nil},
		{"the other key of the pool", atNoon().IDKey().Sign(`{"kid":"id-1","alg":"RS256"}`, claims), nil},

		{"empty", "", token.ErrFormat},
		{"dots only", "..", token.ErrFormat},
		{"one part", parts[0], token.ErrFormat},
		{"two parts", parts[0] + "." + parts[1], token.ErrFormat},
		{"four parts", good + ".", token.ErrFormat},
		{"five parts (JWE)", good + "." + parts[0] + "." + parts[1], token.ErrFormat},
		{"no header", "." + parts[1] + "." + parts[2], token.ErrFormat},
		{"no claims (detached)", parts[0] + ".." + parts[2], token.ErrFormat},
		{"no signature", parts[0] + "." + parts[1] + ".", token.ErrFormat},
		{"JSON serialization", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, token.ErrFormat},
		{"padding", good + "==", token.ErrFormat},
		{"padding inside", parts[0] + "=." + parts[1] + "." + parts[2], token.ErrFormat},
		{"leading space", " " + good, token.ErrFormat},
		{"trailing newline", good + "\n", token.ErrFormat},
		{"newline inside, which Go's base64 skips", parts[0] + "." + parts[1][:8] + "\r\n" + parts[1][8:] + "." + parts[2], token.ErrFormat},
		{"NUL", good + "\x00", token.ErrFormat},
		{"not UTF-8", good[:40] + "\xff" + good[41:], token.ErrFormat},
		{"standard alphabet", parts[0] + "." + parts[1] + "." + strings.Repeat("+/", 171), token.ErrFormat},
		{"left-over bits in the signature", good[:len(good)-1] + spare(good[len(good)-1]), token.ErrFormat},
		{"left-over bits in the header", respell(parts[0]) + "." + parts[1] + "." + parts[2], token.ErrFormat},
		{"9 kB", good + strings.Repeat("A", 9<<10), token.ErrTooLong},
		{"2 MB of junk", strings.Repeat("{", 2<<20), token.ErrTooLong},
		{"one byte too long", good + strings.Repeat("A", token.MaxLen+1-len(good)), token.ErrTooLong},
		{"exactly at the limit", good + strings.Repeat("A", token.MaxLen-len(good)), token.ErrSignature},

		{"header not JSON", sign(`kid=access-1`, claims), token.ErrHeader},
		{"header an array", sign(`["RS256"]`, claims), token.ErrHeader},
		{"header null", sign(`null`, claims), token.ErrHeader},
		{"header with more behind it", sign(goodHeader+"{}", claims), token.ErrHeader},
		{"header not UTF-8", sign(`{"kid":"access-1","alg":"RS256","x":"`+"\xff"+`"}`, claims), token.ErrHeader},
		{"alg twice", sign(`{"alg":"none","kid":"access-1","alg":"RS256"}`, claims), token.ErrHeader},
		{"alg twice, once escaped", sign(`{"\u0061lg":"none","kid":"access-1","alg":"RS256"}`, claims), token.ErrHeader},
		{"members nested deep", sign(`{"kid":"access-1","alg":"RS256","x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+`}`, claims), token.ErrHeader},

		{"alg none, no signature", encode(`{"kid":"access-1","alg":"none"}`) + "." + parts[1] + ".", token.ErrFormat},
		{"alg none, some signature", encode(`{"kid":"access-1","alg":"none"}`) + "." + parts[1] + "." + parts[2], token.ErrAlgorithm},
		{"alg None", sign(`{"kid":"access-1","alg":"None"}`, claims), token.ErrAlgorithm},
		{"alg missing", sign(`{"kid":"access-1"}`, claims), token.ErrAlgorithm},
		{"alg in lower case", sign(`{"kid":"access-1","alg":"rs256"}`, claims), token.ErrAlgorithm},
		{"alg a number", sign(`{"kid":"access-1","alg":256}`, claims), token.ErrAlgorithm},
		{"alg an array", sign(`{"kid":"access-1","alg":["RS256"]}`, claims), token.ErrAlgorithm},
		{"member named ALG", sign(`{"kid":"access-1","ALG":"RS256"}`, claims), token.ErrAlgorithm},
		{"RS384 in the header of an RS256 signature", sign(`{"kid":"access-1","alg":"RS384"}`, claims), token.ErrAlgorithm},
		{"RS384 signature", signRS384(t, `{"kid":"access-1","alg":"RS384"}`, claims), token.ErrAlgorithm},
		{"RS384 signature, header RS256", signRS384(t, goodHeader, claims), token.ErrSignature},
		{"PS256 signature, header RS256", signPS256(t, goodHeader, claims), token.ErrSignature},
		{"HS256 with the public key as secret", signHS256(t, `{"kid":"access-1","alg":"HS256"}`, claims), token.ErrAlgorithm},
		{"HS256 with the public key as secret, header RS256", signHS256(t, goodHeader, claims), token.ErrSignature},
		{"ES256", signES256(t, `{"kid":"access-1","alg":"ES256"}`, claims), token.ErrAlgorithm},

		{"kid missing", sign(`{"alg":"RS256"}`, claims), token.ErrKeyID},
		{"kid empty", sign(`{"alg":"RS256","kid":""}`, claims), token.ErrKeyID},
		{"kid a number", sign(`{"alg":"RS256","kid":1}`, claims), token.ErrKeyID},
		{"kid null", sign(`{"alg":"RS256","kid":null}`, claims), token.ErrKeyID},
		{"kid of 129 bytes", sign(`{"alg":"RS256","kid":"`+strings.Repeat("k", 129)+`"}`, claims), token.ErrKeyID},
		{"kid unknown", sign(`{"alg":"RS256","kid":"access-9"}`, claims), token.ErrKeyUnknown},
		{"kid a path", sign(`{"alg":"RS256","kid":"../../dev/null"}`, claims), token.ErrKeyUnknown},
		{"kid of the pool's other key", sign(`{"alg":"RS256","kid":"id-1"}`, claims), token.ErrSignature},
		{"key of another pool of the region under our kid", stranger.Sign(goodHeader, claims), token.ErrSignature},

		{"crit with an unknown extension", sign(`{"kid":"access-1","alg":"RS256","crit":["foo"],"foo":1}`, claims), token.ErrHeaderParam},
		{"crit empty", sign(`{"kid":"access-1","alg":"RS256","crit":[]}`, claims), token.ErrHeaderParam},
		{"b64 false", sign(`{"kid":"access-1","alg":"RS256","b64":false}`, claims), token.ErrHeaderParam},
		{"key brought along in jwk", signEmbedded(t, stranger, claims), token.ErrHeaderParam},
		{"jku of the attacker", stranger.Sign(`{"kid":"access-1","alg":"RS256","jku":"https://evil.example/jwks.json"}`, claims), token.ErrHeaderParam},
		{"x5u of the attacker", stranger.Sign(`{"kid":"access-1","alg":"RS256","x5u":"https://evil.example/x"}`, claims), token.ErrHeaderParam},
		{"x5c", sign(`{"kid":"access-1","alg":"RS256","x5c":["MII"]}`, claims), token.ErrHeaderParam},

		{"header changed", encode(`{"alg":"RS256","kid":"access-1"}`) + "." + parts[1] + "." + parts[2], token.ErrSignature},
		{"claims changed", parts[0] + "." + encode(accessClaims().with("sub", `"eve"`).String()) + "." + parts[2], token.ErrSignature},
		{"signature of another token", parts[0] + "." + parts[1] + "." + strings.Split(sign(goodHeader, "{}"), ".")[2], token.ErrSignature},
		{"signature truncated", good[:len(good)-2], token.ErrSignature},
		{"signature of zeros", parts[0] + "." + parts[1] + "." + strings.Repeat("A", 342), token.ErrSignature},
		{"signature followed by zeros", good[:len(good)-2] + "AAAA", token.ErrSignature},
		{"signature of 6 kB", parts[0] + "." + parts[1] + "." + strings.Repeat("A", 6<<10), token.ErrSignature},
	} {
		t.Run(tc.name, func(t *testing.T) { check(t, v, tc.raw, tc.want) })
	}
}

// spare returns the character with the lowest, unused bit set.
func spare(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)|1])
}

// respell returns another spelling of the same bytes; part must leave bits over.
func respell(part string) string {
	if len(part)%4 == 0 {
		panic("no bits left over")
	}
	return part[:len(part)-1] + spare(part[len(part)-1])
}

func signRS384(t *testing.T, header, payload string) string {
	t.Helper()
	signed := encode(header) + "." + encode(payload)
	sum := sha512.Sum384([]byte(signed))
	sig, err := rsa.SignPKCS1v15(nil, atNoon().AccessKey().Private, crypto.SHA384, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + encode(string(sig))
}

func signPS256(t *testing.T, header, payload string) string {
	t.Helper()
	signed := encode(header) + "." + encode(payload)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPSS(rand.Reader, atNoon().AccessKey().Private, crypto.SHA256, sum[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + encode(string(sig))
}

func signHS256(t *testing.T, header, payload string) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(atNoon().AccessKey().Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	signed := encode(header) + "." + encode(payload)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(signed))
	return signed + "." + encode(string(mac.Sum(nil)))
}

func signES256(t *testing.T, header, payload string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed := encode(header) + "." + encode(payload)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return signed + "." + encode(string(sig))
}

// signEmbedded signs with a key that the header itself names.
func signEmbedded(t *testing.T, key tokentest.Key, payload string) string {
	t.Helper()
	jwk, err := json.Marshal(key.JWK())
	if err != nil {
		t.Fatal(err)
	}
	return key.Sign(`{"kid":"access-1","alg":"RS256","jwk":`+string(jwk)+`}`, payload)
}
