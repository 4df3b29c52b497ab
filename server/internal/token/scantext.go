package token

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxTime is 9999-12-31T23:59:59Z, the last second with a four-digit year.
const maxTime = 253402300799

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// whole reads a number from 0 to maxTime in plain digits: no sign, fraction or
// exponent, although JSON allows them.
func (s *scanner) whole() (int64, error) {
	start := s.i
	if err := s.number(); err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(s.s[start:s.i], 10, 63)
	if err != nil || n > maxTime {
		return 0, errSyntax
	}
	return int64(n), nil
}

// number reads a number by the grammar of RFC 8259 section 6 and drops it.
func (s *scanner) number() error {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return errSyntax
	}
	if s.take('.') && !s.digits() {
		return errSyntax
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return errSyntax
		}
	}
	return nil
}

// digits reads one digit or more.
func (s *scanner) digits() bool {
	start := s.i
	for isDigit(s.peek()) {
		s.i++
	}
	return s.i > start
}

// text reads a string. The whole input is known to be UTF-8.
func (s *scanner) text() (string, error) {
	if !s.take('"') {
		return "", errSyntax
	}
	start := s.i
	for ; s.i < len(s.s); s.i++ {
		switch c := s.s[s.i]; {
		case c == '"':
			s.i++
			return s.s[start : s.i-1], nil
		case c == '\\':
			return s.escaped([]byte(s.s[start:s.i]))
		case c < ' ':
			return "", errSyntax
		}
	}
	return "", errSyntax
}

// escaped reads the rest of a string from its first backslash on.
func (s *scanner) escaped(out []byte) (string, error) {
	for s.i < len(s.s) {
		c := s.s[s.i]
		s.i++
		switch {
		case c == '"':
			return string(out), nil
		case c < ' ':
			return "", errSyntax
		case c != '\\':
			out = append(out, c)
		default:
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		}
	}
	return "", errSyntax
}

// escape reads what follows a backslash.
func (s *scanner) escape() (rune, error) {
	c := s.peek()
	s.i++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return s.unicode()
	}
	return 0, errSyntax
}

// unicode reads the digits of \uXXXX, and the second half of a pair. Half a
// pair and U+0000 are refused.
func (s *scanner) unicode() (rune, error) {
	r, err := s.hex()
	if err != nil || r == 0 {
		return 0, errSyntax
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if !s.word(`\u`) {
		return 0, errSyntax
	}
	low, err := s.hex()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, errSyntax
	}
	return r, nil
}

// hex reads four hexadecimal digits.
func (s *scanner) hex() (rune, error) {
	if len(s.s)-s.i < 4 {
		return 0, errSyntax
	}
	n, err := strconv.ParseUint(s.s[s.i:s.i+4], 16, 16)
	s.i += 4
	if err != nil {
		return 0, errSyntax
	}
	return rune(n), nil
}
