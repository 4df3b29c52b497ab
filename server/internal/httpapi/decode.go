package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"porchlight/shared/api"
)

// Limits of bodies, in bytes.
const (
	maxJSONBytes = 64 << 10
	maxFormBytes = 16 << 10
)

// mediaType returns api.TypeJSON or api.TypeForm, or errMediaType.
func mediaType(r *http.Request) (string, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || len(r.Header.Values("Content-Type")) != 1 {
		return "", errMediaType
	}
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return "", errMediaType
	}
	if kind != api.TypeJSON && kind != api.TypeForm {
		return "", errMediaType
	}
	return kind, nil
}

// readBody reads a body of at most limit bytes of UTF-8.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "" {
		return nil, errMediaType
	}
	if r.ContentLength > limit {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("read body: %w: %w", errMalformed, err)
	}
	if !utf8.Valid(body) {
		return nil, errMalformed
	}
	return body, nil
}

// decodeJSON reads one JSON object into v. Unknown and repeated members, wrong
// types, text that is not Unicode and anything after the object are refused; a
// problem names the member.
func decodeJSON(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r, maxJSONBytes)
	if err != nil {
		return err
	}
	if halved(body) {
		return errMalformed
	}
	if err := checkMembers(body); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return jsonProblem(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errMalformed
	}
	return nil
}

// halved reports whether an escape in the JSON is one half of a surrogate pair
// without the other (RFC 8259 section 8.2). encoding/json would put U+FFFD in its
// place and store what nobody has written.
func halved(body []byte) bool {
	for {
		i := bytes.IndexByte(body, '\\')
		if i < 0 || i+1 == len(body) {
			return false
		}
		body = body[i:]
		unit, ok := escaped(body)
		if !ok || !utf16.IsSurrogate(unit) {
			body = body[2:]
			continue
		}
		const escape = len(`\u0000`)
		other, _ := escaped(body[escape:])
		if utf16.DecodeRune(unit, other) == utf8.RuneError {
			return true
		}
		body = body[2*escape:]
	}
}

// escaped returns the UTF-16 code unit of the escape that b begins with; ok is
// false where there is none.
func escaped(b []byte) (unit rune, ok bool) {
	if len(b) < len(`\u0000`) || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}

// checkMembers refuses what is not an object, and names that encoding/json
// would take for another (it ignores case and lets the last of two win).
func checkMembers(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errMalformed
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return errMalformed
		}
		if seen[name] {
			return memberProblem(name, "This member is given twice.")
		}
		if strings.ToLower(name) != name {
			return memberProblem(name, "This member is not known.")
		}
		seen[name] = true
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return errMalformed
		}
	}
	return nil
}

func jsonProblem(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if t.Field == "" {
			return errMalformed
		}
		return fieldsProblem([]api.FieldError{{Pointer: "#/" + strings.ReplaceAll(t.Field, ".", "/"), Detail: "This must be a " + t.Type.String() + "."}})
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name, unquoteErr := strconv.Unquote(quoted)
		if unquoteErr == nil {
			return memberProblem(name, "This member is not known.")
		}
	}
	return errMalformed
}

// memberProblem refuses a member that the request does not have. Its name is
// cut, so that an answer cannot be made large.
func memberProblem(name, detail string) error {
	const most = 64
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "")
	}
	pointer := strings.NewReplacer("~", "~0", "/", "~1").Replace(name) // RFC 6901 section 3
	return fieldsProblem([]api.FieldError{{Pointer: "#/" + pointer, Detail: detail}})
}

// decodeForm reads a form into the string fields of v, which is a pointer to a
// struct whose json tags name the fields. Unknown and repeated fields are
// refused. It returns what was typed, also with an error.
func decodeForm(w http.ResponseWriter, r *http.Request, v any) (url.Values, error) {
	body, err := readBody(w, r, maxFormBytes)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errMalformed
	}
	known := formFields(v)
	for name, given := range values {
		field, ok := known[name]
		if !ok {
			return nil, memberProblem(name, "This field is not known.")
		}
		if len(given) != 1 {
			return nil, memberProblem(name, "This field is given twice.")
		}
		if !utf8.ValidString(given[0]) {
			return nil, errMalformed
		}
		field.SetString(given[0])
	}
	return values, nil
}

func formFields(v any) map[string]reflect.Value {
	s := reflect.ValueOf(v).Elem()
	known := make(map[string]reflect.Value, s.NumField())
	for i := range s.NumField() {
		name, _, _ := strings.Cut(s.Type().Field(i).Tag.Get("json"), ",")
		known[name] = s.Field(i)
	}
	return known
}
