package api

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

type fields []FieldError

func (f *fields) add(name, detail string) {
	if detail != "" {
		*f = append(*f, FieldError{Pointer: "#/" + name, Detail: detail})
	}
}

func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func normalHandle(s string) string {
	return strings.ToLower(strings.TrimFunc(s, func(c rune) bool { return c == '@' || unicode.IsSpace(c) }))
}

func normalCode(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func checkEmail(s string) string {
	switch {
	case s == "":
		return "Enter an email address."
	case len(s) > MaxEmailBytes:
		return "This email address is too long."
	case !validEmail(s):
		return "Enter an email address like name@example.com."
	}
	return ""
}

// validEmail accepts what a browser's type=email does (HTML standard, "valid
// email address"), and asks for a domain of two labels or more that is not an
// IP address. Whether mail arrives there only the code can tell.
func validEmail(s string) bool {
	name, domain, ok := strings.Cut(s, "@")
	if !ok || name == "" || len(name) > 64 || domain == "" {
		return false
	}
	for _, r := range name {
		if r >= utf8.RuneSelf || !(isAlnum(byte(r)) || strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r)) {
			return false
		}
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			if !isAlnum(l[i]) && l[i] != '-' {
				return false
			}
		}
	}
	_, err := netip.ParseAddr(domain)
	return err != nil
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// CheckName returns what is wrong with a trimmed display name, or "".
func CheckName(s string) string {
	switch {
	case blank(s):
		return "Enter your name."
	case !ValidText(s) || strings.ContainsAny(s, "\n\t"):
		return "Use letters, marks and spaces only."
	case strings.ContainsFunc(s, Turns):
		return "Leave out the invisible characters that turn the direction of text."
	case utf8.RuneCountInString(s) > MaxNameRunes:
		return "Use at most 64 characters."
	}
	return ""
}

func checkHandle(s string) string {
	if s == "" {
		return "Choose a handle."
	}
	if len(s) < MinHandleBytes || len(s) > MaxHandleBytes {
		return "Use 3 to 20 characters."
	}
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '_' {
			return "Use letters a to z, digits and underscores only."
		}
	}
	return ""
}

func checkCode(s string) string {
	switch {
	case s == "":
		return "Enter the code from the mail."
	case len(s) > MaxCodeBytes || !ValidText(s):
		return "This is not a code from our mail."
	}
	return ""
}

func checkSecret(s string) string {
	switch {
	case s == "":
		return "Enter your password."
	case len(s) > MaxPasswordBytes:
		return "Passwords have at most 256 bytes."
	}
	return ""
}

// ValidText reports whether s is UTF-8 without control characters other than
// newline and tab.
func ValidText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}

// SafeNext returns next when it is a path of this site, and PathHome otherwise.
// A browser reads "//host" and "/\host" as another site, so those are not.
func SafeNext(next string) string {
	if len(next) == 0 || next[0] != '/' || len(next) > 1 && (next[1] == '/' || next[1] == '\\') {
		return PathHome
	}
	if len(next) > 512 || !utf8.ValidString(next) || strings.ContainsFunc(next, unicode.IsControl) || strings.Contains(next, "\\") {
		return PathHome
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return PathHome
	}
	return next
}
