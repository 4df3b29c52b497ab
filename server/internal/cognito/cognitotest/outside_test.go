package cognitotest_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/cognito/cognitotest"
)

// TestOutsidePool runs the contract on the emulator at TEST_COGNITO_ENDPOINT,
// in a pool that it makes there. The emulator has to send the code in
// TEST_COGNITO_CODE always, as cognito-local does when CODE is set.
func TestOutsidePool(t *testing.T) {
	endpoint := os.Getenv("TEST_COGNITO_ENDPOINT")
	if endpoint == "" {
		t.Skip("TEST_COGNITO_ENDPOINT names no pool")
	}
	pool := admin(t, endpoint, "CreateUserPool", map[string]any{
		"PoolName": "contract", "UsernameAttributes": []string{"email"}, "AutoVerifiedAttributes": []string{"email"},
		"UsernameConfiguration": map[string]any{"CaseSensitive": false},
	}).UserPool.ID
	p := cognitotest.Pool{
		Apps: []cognitotest.App{outsideApp(t, endpoint, pool, false), outsideApp(t, endpoint, pool, true)},
		Code: func(context.Context, string, string) (string, error) {
			return cmp.Or(os.Getenv("TEST_COGNITO_CODE"), "123456"), nil
		},
	}
	if strings.HasPrefix(pool, "local_") {
		p.Differences = cognitoLocal()
	}
	cognitotest.TestPool(t, p)
}

func outsideApp(t *testing.T, endpoint, pool string, secret bool) cognitotest.App {
	t.Helper()
	made := admin(t, endpoint, "CreateUserPoolClient", map[string]any{
		"ClientName": "contract", "UserPoolId": pool, "GenerateSecret": secret,
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}).UserPoolClient
	c, err := cognito.New(cognito.Config{
		Region: "us-east-1", UserPoolID: pool, ClientID: made.ClientID, ClientSecret: made.ClientSecret, Endpoint: endpoint,
	})
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	if secret != (made.ClientSecret != "") {
		t.Fatalf("CreateUserPoolClient gave the secret %q, want one: %t", made.ClientSecret, secret)
	}
	return cognitotest.App{Name: fmt.Sprintf("secret=%t", secret), Client: c}
}

// made is what the two operations of admin answer.
type made struct {
	UserPool struct {
		ID string `json:"Id"`
	}
	UserPoolClient struct {
		ClientID     string `json:"ClientId"`
		ClientSecret string
	}
}

// admin calls an operation that emulators do not ask credentials for.
func admin(t *testing.T, endpoint, op string, in map[string]any) made {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+op)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s = %v", op, err)
	}
	defer res.Body.Close()
	var out made
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s = status %d, %v", op, res.StatusCode, err)
	}
	return out
}

// cognitoLocal lists what cognito-local 5.3.0 does unlike AWS.
func cognitoLocal() []cognitotest.Difference {
	const noResend = "has no ResendConfirmationCode"
	return []cognitotest.Difference{
		{Case: "sign-up/duplicate", Reason: "ignores UsernameConfiguration: names differ by case"},
		{Case: "sign-up/weak password", Reason: "checks no password policy"},
		{Case: "confirm/used code", Reason: "says ExpiredCode of a confirmed account"},
		{Case: "confirm/unknown account", Reason: "says NotAuthorized of an unknown account"},
		{Case: "resend/voids the code before", Reason: noResend},
		{Case: "resend/confirmed account", Reason: noResend},
		{Case: "resend/unknown account", Reason: noResend},
		{Case: "sign-in/capitals", Reason: "ignores UsernameConfiguration: names differ by case"},
		{Case: "user/garbage token", Reason: "believes tokens unverified, and then misses the client that garbage names"},
		{Case: "refresh/of another client", Reason: "does not tie refresh tokens to a client"},
		{Case: "password/change refused", Reason: "says InvalidPassword of a wrong previous password, and checks no policy"},
		{Case: "recover/voids the code before", Reason: "sends the same code each time while CODE is set"},
		{Case: "recover/weak password", Reason: "checks no password policy"},
		{Case: "sign-out/revoke", Reason: "does not tie access tokens to the refresh token"},
		{Case: "sign-out/revoke again", Reason: "refuses a token that it does not know"},
		{Case: "sign-out/revoke an access token", Reason: "refuses a token that it does not know"},
		{Case: "sign-out/global", Reason: "has no GlobalSignOut"},
	}
}
