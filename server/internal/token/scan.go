package token

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// errSyntax is all that the scanner says: the text may be secret.
var errSyntax = errors.New("not the expected JSON")

const (
	maxDepth   = 8   // of nested arrays and objects
	maxMembers = 256 // of one object
)

// scanner reads JSON (RFC 8259) more strictly than encoding/json: a member may
// stand once in its object, names are compared by case and after unescaping,
// text must be UTF-8 without lone surrogates or U+0000, and a caller gets the
// type it asks for or an error. Strings without escapes share s.
type scanner struct {
	s     string
	i     int
	depth int
}

// scanObject reads s, which must be one object and nothing else. member is
// called for each member with the scanner at its value, which it must consume.
func scanObject(s string, member func(s *scanner, name string) error) error {
	if !utf8.ValidString(s) {
		return errSyntax
	}
	sc := scanner{s: s}
	sc.space()
	if err := sc.object(member); err != nil {
		return err
	}
	sc.space()
	if sc.i != len(s) {
		return errSyntax
	}
	return nil
}

func (s *scanner) space() {
	for s.i < len(s.s) {
		switch s.s[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end. A real NUL is no JSON either.
func (s *scanner) peek() byte {
	if s.i < len(s.s) {
		return s.s[s.i]
	}
	return 0
}

// take consumes c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

// object reads an object, calling member as scanObject says.
func (s *scanner) object(member func(s *scanner, name string) error) error {
	var room [24]string
	names := room[:0]
	return s.sequence('{', '}', func() error {
		name, err := s.text()
		if err != nil || len(names) == maxMembers {
			return errSyntax
		}
		if slices.Contains(names, name) {
			return errSyntax
		}
		names = append(names, name)
		s.space()
		if !s.take(':') {
			return errSyntax
		}
		s.space()
		return member(s, name)
	})
}

// sequence reads what stands between two brackets, separated by commas. item
// is called with the scanner at the first byte of each.
func (s *scanner) sequence(open, end byte, item func() error) error {
	if s.depth == maxDepth || !s.take(open) {
		return errSyntax
	}
	s.depth++
	defer func() { s.depth-- }()
	s.space()
	if s.take(end) {
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		s.space()
		if s.take(end) {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
		s.space()
	}
}

// texts reads an array of strings.
func (s *scanner) texts() ([]string, error) {
	var out []string
	err := s.sequence('[', ']', func() error {
		t, err := s.text()
		out = append(out, t)
		return err
	})
	return out, err
}

// boolean reads true or false.
func (s *scanner) boolean() (bool, error) {
	switch {
	case s.word("true"):
		return true, nil
	case s.word("false"):
		return false, nil
	}
	return false, errSyntax
}

func (s *scanner) word(w string) bool {
	if !strings.HasPrefix(s.s[s.i:], w) {
		return false
	}
	s.i += len(w)
	return true
}

// textOrSkip reads a string, or skips any other value and returns "".
func (s *scanner) textOrSkip() (string, error) {
	if s.peek() == '"' {
		return s.text()
	}
	return "", s.skip()
}

// skip reads any value and drops it. It is as strict inside as outside.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '"':
		_, err := s.text()
		return err
	case c == '{':
		return s.object(func(s *scanner, _ string) error { return s.skip() })
	case c == '[':
		return s.sequence('[', ']', s.skip)
	case c == '-' || isDigit(c):
		return s.number()
	case s.word("true"), s.word("false"), s.word("null"):
		return nil
	}
	return errSyntax
}
