package api

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSignUpCheck(t *testing.T) {
	good := SignUp{Name: "Ann Lee", Email: "ann@example.com", Handle: "ann_lee", Password: "Porch-light-9"}
	tests := []struct {
		name   string
		change func(*SignUp)
		bad    string // the fields refused, in order
	}{
		{"good", func(*SignUp) {}, ""},
		{"trimmed", func(r *SignUp) { r.Name, r.Email, r.Handle = "  Ann ", " Ann@Example.COM ", " @Ann_Lee " }, ""},
		{"empty", func(r *SignUp) { *r = SignUp{} }, "name email handle password"},
		{"name with control", func(r *SignUp) { r.Name = "Ann\x00" }, "name"},
		{"name with newline", func(r *SignUp) { r.Name = "Ann\nLee" }, "name"},
		{"name not UTF-8", func(r *SignUp) { r.Name = "\xff" }, "name"},
		{"longest name", func(r *SignUp) { r.Name = strings.Repeat("é", MaxNameRunes) }, ""},
		{"name too long", func(r *SignUp) { r.Name = strings.Repeat("é", MaxNameRunes+1) }, "name"},
		{"email without domain", func(r *SignUp) { r.Email = "ann" }, "email"},
		{"email with one label", func(r *SignUp) { r.Email = "ann@localhost" }, "email"},
		{"email at an address", func(r *SignUp) { r.Email = "ann@127.0.0.1" }, "email"},
		{"email with two @", func(r *SignUp) { r.Email = "a@b@example.com" }, "email"},
		{"email with header", func(r *SignUp) { r.Email = "a@example.com\r\nBcc: b@example.com" }, "email"},
		{"email too long", func(r *SignUp) { r.Email = strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 60) + "com" }, "email"},
		{"email with plus", func(r *SignUp) { r.Email = "ann+feed@example.co.uk" }, ""},
		{"handle short", func(r *SignUp) { r.Handle = "an" }, "handle"},
		{"handle long", func(r *SignUp) { r.Handle = strings.Repeat("a", MaxHandleBytes+1) }, "handle"},
		{"handle with slash", func(r *SignUp) { r.Handle = "a/b" }, "handle"},
		{"handle not ASCII", func(r *SignUp) { r.Handle = "аnn" }, "handle"},
		{"password short", func(r *SignUp) { r.Password = "Aa1-aaa" }, "password"},
		{"password with 8", func(r *SignUp) { r.Password = "Aa1-aaaa" }, ""},
		{"password of 257 bytes", func(r *SignUp) { r.Password = "Aa1-" + strings.Repeat("a", 253) }, "password"},
		{"password known to all", func(r *SignUp) { r.Password = "P@ssw0rd" }, "password"},
		{"password not UTF-8", func(r *SignUp) { r.Password = "Aa1-aaaa\xff" }, "password"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := good
			tt.change(&r)
			r.Normalize()
			if got := pointers(r.Check()); got != tt.bad {
				t.Errorf("Check() refuses %q, want %q", got, tt.bad)
			}
		})
	}
}

func pointers(errs []FieldError) string {
	var names []string
	for _, e := range errs {
		names = append(names, strings.TrimPrefix(e.Pointer, "#/"))
	}
	return strings.Join(names, " ")
}

func TestPasswordRules(t *testing.T) {
	tests := []struct{ password, missing string }{
		{"", "length lower upper number symbol"},
		{"aaaaaaaa", "upper number symbol"},
		{"AAAAAAAA", "lower number symbol"},
		{"12345678", "lower upper symbol"},
		{"a b", "length upper number"},
		{" ab ", "length upper number symbol"},
		{"Ärger-12", "upper"},
		{"Aa1~aaaa", ""},
		{"Aa1€aaaa", "symbol"},
	}
	for _, tt := range tests {
		var missing []string
		for _, r := range PasswordRules() {
			if !r.Holds(tt.password) {
				missing = append(missing, r.ID)
			}
		}
		if got := strings.Join(missing, " "); got != tt.missing {
			t.Errorf("rules that %q misses = %q, want %q", tt.password, got, tt.missing)
		}
	}
}

