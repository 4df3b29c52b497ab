package api

import "testing"

// What is no text is refused in a new password as in every other field: a byte
// of zero ends a string elsewhere, and nobody can type it again.
func TestPasswordIsText(t *testing.T) {
	tests := []struct {
		name, password string
		ok             bool
	}{
		{"letters of the world", "Größe-тест-1", true},
		{"a space inside", "Tr0ub4dor and 3", true},
		{"a byte of zero", "Aa1!aa\x00aa", false},
		{"an escape", "Aa1!aa\x1baa", false},
		{"delete", "Aa1!aa\x7faa", false},
		{"not UTF-8", "Aa1!aa\xffaa", false},
	}
	for _, tt := range tests {
		if got := CheckPassword(tt.password); (got == "") != tt.ok {
			t.Errorf("%s: CheckPassword = %q, want it accepted: %v", tt.name, got, tt.ok)
		}
	}
}
