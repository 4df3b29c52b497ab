package api

import (
	"strings"
	"testing"
	"unicode"
)

func TestUnseen(t *testing.T) {
	tests := []struct {
		name, text string
		seen       bool
	}{
		{"nothing", "", false},
		{"spaces", " \t\u00a0\u2003\u3000\u2028\u0085", false},
		{"zero width space", "\u200b", false},
		{"direction marks", "\u200e\u200f\u061c", false},
		{"word joiner", "\u2060", false},
		{"byte order mark", "\ufeff", false},
		{"soft hyphen", "\u00ad", false},
		{"grapheme joiner", "\u034f", false},
		{"variation selectors", "\ufe0f\ufe00\U000e0100", false},
		{"Mongolian selectors", "\u180b\u180e\u180f", false},
		{"Hangul fillers", "\u3164\u115f\u1160\uffa0", false},
		{"empty Braille", "\u2800", false},
		{"tags", "\U000e0001\U000e0041", false},
		{"joiners alone", "\u200d\u200c", false},
		{"overrides alone", "\u202e\u2066\u202c", false},
		{"Khmer inherent vowels", "\u17b4\u17b5", false},
		{"invisible times", "\u2062", false},
		{"musical beams", "\U0001d173", false},
		{"many of all", strings.Repeat("\u200b \u3164\ufe0f", 200), false},
		{"letter among them", "\u200b\u3164a", true},
		{"family", "👩\u200d👩\u200d👧\u200d👦", true},
		{"heart with a selector", "❤️", true},
		{"flag of tags", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", true},
		{"keycap", "1️⃣", true},
		{"Persian", "می\u200cخواهم", true},
		{"Hindi", "क्\u200dष", true},
		{"Hebrew", "שלום", true},
		{"Hangul", "안녕", true},
		{"Braille", "\u2801", true},
		{"Arabic number sign", "\u0600", true},
		{"punctuation", "…", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			post := NewPost{Message: tt.text}
			post.Normalize()
			if got := CheckMessage(post.Message); (got == "") != tt.seen || !tt.seen && got != "Write something first." {
				t.Errorf("CheckMessage(%q) = %q, want it taken: %t", post.Message, got, tt.seen)
			}
			change := ProfileChange{Name: tt.text, Handle: "ann"}
			change.Normalize()
			if errs := change.Check(); (len(errs) == 0) != tt.seen || !tt.seen && errs[0].Detail != "Enter your name." {
				t.Errorf("Check() of the name %q = %q, want it taken: %t", change.Name, errs, tt.seen)
			}
		})
	}
}

func TestTurns(t *testing.T) {
	const words = "Leave out the invisible characters that turn the direction of text."
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		name := "Ann" + string(r) + "eel"
		if got := CheckName(name); got != words {
			t.Errorf("CheckName(%q) = %q, want %q", name, got, words)
		}
		if got := checkHandle(name); got == "" {
			t.Errorf("checkHandle(%q) takes it", name)
		}
		if got := CheckMessage(name); got != "" {
			t.Errorf("CheckMessage(%q) = %q, want it taken: a message turns nothing but itself", name, got)
		}
	}
	for _, name := range []string{"שלום", "ann\u200f", "\u061cعلي", "می\u200cخواهم"} {
		if got := CheckName(name); got != "" {
			t.Errorf("CheckName(%q) = %q, want it taken", name, got)
		}
	}
}

// What a person can see is never taken for nothing.
func FuzzBlank(f *testing.F) {
	for _, s := range []string{"", "a", "\u200b", "\u3164x", "❤️", "\u0600", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		seen := strings.ContainsFunc(s, func(r rune) bool {
			return r != '\u2800' && unicode.IsOneOf([]*unicode.RangeTable{unicode.L, unicode.N, unicode.P, unicode.S}, r) &&
				!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
		})
		if seen && blank(s) {
			t.Errorf("blank(%q), which can be seen", s)
		}
		if blank(s) && !blank(s+"\u200b ") || !blank(s) && blank(s+"\u200b ") {
			t.Errorf("what cannot be seen changes blank(%q)", s)
		}
	})
}
