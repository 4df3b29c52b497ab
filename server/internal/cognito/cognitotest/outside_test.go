package cognitotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/cognito/cognitotest"
	"porchlight/server/internal/localpool"
)

// TestOutsidePool runs the contract on the pool at TEST_COGNITO_ENDPOINT, in a
// user pool that it makes there. Either the pool sends the code in
// TEST_COGNITO_CODE always, as cognito-local does when CODE is set, or it has
// the inbox of `porchlight pool`.
func TestOutsidePool(t *testing.T) {
	endpoint := os.Getenv("TEST_COGNITO_ENDPOINT")
	if endpoint == "" {
		t.Skip("TEST_COGNITO_ENDPOINT names no pool")
	}
	admin := cognitotest.Admin{Endpoint: endpoint}
	var made struct {
		UserPool struct {
			ID string `json:"Id"`
		}
	}
	err := admin.Do(t.Context(), "CreateUserPool", map[string]any{
		"PoolName": "contract", "UsernameAttributes": []string{"email"}, "AutoVerifiedAttributes": []string{"email"},
		"UsernameConfiguration": map[string]any{"CaseSensitive": false},
	}, &made)
	if err != nil {
		t.Fatal(err)
	}
	admin.Pool = made.UserPool.ID
	p := cognitotest.Pool{
		Apps: []cognitotest.App{
			outsideApp(t, admin, "plain", map[string]any{}),
			outsideApp(t, admin, "secret", map[string]any{"GenerateSecret": true}),
			outsideApp(t, admin, "rotation", map[string]any{
				"ExplicitAuthFlows":    []string{"ALLOW_USER_PASSWORD_AUTH"},
				"RefreshTokenRotation": map[string]any{"Feature": "ENABLED", "RetryGracePeriodSeconds": 2},
			}),
		},
		Code:  outsideCode(endpoint),
		Admin: admin,
	}
	if strings.HasPrefix(admin.Pool, "local_") {
		p.Differences = cognitoLocal()
	}
	cognitotest.TestPool(t, p)
}

// outsideApp makes an app client with the settings, which may replace the flows.
func outsideApp(t *testing.T, admin cognitotest.Admin, name string, settings map[string]any) cognitotest.App {
	t.Helper()
	in := map[string]any{
		"ClientName": name, "PreventUserExistenceErrors": "ENABLED",
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}
	maps.Copy(in, settings)
	var made struct {
		UserPoolClient struct {
			ClientID     string `json:"ClientId"`
			ClientSecret string
		}
	}
	if err := admin.Do(t.Context(), "CreateUserPoolClient", in, &made); err != nil {
		t.Fatal(err)
	}
	id, secret := made.UserPoolClient.ClientID, made.UserPoolClient.ClientSecret
	if want := settings["GenerateSecret"] != nil; want != (secret != "") {
		t.Fatalf("CreateUserPoolClient gave the secret %q, want one: %t", secret, want)
	}
	c, err := cognito.New(cognito.Config{
		Region: "us-east-1", UserPoolID: admin.Pool, ClientID: id, ClientSecret: secret, Endpoint: admin.Endpoint,
	})
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	app := cognitotest.App{Name: name, Client: c}
	if settings["RefreshTokenRotation"] != nil {
		app.Rotates, app.Grace = true, 2*time.Second
	}
	return app
}

// outsideCode returns the code that the pool always sends, or reads its inbox.
func outsideCode(endpoint string) func(context.Context, string, string) (string, error) {
	if code := os.Getenv("TEST_COGNITO_CODE"); code != "" {
		return func(context.Context, string, string) (string, error) { return code, nil }
	}
	return func(ctx context.Context, email, purpose string) (string, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/inbox", nil)
		if err != nil {
			return "", err
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		var mails []localpool.Mail
		if err := json.NewDecoder(res.Body).Decode(&mails); err != nil {
			return "", fmt.Errorf("set TEST_COGNITO_CODE: the pool has no inbox: %w", err)
		}
		for _, m := range mails {
			if m.To == email && m.Kind == purpose {
				return m.Code, nil
			}
		}
		return "", errors.New("no such mail")
	}
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
		{Case: "refresh/rotation", App: "rotation", Reason: "ignores RefreshTokenRotation: the same token works on"},
		{Case: "admin/global sign-out", Reason: "has no AdminUserGlobalSignOut"},
	}
}
