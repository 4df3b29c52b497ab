package localpool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestBadRequests(t *testing.T) {
	p := newKit(t).pool
	const known = targetPrefix + "GetUser"
	for _, tt := range []struct {
		name, method, path, contentType, target string
		body                                    io.Reader
		want                                    string
	}{
		{"unknown operation", "POST", "/", contentType, targetPrefix + "Explode", strings.NewReader("{}"), kindUnknown},
		{"no target", "POST", "/", contentType, "", strings.NewReader("{}"), kindUnknown},
		{"other service", "POST", "/", contentType, "AWSCognitoIdentityService.GetUser", strings.NewReader("{}"), kindUnknown},
		{"case of the operation", "POST", "/", contentType, targetPrefix + "getuser", strings.NewReader("{}"), kindUnknown},
		{"other path", "POST", "/x", contentType, known, strings.NewReader("{}"), kindUnknown},
		{"PUT", "PUT", "/", contentType, known, strings.NewReader("{}"), kindUnknown},
		{"OPTIONS", "OPTIONS", "/", contentType, known, strings.NewReader("{}"), kindUnknown},
		{"form", "POST", "/", "application/x-www-form-urlencoded", known, strings.NewReader("{}"), kindSerialization},
		{"version 1.0", "POST", "/", "application/x-amz-json-1.0", known, strings.NewReader("{}"), kindSerialization},
		{"no content type", "POST", "/", "", known, strings.NewReader("{}"), kindSerialization},
		{"broken content type", "POST", "/", ";;", known, strings.NewReader("{}"), kindSerialization},
		{"no body", "POST", "/", contentType, known, nil, kindSerialization},
		{"empty body", "POST", "/", contentType, known, strings.NewReader(""), kindSerialization},
		{"malformed", "POST", "/", contentType, known, strings.NewReader(`{"AccessToken":`), kindSerialization},
		{"two values", "POST", "/", contentType, known, strings.NewReader("{}{}"), kindSerialization},
		{"array", "POST", "/", contentType, known, strings.NewReader("[]"), kindSerialization},
		{"null", "POST", "/", contentType, known, strings.NewReader("null"), kindInvalid},
		{"number for a string", "POST", "/", contentType, known, strings.NewReader(`{"AccessToken":1}`), kindSerialization},
		{"null for a string", "POST", "/", contentType, known, strings.NewReader(`{"AccessToken":null}`), kindInvalid},
		{"not UTF-8", "POST", "/", contentType, known, strings.NewReader("{\"AccessToken\":\"\xff\"}"), kindSerialization},
		{"deep", "POST", "/", contentType, known, strings.NewReader(strings.Repeat(`{"a":`, 12000)), kindSerialization},
		{"64 kB and one", "POST", "/", contentType, known, strings.NewReader(strings.Repeat(" ", maxBodyBytes+1)), kindInvalid},
		{"broken off", "POST", "/", contentType, known, failingReader{}, kindSerialization},
		{"missing member", "POST", "/", contentType, known, strings.NewReader("{}"), kindInvalid},
		{"token outside the pattern", "POST", "/", contentType, known, strings.NewReader(`{"AccessToken":"a b"}`), kindInvalid},
		{"attributes of a wrong type", "POST", "/", contentType, targetPrefix + "SignUp",
			strings.NewReader(`{"UserAttributes":{"Name":"a"}}`), kindSerialization},
		{"parameters of a wrong type", "POST", "/", contentType, targetPrefix + "InitiateAuth",
			strings.NewReader(`{"AuthParameters":{"USERNAME":1}}`), kindSerialization},
		{"client outside the pattern", "POST", "/", contentType, targetPrefix + "ForgotPassword",
			strings.NewReader(`{"ClientId":"a-b","Username":"x"}`), kindInvalid},
		{"unknown client", "POST", "/", contentType, targetPrefix + "ForgotPassword",
			strings.NewReader(`{"ClientId":"nobody","Username":"x"}`), kindNotFound},
		{"101 attributes", "POST", "/", contentType, targetPrefix + "SignUp", strings.NewReader(fmt.Sprintf(
			`{"ClientId":%q,"Username":"a@example.com","Password":%q,"UserAttributes":[{"Name":"name"}%s]}`,
			p.ClientID(), testPassword, strings.Repeat(`,{"Name":"name"}`, 100))), kindInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			r.Header.Set("X-Amz-Target", tt.target)
			w := httptest.NewRecorder()
			p.ServeHTTP(w, r)
			wantRefusal(t, w, 400, tt.want)
		})
	}
}