func TestSafeNext(t *testing.T) {
	tests := []struct{ next, want string }{
		{"", "/"}, {"/", "/"}, {"/account", "/account"}, {"/?before=1&x=%2F", "/?before=1&x=%2F"},
		{"//evil.example", "/"}, {"/\\evil.example", "/"}, {"\\\\evil.example", "/"}, {"https://evil.example", "/"},
		{"javascript:alert(1)", "/"}, {"/\t/evil.example", "/"}, {"/%0d%0aSet-Cookie:x", "/%0d%0aSet-Cookie:x"},
		{"/\r\nSet-Cookie: x", "/"}, {" /account", "/"}, {"account", "/"}, {"/a\\b", "/"}, {"/\x00", "/"},
		{"/" + strings.Repeat("a", 600), "/"}, {"/\xff", "/"}, {"/%zz", "/"},
	}
	for _, tt := range tests {
		if got := SafeNext(tt.next); got != tt.want {
			t.Errorf("SafeNext(%q) = %q, want %q", tt.next, got, tt.want)
		}
	}
}

func TestLeave(t *testing.T) {
	tests := []struct{ next, want string }{
		{"", "/"}, {"/", "/"}, {"/#p-1", "/"}, {"/u/ann?before=x#p-1", "/u/ann?before=x"}, {"/p/2", "/p/2"}, {"/p/12", "/p/12"},
		{"/p/1", "/"}, {"/p/1?after=x", "/"}, {"/p/1#p-1", "/"}, {"/p/1/delete?next=/", "/"}, {"#", "/"},
		{"https://evil.example", "/"}, {"//evil.example/p/1", "/"},
	}
	for _, tt := range tests {
		if got := Leave(tt.next, "1"); got != tt.want {
			t.Errorf("Leave(%q) = %q, want %q", tt.next, got, tt.want)
		}
	}
}

func FuzzSafeNext(f *testing.F) {
	for _, s := range []string{"/", "//x", "/\\x", "/a?b#c", "/..//x", "https:/x"} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "porch.example", Path: "/signin"}
	f.Fuzz(func(t *testing.T, next string) {
		u, err := base.Parse(SafeNext(next))
		if err != nil {
			t.Fatalf("SafeNext(%q) does not parse: %v", next, err)
		}
		if u.Host != base.Host || u.Scheme != base.Scheme {
			t.Errorf("SafeNext(%q) leads to %s", next, u)
		}
	})
}

func TestNewPostCheck(t *testing.T) {
	const id = "0192f0c1-2345-7abc-8def-0123456789ab"
	tests := []struct {
		name string
		post NewPost
		bad  string
	}{
		{"defaults", NewPost{Message: "hello"}, ""},
		{"whole", NewPost{ID: id, Message: "hello", ExpiresIn: "1h", Audience: AudienceMembers}, ""},
		{"upper-case id", NewPost{ID: strings.ToUpper(id), Message: "hello"}, ""},
		{"UUIDv4", NewPost{ID: "0192f0c1-2345-4abc-8def-0123456789ab", Message: "hello"}, "id"},
		{"other variant", NewPost{ID: "0192f0c1-2345-7abc-cdef-0123456789ab", Message: "hello"}, "id"},
		{"id in braces", NewPost{ID: "{" + id + "}", Message: "hello"}, "id"},
		{"reply", NewPost{ID: id, Message: "hello", Parent: strings.ToUpper(id)}, ""},
		{"reply to no id", NewPost{Message: "hello", Parent: "1"}, "parent"},
		{"reply with audience and expiry", NewPost{Message: "hello", Parent: id, ExpiresIn: "1h", Audience: AudienceEveryone}, ""},
		{"reply with unknown audience and expiry", NewPost{Message: "hello", Parent: id, ExpiresIn: "2h", Audience: "friends"}, "expires_in audience"},
		{"only spaces", NewPost{Message: " \n\t "}, "message"},
		{"longest", NewPost{Message: strings.Repeat("🙂", MaxMessageRunes)}, ""},
		{"too long", NewPost{Message: strings.Repeat("🙂", MaxMessageRunes+1)}, "message"},
		{"escape character", NewPost{Message: "a\x1b[31m"}, "message"},
		{"expiry", NewPost{Message: "a", ExpiresIn: "2h"}, "expires_in"},
		{"audience", NewPost{Message: "a", Audience: "nobody"}, "audience"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.post.Normalize()
			if got := pointers(tt.post.Check()); got != tt.bad {
				t.Errorf("Check() refuses %q, want %q", got, tt.bad)
			}
		})
	}
}

