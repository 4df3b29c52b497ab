package localpool

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzServeHTTP: whatever is sent, the answer is 200 or 400 with one valid JSON
// object, which on refusal has a type, the same as in the header.
func FuzzServeHTTP(f *testing.F) {
	p := openPool(f, quickConfig(f, f.TempDir(), &clock{}))
	id := p.ClientID()
	for op := range p.ops {
		f.Add(op, contentType, []byte(`{}`))
		f.Add(op, contentType, []byte(`{"ClientId":"`+id+`","Username":"a@example.com","Password":"Correct horse 7",`+
			`"ConfirmationCode":"123456","AccessToken":"a.b.c","RefreshToken":"x","Token":"x","SecretHash":"x",`+
			`"AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"@","PASSWORD":"\u0000"},`+
			`"PreviousPassword":"x","ProposedPassword":"Correct horse 8","UserAttributes":[{"Name":"name","Value":"A"}]}`))
	}
	for _, email := range []string{"", "@", "\x00", "a@b.cd", `\ud800@x`} {
		f.Add("ResendConfirmationCode", contentType, []byte(`{"ClientId":"`+id+`","Username":"`+email+`"}`))
	}
	f.Add("InitiateAuth", "text/plain", []byte(`null`))
	f.Add("Nothing", contentType, []byte(`[`))
	f.Fuzz(func(t *testing.T, op, media string, body []byte) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", media)
		r.Header.Set("X-Amz-Target", targetPrefix+op)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		var out map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
		}
		kind, _ := out["__type"].(string)
		switch w.Code {
		case 200:
			if kind != "" {
				t.Errorf("answer 200 has type %s", kind)
			}
		case 400:
			if kind == "" || w.Header().Get("X-Amzn-ErrorType") != kind+":" {
				t.Errorf("answer 400 %s has type %q in the header", w.Body, w.Header().Get("X-Amzn-ErrorType"))
			}
		default:
			t.Errorf("answer = %d %s", w.Code, w.Body)
		}
	})
}
