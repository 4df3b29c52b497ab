package localpool

import (
	"encoding/json"
	"fmt"
	"testing"
)

// BenchmarkOperations measures operations at production cost, without the SDK.
func BenchmarkOperations(b *testing.B) {
	config := quickConfig(b, b.TempDir(), &clock{})
	config.hashing = hashing{}
	p := openPool(b, config)
	call := func(op, format string, args ...any) []byte {
		w := post(b.Context(), p, op, fmt.Sprintf(format, args...))
		if w.Code != 200 {
			b.Fatalf("%s = %d %s", op, w.Code, w.Body)
		}
		return w.Body.Bytes()
	}
	const user = `{"ClientId":%q,"Username":"ann@example.com"`
	call("SignUp", user+`,"Password":%q}`, p.ClientID(), testPassword)
	mails, err := p.Inbox(b.Context(), 1)
	if err != nil {
		b.Fatal(err)
	}
	call("ConfirmSignUp", user+`,"ConfirmationCode":%q}`, p.ClientID(), mails[0].Code)
	signIn := func() (r authOutput) {
		body := call("InitiateAuth", `{"ClientId":%q,"AuthFlow":"USER_PASSWORD_AUTH",
			"AuthParameters":{"USERNAME":"ann@example.com","PASSWORD":%q}}`, p.ClientID(), testPassword)
		if err := json.Unmarshal(body, &r); err != nil {
			b.Fatal(err)
		}
		return r
	}
	r := signIn().AuthenticationResult
	b.Run("InitiateAuth", func(b *testing.B) {
		for b.Loop() {
			signIn()
		}
	})
	b.Run("GetTokensFromRefreshToken", func(b *testing.B) {
		for b.Loop() {
			call("GetTokensFromRefreshToken", `{"ClientId":%q,"RefreshToken":%q}`, p.ClientID(), r.RefreshToken)
		}
	})
	b.Run("GetUser", func(b *testing.B) {
		for b.Loop() {
			call("GetUser", `{"AccessToken":%q}`, r.AccessToken)
		}
	})
}