// wantRefusal checks everything about an answer that refuses.
func wantRefusal(t *testing.T, w *httptest.ResponseRecorder, status int, kind string) {
	t.Helper()
	var body map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
	}
	if w.Code != status || body["__type"] != kind || body["message"] == "" || len(body) != 2 {
		t.Errorf("answer = %d %v, want %d %s", w.Code, body, status, kind)
	}
	h := w.Header()
	got := []string{h.Get("X-Amzn-ErrorType"), h.Get("Content-Type"), h.Get("Cache-Control")}
	if want := []string{kind + ":", contentType, "no-store"}; !slices.Equal(got, want) || h.Get("X-Amzn-RequestId") == "" {
		t.Errorf("header = %v, want %v and a request id", h, want)
	}
}

func TestGoodRequests(t *testing.T) {
	k := newKit(t)
	body := fmt.Sprintf(`{"ClientId":%q,"Username":"ann@example.com","Password":%q,"Surprise":[1,{}],
		"UserContextData":{"IpAddress":"::1"},"SecretHash":null}`, k.client, testPassword)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType+"; charset=utf-8")
	r.Header.Set("X-Amz-Target", targetPrefix+"SignUp")
	w := httptest.NewRecorder()
	k.pool.ServeHTTP(w, r)
	var out signUpOutput
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 || out.UserSub == "" {
		t.Errorf("SignUp = %d %s, %v", w.Code, w.Body, err)
	}
	w = post(t.Context(), k.pool, "ConfirmSignUp", fmt.Sprintf(
		`{"ClientId":%q,"Username":"ann@example.com","ConfirmationCode":%q}`, k.client, k.code()))
	if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != "{}" {
		t.Errorf("ConfirmSignUp = %d %s, want 200 {}", w.Code, got)
	}
}

// TestFailures: only the pool's own failures are 500, they are logged, and
// nobody is told what they were.
func TestFailures(t *testing.T) {
	k := newKit(t)
	var log bytes.Buffer
	k.pool.log = slog.New(slog.NewTextHandler(&log, nil))
	k.pool.ops["Panic"] = func(context.Context, []byte) (any, error) { panic("secret reason") }
	w := post(t.Context(), k.pool, "Panic", "{}")
	wantRefusal(t, w, 500, kindInternal)
	if strings.Contains(w.Body.String(), "reason") || !strings.Contains(log.String(), "secret reason") {
		t.Errorf("answer %s, log %s", w.Body, &log)
	}
	body := fmt.Sprintf(`{"ClientId":%q,"Username":"ann@example.com"}`, k.client)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	log.Reset()
	wantRefusal(t, post(canceled, k.pool, "ForgotPassword", body), 400, kindTooMany)
	if log.Len() > 0 {
		t.Errorf("log of a request that was given up: %s", &log)
	}
	if err := k.pool.Close(); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, post(t.Context(), k.pool, "ForgotPassword", body), 500, kindInternal)
	for _, secret := range []string{"ann@example.com", k.client} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q: %s", secret, &log)
		}
	}
}

func TestHead(t *testing.T) {
	p := newKit(t).pool
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/"+p.ID()+pathJWKS, nil))
	if w.Code != 200 {
		t.Errorf("HEAD of the JWKS = %d, want 200", w.Code)
	}
}
