package httpapi

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"porchlight/shared/api"
)

func TestDecodeJSON(t *testing.T) {
	tests := []struct {
		name, body string
		want       string // the pointer refused, "malformed", "large" or "" for accepted
	}{
		{"good", `{"email":"a@example.com","password":"x"}`, ""},
		{"empty object", `{}`, ""},
		{"white space around", " \n{}\t ", ""},
		{"empty", ``, "malformed"},
		{"null", `null`, "malformed"},
		{"array", `[]`, "malformed"},
		{"string", `"email"`, "malformed"},
		{"cut", `{"email":"a`, "malformed"},
		{"two values", `{}{}`, "malformed"},
		{"trailing text", `{} x`, "malformed"},
		{"not UTF-8", "{\"email\":\"\xff\"}", "malformed"},
		{"half a pair", `{"email":"a\ud800b"}`, "malformed"},
		{"half a pair in capitals", `{"email":"a\uDBFF"}`, "malformed"},
		{"the other half", `{"email":"\udc00"}`, "malformed"},
		{"halves in the wrong order", `{"email":"\udc00\ud800"}`, "malformed"},
		{"half and a pair", `{"email":"\ud800\ud83d\ude00"}`, "malformed"},
		{"half and another escape", `{"email":"\ud83d\n\ude00"}`, "malformed"},
		{"half behind a backslash", `{"email":"\\\ud800"}`, "malformed"},
		{"half in a name", `{"\ud800":""}`, "malformed"},
		{"half that is cut", `{"email":"\ud8`, "malformed"},
		{"a pair", `{"email":"\ud83d\uDE00"}`, ""},
		{"no escape at all", `{"email":"\\ud800"}`, ""},
		{"the replacement itself", `{"email":"\ufffd�"}`, ""},
		{"unknown member", `{"admin":true}`, "#/admin"},
		{"member in another case", `{"Email":"a"}`, "#/Email"},
		{"repeated member", `{"email":"a","email":"b"}`, "#/email"},
		{"number for a string", `{"email":1}`, "#/email"},
		{"object for a string", `{"email":{"a":1}}`, "#/email"},
		{"pointer escapes", `{"a/b~c":1}`, "#/a~1b~0c"},
		{"long unknown member", `{"` + strings.Repeat("x", 5000) + `":1}`, "#/" + strings.Repeat("x", 64)},
		{"too large", `{"email":"` + strings.Repeat("x", maxJSONBytes) + `"}`, "large"},
		{"deep nesting", `{"email":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "malformed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/signin", strings.NewReader(tt.body))
			var req api.SignIn
			if got := refusal(decodeJSON(httptest.NewRecorder(), r, &req)); got != tt.want {
				t.Errorf("decodeJSON(%.40q) = %q, want %q", tt.body, got, tt.want)
			}
		})
	}
}

// refusal says why a body was refused, in the words of the tables above.
func refusal(err error) string {
	if p, ok := errors.AsType[*api.Problem](err); ok && len(p.Errors) == 1 {
		return p.Errors[0].Pointer
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errMalformed):
		return "malformed"
	case errors.Is(err, errTooLarge):
		return "large"
	}
	return err.Error()
}

func TestDecodeForm(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"good", "email=a%40example.com&password=a+b", ""},
		{"empty", "", ""},
		{"bad escape", "email=%zz", "malformed"},
		{"semicolon", "email=a;password=b", "malformed"},
		{"unknown", "admin=1", "#/admin"},
		{"repeated", "email=a&email=b", "#/email"},
		{"not UTF-8", "email=%ff", "malformed"},
		{"too large", "email=" + strings.Repeat("x", maxFormBytes), "large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/signin", strings.NewReader(tt.body))
			var req api.SignIn
			_, err := decodeForm(httptest.NewRecorder(), r, &req)
			if got := refusal(err); got != tt.want {
				t.Errorf("decodeForm(%.40q) = %q, want %q", tt.body, got, tt.want)
			}
			if tt.name == "good" && (req.Email != "a@example.com" || req.Password != "a b") {
				t.Errorf("decodeForm reads %+v", req)
			}
		})
	}
}

func TestMediaType(t *testing.T) {
	tests := []struct {
		header []string
		want   string
	}{
		{[]string{"application/json"}, api.TypeJSON},
		{[]string{"Application/JSON; charset=UTF-8"}, api.TypeJSON},
		{[]string{"application/x-www-form-urlencoded"}, api.TypeForm},
		{[]string{"application/json; charset=latin1"}, ""},
		{[]string{"multipart/form-data; boundary=x"}, ""},
		{[]string{"text/plain"}, ""},
		{[]string{"application/json", "text/plain"}, ""},
		{[]string{"application/json, text/plain"}, ""},
		{nil, ""},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("POST", "/signin", nil)
		r.Header["Content-Type"] = tt.header
		if got, _ := mediaType(r); got != tt.want {
			t.Errorf("mediaType(%q) = %q, want %q", tt.header, got, tt.want)
		}
	}
}

// What decodeJSON accepts, encoding/json reads the same way, and writing it
// and reading it again changes nothing.
func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(`{"id":"x","message":"hello","expires_in":"1h","audience":"everyone"}`))
	f.Add([]byte(`{"message":"\ud800"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var req api.NewPost
		if decodeJSON(httptest.NewRecorder(), httptest.NewRequest("POST", "/", bytes.NewReader(body)), &req) != nil {
			return
		}
		again, err := json.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		var second api.NewPost
		if err := decodeJSON(httptest.NewRecorder(), httptest.NewRequest("POST", "/", bytes.NewReader(again)), &second); err != nil || second != req {
			t.Errorf("%q reads as %+v, written and read again as %+v (%v)", body, req, second, err)
		}
	})
}

// A string of UTF-16, written in escapes, is accepted just when it is one, and
// read as what it says.
func FuzzSurrogates(f *testing.F) {
	for _, s := range []string{"ab", "\xd8\x00", "\xd8\x3d\xde\x00", "\x00\\\x00u\xd8\x00", "\xdc\x00\xd8\x00", "\xff\xfd"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		units := make([]uint16, min(len(raw)/2, 2000))
		var body strings.Builder
		body.WriteString(`{"message":"`)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(raw[2*i:])
			switch c := units[i]; {
			case c == '"' || c == '\\':
				body.WriteString(`\` + string(rune(c)))
			case i%2 == 0:
				fmt.Fprintf(&body, `\u%04x`, c)
			default:
				fmt.Fprintf(&body, `\u%04X`, c)
			}
		}
		body.WriteString(`"}`)
		want := string(utf16.Decode(units))
		whole := slices.Equal(utf16.Encode([]rune(want)), units)
		var req api.NewPost
		err := decodeJSON(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(body.String())), &req)
		if (err == nil) != whole || whole && req.Message != want {
			t.Errorf("decodeJSON(%s) reads %q, %v; want %q, accepted: %t", body.String(), req.Message, err, want, whole)
		}
	})
}

func FuzzDecodeForm(f *testing.F) {
	f.Add("email=a&password=b&next=%2F")
	f.Fuzz(func(t *testing.T, body string) {
		var req api.SignIn
		if _, err := decodeForm(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(body)), &req); err != nil {
			return
		}
		want, err := url.ParseQuery(body)
		if err != nil || req.Email != want.Get("email") || req.Password != want.Get("password") || req.Next != want.Get("next") {
			t.Errorf("%q reads as %+v, url.ParseQuery says %v (%v)", body, req, want, err)
		}
	})
}
