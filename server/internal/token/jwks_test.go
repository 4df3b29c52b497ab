package token

import (
	"encoding/base64"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modulus returns an odd number of that many bits, as a key document has it.
func modulus(bits int) string {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return base64.RawURLEncoding.EncodeToString(n.SetBit(n, 0, 1).Bytes())
}

// jwkText is a key that will do, after replacing.
func jwkText(replace ...string) string {
	good := `{"kty":"RSA","use":"sig","alg":"RS256","kid":"k","e":"AQAB","n":"` + modulus(2048) + `"}`
	return strings.NewReplacer(replace...).Replace(good)
}

func TestParseKeys(t *testing.T) {
	for _, tc := range []struct {
		name string
		keys []string
		want []string // kids that are taken
	}{
		{"good", []string{jwkText()}, []string{"k"}},
		{"4096 bits", []string{jwkText(modulus(2048), modulus(4096))}, []string{"k"}},
		{"no alg", []string{jwkText(`"alg":"RS256",`, "")}, []string{"k"}},
		{"members that nobody knows", []string{jwkText(`{`, `{"x5c":["MII"],"issuer":7,`)}, []string{"k"}},
		{"two", []string{jwkText(), jwkText(`"k"`, `"l"`)}, []string{"k", "l"}},
		{"EC beside it", []string{`{"kty":"EC","kid":"e","use":"sig"}`, jwkText()}, []string{"k"}},
		{"symmetric key beside it", []string{`{"kty":"oct","kid":"o","use":"sig","alg":"RS256","k":"AAAA"}`, jwkText()}, []string{"k"}},
		{"junk beside it", []string{"7", "null", `"k"`, "[]", `{"kid":7}`, jwkText()}, []string{"k"}},
		{"kid twice", []string{jwkText(), jwkText(), jwkText(`"k"`, `"l"`)}, []string{"l"}},
		{"kid twice, once of a key that is not taken", []string{jwkText(), jwkText("RSA", "EC")}, nil},
		{"kid three times", []string{jwkText(), jwkText(), jwkText()}, nil},

		{"1024 bits", []string{jwkText(modulus(2048), modulus(1024))}, nil},
		{"2047 bits", []string{jwkText(modulus(2048), modulus(2047))}, nil},
		{"4097 bits", []string{jwkText(modulus(2048), modulus(4097))}, nil},
		{"1024 bits after zeros", []string{jwkText(modulus(2048), strings.Repeat("AAAA", 50)+modulus(1024))}, nil},
		{"even modulus", []string{jwkText(modulus(2048), modulus(2048)[:340]+"AA")}, nil},
		{"no modulus", []string{jwkText(modulus(2048), "")}, nil},
		{"modulus in standard base64", []string{jwkText(modulus(2048), strings.Repeat("+", 344))}, nil},
		{"modulus with padding", []string{jwkText(modulus(2048), modulus(2048)+"==")}, nil},
		{"exponent 3", []string{jwkText("AQAB", "Aw")}, nil},
		{"exponent 1", []string{jwkText("AQAB", "AQ")}, nil},
		{"exponent with zeros before", []string{jwkText("AQAB", "AAAAAQAB")}, nil},
		{"no exponent", []string{jwkText("AQAB", "")}, nil},
		{"for encryption", []string{jwkText(`"sig"`, `"enc"`)}, nil},
		{"no use", []string{jwkText(`"use":"sig",`, "")}, nil},
		{"RS512", []string{jwkText("RS256", "RS512")}, nil},
		{"PS256", []string{jwkText("RS256", "PS256")}, nil},
		{"kty missing", []string{jwkText(`"kty":"RSA",`, "")}, nil},
		{"kid missing", []string{jwkText(`"kid":"k",`, "")}, nil},
		{"kid too long", []string{jwkText(`"k"`, `"`+strings.Repeat("k", 129)+`"`)}, nil},
		{"none", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			keys, err := parseKeys([]byte(`{"keys":[` + strings.Join(tc.keys, ",") + `]}`))
			if tc.want == nil && !errors.Is(err, errNoKeys) {
				t.Fatalf("parseKeys = %v, %v, want errNoKeys", keys, err)
			}
			if d := cmp.Diff(tc.want, slices.Sorted(maps.Keys(keys))); d != "" {
				t.Errorf("kids (-want +got), %v:\n%s", err, d)
			}
		})
	}
}

// FuzzParseKeys: every key that is taken is one that is allowed.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[` + jwkText() + `]}`))
	f.Add([]byte(`{"keys":[` + jwkText(modulus(2048), modulus(1024)) + `,null]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		keys, err := parseKeys(doc)
		if (err == nil) != (len(keys) > 0) {
			t.Errorf("parseKeys = %d keys, %v", len(keys), err)
		}
		for kid, key := range keys {
			if n := key.N.BitLen(); n < 2048 || n > 4096 || key.E != 65537 || kid == "" {
				t.Errorf("took key %q of %d bits, exponent %d", kid, n, key.E)
			}
		}
	})
}
