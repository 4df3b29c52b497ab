package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

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
