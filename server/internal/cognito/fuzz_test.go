package cognito_test

import (
	"io"
	"net/http"
	"testing"

	"porchlight/server/internal/cognito"
)

// FuzzAnswer states that no answer makes the client panic, that a sign-in which
// succeeds has every token, and that a failure is of exactly one kind.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "", tokensAnswer)
	f.Add(200, "", `{"ChallengeName":"SMS_MFA"}`)
	f.Add(200, "", `[{}]`)
	f.Add(400, "NotAuthorizedException:http://internal.amazon.com/", `{"message":"m"}`)
	f.Add(400, "", `{"__type":"a.b#InvalidPasswordException","message":"Password did not conform with policy: x"}`)
	f.Add(500, "", "")
	f.Add(429, "\xff", "<html>")
	f.Fuzz(func(t *testing.T, status int, errorType, body string) {
		if status < 200 || status > 599 {
			t.Skip("net/http has no such final status")
		}
		pool := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-ErrorType", errorType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
		c := client(t, cognito.Config{Endpoint: "http://pool.invalid", HTTPClient: cognito.InProcess(pool)})
		got, err := c.SignIn(t.Context(), canaryEmail, canaryPassword)
		if err == nil {
			if got.Access == "" || got.ID == "" || got.Refresh == "" || got.ExpiresIn < 0 || status >= 300 {
				t.Errorf("SignIn = %+v at status %d, want every token or an error", got, status)
			}
			return
		}
		checkOneKind(t, err)
		checkQuiet(t, err)
	})
}

// BenchmarkSignIn is what the SDK costs around a call, without a network.
func BenchmarkSignIn(b *testing.B) {
	pool := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, tokensAnswer) })
	c, err := cognito.New(cognito.Config{
		Region: "eu-central-1", UserPoolID: "eu-central-1_a", ClientID: clientID, ClientSecret: canarySecret,
		Endpoint: "http://pool.invalid", HTTPClient: cognito.InProcess(pool),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.SignIn(b.Context(), canaryEmail, canaryPassword); err != nil {
			b.Fatal(err)
		}
	}
}
