package token

import (
	"encoding/base64"
	"strings"
)

// maxKeyID is the longest kid, in bytes. The pool's have 44.
const maxKeyID = 128

// compact is a token in its three parts, still encoded, and the text that was
// signed: header, dot, claims (RFC 7515 section 7.1).
type compact struct {
	header, claims, signature string
	signed                    string
}

// split takes a token apart. Every byte must be base64url or one of exactly
// two dots; that excludes padding, white space, line ends (which Go's base64
// would skip), NUL, non-ASCII and both JSON serializations.
func split(raw string) (compact, error) {
	if len(raw) > MaxLen {
		return compact{}, ErrTooLong
	}
	var dots [2]int
	n := 0
	for i := range len(raw) {
		switch c := raw[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		case c == '.' && n < len(dots):
			dots[n] = i
			n++
		default:
			return compact{}, ErrFormat
		}
	}
	first, second := dots[0], dots[1]
	if n != len(dots) || first == 0 || second == first+1 || second == len(raw)-1 {
		return compact{}, ErrFormat
	}
	return compact{
		header:    raw[:first],
		claims:    raw[first+1 : second],
		signature: raw[second+1:],
		signed:    raw[:second],
	}, nil
}

// decode reads one part. Strict refuses left-over bits, so that every value
// has one spelling: two texts are two tokens.
func decode(part string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return nil, ErrFormat
	}
	return b, nil
}

// payload returns the claims' JSON.
func (c compact) payload() (string, error) {
	b, err := decode(c.claims)
	return string(b), err
}

// keyID checks the header and returns its kid. Parameters that it does not
// know (typ, cty and others that change nothing) are allowed, as RFC 7515
// section 4 says.
func (c compact) keyID() (string, error) {
	b, err := decode(c.header)
	if err != nil {
		return "", err
	}
	var h header
	if err := scanObject(string(b), h.member); err != nil {
		return "", ErrHeader
	}
	switch {
	case h.forbidden:
		return "", ErrHeaderParam
	case h.alg != "RS256":
		return "", ErrAlgorithm
	case h.kid == "" || len(h.kid) > maxKeyID:
		return "", ErrKeyID
	}
	return strings.Clone(h.kid), nil
}

// header is what is read of a JOSE header. A member of the wrong type counts
// as missing, so that the sentinel names it.
type header struct {
	alg, kid  string
	forbidden bool
}

func (h *header) member(s *scanner, name string) (err error) {
	switch name {
	case "alg":
		h.alg, err = s.textOrSkip()
	case "kid":
		h.kid, err = s.textOrSkip()
	case "crit", "b64", "jwk", "jku", "x5u", "x5c":
		h.forbidden = true
		err = s.skip()
	default:
		err = s.skip()
	}
	return err
}