func TestMaskEmail(t *testing.T) {
	tests := []struct{ email, want string }{
		{"ann@example.com", "a***@e***"}, {"é@ü.example", "é***@ü***"}, {"", "***@***"}, {"x", "x***@***"},
	}
	for _, tt := range tests {
		if got := MaskEmail(tt.email); got != tt.want {
			t.Errorf("MaskEmail(%q) = %q, want %q", tt.email, got, tt.want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Ann", "ann@example.com", "ann", "Porch-light-9", "123 456")
	f.Fuzz(func(t *testing.T, name, email, handle, password, code string) {
		up := SignUp{name, email, handle, password}
		up.Normalize()
		again := up
		if again.Normalize(); again != up {
			t.Errorf("Normalize is not stable: %q, then %q", up, again)
		}
		if len(up.Check()) == 0 && !(utf8.ValidString(up.Name) && len(up.Email) <= MaxEmailBytes && up.Password == password) {
			t.Errorf("Check accepts %q", up)
		}
		if _, err := json.Marshal(up.Check()); err != nil {
			t.Error(err)
		}
	})
}

func TestProfileChangeCheck(t *testing.T) {
	tests := []struct{ name, display, handle, bad string }{
		{"good", " Ann ", "@Ann_Lee", ""}, {"empty", "", "", "name handle"}, {"two lines", "A\nB", "ann", "name"},
		{"spaces in handle", "Ann", "a b c", "handle"}, {"long handle", "Ann", strings.Repeat("a", MaxHandleBytes+1), "handle"},
	}
	for _, tt := range tests {
		r := ProfileChange{Name: tt.display, Handle: tt.handle}
		r.Normalize()
		if got := pointers(r.Check()); got != tt.bad {
			t.Errorf("%s: Check() refuses %q, want %q", tt.name, got, tt.bad)
		}
	}
}

func TestCheckQuery(t *testing.T) {
	tests := []struct {
		name, query, want string
		right             bool
	}{
		{"trimmed", " porch light\n", "porch light", true}, {"empty", "  ", "", true},
		{"longest", strings.Repeat("é", MaxQueryRunes), strings.Repeat("é", MaxQueryRunes), true},
		{"too long", strings.Repeat("é", MaxQueryRunes+1), "", false}, {"control", "a\x00b", "", false}, {"not UTF-8", "\xff", "", false},
	}
	for _, tt := range tests {
		if got, wrong := CheckQuery(tt.query); got != tt.want || (wrong == "") != tt.right {
			t.Errorf("%s: CheckQuery = %q, %q", tt.name, got, wrong)
		}
	}
}

func TestToggleCheck(t *testing.T) {
	for on, bad := range map[string]string{"true": "", "false": "", "": "on", "TRUE": "on", "1": "on"} {
		if got := pointers(Toggle{On: on}.Check()); got != bad {
			t.Errorf("Toggle{%q}.Check() refuses %q, want %q", on, got, bad)
		}
	}
}
