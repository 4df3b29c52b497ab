package token

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// flat reads an object of strings, skipping the rest.
func flat(s string) (map[string]string, error) {
	out := make(map[string]string)
	err := scanObject(s, func(s *scanner, name string) error {
		v, err := s.textOrSkip()
		out[name] = v
		return err
	})
	return out, err
}

func TestScan(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     map[string]string // nil: refused
	}{
		{"empty", `{}`, map[string]string{}},
		{"space", " { \t\"a\"\r:\n\"b\" , \"c\" : 1 } ", map[string]string{"a": "b", "c": ""}},
		{"escapes", `{"\"\\\/\b\f\n\r\t":"\u00e9\uD83C\udfe0x"}`, map[string]string{"\"\\/\b\f\n\r\t": "é🏠x"}},
		{"numbers", `{"a":0,"b":-0.10e+5,"c":12E-3,"d":1e9}`, map[string]string{"a": "", "b": "", "c": "", "d": ""}},
		{"nested", `{"a":[[],{},[{"b":[null,true,false]}]]}`, map[string]string{"a": ""}},
		{"eight deep", `{"a":` + strings.Repeat("[", 7) + strings.Repeat("]", 7) + `}`, map[string]string{"a": ""}},
		{"nine deep", `{"a":` + strings.Repeat("[", 8) + strings.Repeat("]", 8) + `}`, nil},
		{"case makes another name", `{"a":"1","A":"2"}`, map[string]string{"a": "1", "A": "2"}},
		{"name twice", `{"a":"1","a":"1"}`, nil},
		{"name twice deep down", `{"x":[{"a":1,"a":2}]}`, nil},
		{"nothing", ``, nil},
		{"string", `"a"`, nil},
		{"open", `{"a":"1"`, nil},
		{"open string", `{"a`, nil},
		{"open escape", `{"a":"\`, nil},
		{"open escape of a code", `{"a":"\u12`, nil},
		{"comma first", `{,"a":1}`, nil},
		{"comma last", `{"a":1,}`, nil},
		{"two commas", `{"a":1,,"b":1}`, nil},
		{"no comma", `{"a":1 "b":1}`, nil},
		{"no colon", `{"a" 1}`, nil},
		{"no value", `{"a":}`, nil},
		{"name not a string", `{a:1}`, nil},
		{"single quotes", `{'a':1}`, nil},
		{"comment", `{"a":1/**/}`, nil},
		{"leading zero", `{"a":01}`, nil},
		{"plus", `{"a":+1}`, nil},
		{"point first", `{"a":.5}`, nil},
		{"point last", `{"a":5.}`, nil},
		{"empty exponent", `{"a":5e}`, nil},
		{"only minus", `{"a":-}`, nil},
		{"hexadecimal", `{"a":0x10}`, nil},
		{"NaN", `{"a":NaN}`, nil},
		{"True", `{"a":True}`, nil},
		{"control character", "{\"a\":\"\n\"}", nil},
		{"control character after an escape", "{\"a\":\"\\n\n\"}", nil},
		{"unknown escape", `{"a":"\x41"}`, nil},
		{"bad code", `{"a":"\u00g0"}`, nil},
		{"signed code", `{"a":"\u+123"}`, nil},
		{"code zero", `{"a":"\u0000"}`, nil},
		{"lone high surrogate", `{"a":"\ud83cx"}`, nil},
		{"lone low surrogate", `{"a":"\udfe0"}`, nil},
		{"two high surrogates", `{"a":"\ud83c\ud83c"}`, nil},
		{"half of it a bad code", `{"a":"\ud83c\u12"}`, nil},
		{"not UTF-8", "{\"a\":\"\xc0\x80\"}", nil},
		{"byte order mark", "\ufeff{}", nil},
		{"NUL behind", "{}\x00", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := flat(tc.in)
			if (err == nil) != (tc.want != nil) {
				t.Fatalf("scan(%s) = %v, %v, want ok %v", tc.in, got, err, tc.want != nil)
			}
			if d := cmp.Diff(tc.want, got); err == nil && d != "" {
				t.Errorf("scan(%s) (-want +got):\n%s", tc.in, d)
			}
		})
	}
}

// FuzzScan: what the scanner takes, encoding/json takes too and reads alike.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":"b","c":[1,-2.5e3,{"d":null}]}`, `{"\u0061":"\ud83c\udfe0\n"}`, `{"a":1,"a":2}`, `{"a":01}`, "{\"a\":\"\xff\"}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := flat(s)
		if err != nil {
			return
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatalf("scan takes %q, encoding/json says %v", s, err)
		}
		if len(got) != len(want) {
			t.Fatalf("scan(%q) has %d members, encoding/json %d", s, len(got), len(want))
		}
		for name, v := range want {
			text, _ := v.(string)
			if got[name] != text {
				t.Errorf("scan(%q)[%q] = %q, encoding/json %q", s, name, got[name], text)
			}
		}
	})
}
