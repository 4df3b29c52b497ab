package api

import (
	"strings"
	"unicode/utf8"
)

// A PasswordRule is one demand of the pool's password policy, in words for the
// person and as a test.
type PasswordRule struct {
	// ID is the rule's name in markup: "length", "lower".
	ID    string
	Label string
	Holds func(password string) bool
}

// passwordSymbols are what Cognito counts as special characters: "Adding user
// pool password requirements" in the developer guide. An inner space counts too.
const passwordSymbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"

// PasswordRules returns the demands on a new password, in the order in which
// they are shown. They are Cognito's default policy; a pool that asks for more
// answers for itself.
func PasswordRules() []PasswordRule {
	return []PasswordRule{
		{"length", "8 characters or more", func(p string) bool { return utf8.RuneCountInString(p) >= MinPasswordRunes }},
		{"lower", "a small letter, a to z", func(p string) bool { return containsIn(p, 'a', 'z') }},
		{"upper", "a capital letter, A to Z", func(p string) bool { return containsIn(p, 'A', 'Z') }},
		{"number", "a digit", func(p string) bool { return containsIn(p, '0', '9') }},
		{"symbol", "a symbol, such as ! or -", hasSymbol},
	}
}

func containsIn(s string, from, to rune) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return from <= r && r <= to })
}

func hasSymbol(p string) bool {
	return strings.ContainsAny(p, passwordSymbols) || strings.Contains(strings.Trim(p, " "), " ")
}

// CheckPassword returns what is wrong with a new password, or "". It is used
// verbatim: never trimmed, never cut.
func CheckPassword(p string) string {
	switch {
	case p == "":
		return "Choose a password."
	case len(p) > MaxPasswordBytes:
		return "Passwords have at most 256 bytes."
	case !ValidText(p):
		return "This password has characters that can't be stored."
	case strings.TrimSpace(p) != p:
		return "A password can't begin or end with a space."
	}
	var missing []string
	for _, r := range PasswordRules() {
		if !r.Holds(p) {
			missing = append(missing, r.Label)
		}
	}
	if len(missing) > 0 {
		return "The password still needs " + strings.Join(missing, ", ") + "."
	}
	if commonPassword(p) {
		return "This password is among the most used ones. Choose another."
	}
	return ""
}

// commonPassword reports whether p is, without regard to case, one of the best
// known passwords that satisfy every rule above (OWASP ASVS 5.0, V6.2.4). The
// rules themselves already refuse the rest of the usual lists.
func commonPassword(p string) bool {
	switch strings.ToLower(p) {
	case "p@ssw0rd", "p@ssw0rd1", "p@ssw0rd!", "p@ssword1", "p@ssword123", "pa$$w0rd", "pa$$word1",
		"password1!", "password@1", "password@123", "qwerty1!", "qwerty123!", "qwerty@123", "abcd1234!",
		"abcd@1234", "abc123!@#", "admin123!", "admin@123", "admin@1234", "welcome1!", "welcome@1",
		"welcome@123", "welcome123!", "letmein1!", "changeme1!", "iloveyou1!", "1qaz@wsx", "1qaz!qaz",
		"zaq1@wsx", "test@123", "test@1234", "india@123", "user@123":
		return true
	}
	return false
}
