package localpool

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"porchlight/server/internal/sqlitedb"
)

// TestSecretHashVector is computed by another program:
// printf '%s' ann@example.com1example23456789 | openssl dgst -sha256 -hmac secret -binary | base64.
func TestSecretHashVector(t *testing.T) {
	const want = "y77VMdQtcg5bYEc9SVsU2qBuiSo7pdIS2N7sjnyhNa0="
	if got := secretHash("1example23456789", "secret", "ann@example.com"); got != want {
		t.Errorf("secretHash = %q, want %q", got, want)
	}
}

// TestSecretHash sends no hash, a wrong one, one over another form of the name,
// and one that nobody asked for, to each operation that takes one.
func TestSecretHash(t *testing.T) {
	base := newKit(t)
	k := base.withClient(ClientConfig{Secret: true})
	sub := k.member(testEmail)
	k.signUp("unconfirmed@example.com")
	const missing, bad = "Client %s is configured for secret but secret was not received",
		"Unable to verify secret hash for client %s"
	for _, tt := range []struct{ name, secret, want string }{
		{"missing", "", missing},
		{"wrong secret", strings.Repeat("x", 52), bad},
	} {
		other := *k
		other.secret = tt.secret
		for op, err := range takersOfHash(&other, "unconfirmed@example.com") {
			t.Run(tt.name+" "+op, func(t *testing.T) {
				refused[*types.NotAuthorizedException](t, err, strings.ReplaceAll(tt.want, "%s", k.client))
			})
		}
	}
	other := *base
	other.secret = "uninvited"
	for op, err := range takersOfHash(&other, testEmail) {
		t.Run("uninvited "+op, func(t *testing.T) {
			refused[*types.NotAuthorizedException](t, err,
				"Client "+base.client+" is not configured for secret but secret was received")
		})
	}
	_, err := k.auth("USER_PASSWORD_AUTH", map[string]string{
		"USERNAME": testEmail, "PASSWORD": testPassword, "SECRET_HASH": *k.hash(sub)})
	refused[*types.NotAuthorizedException](t, err, strings.ReplaceAll(bad, "%s", k.client))
}

func takersOfHash(k *kit, email string) map[string]error {
	_, signUp := k.trySignUp("new@example.com", testPassword)
	_, resend := k.resend(email)
	_, forgot := k.forgot(email)
	_, signIn := k.trySignIn(email, testPassword)
	return map[string]error{
		"SignUp": signUp, "ResendConfirmationCode": resend, "ForgotPassword": forgot, "InitiateAuth": signIn,
		"ConfirmSignUp":         k.confirm(email, "123456"),
		"ConfirmForgotPassword": k.recover(email, "123456", testPassword),
	}
}

// TestSecretAtRefresh: the hash is over the canonical username, the sub, and
// the two newer operations take the secret itself.
func TestSecretAtRefresh(t *testing.T) {
	k := newKit(t).withClient(ClientConfig{Secret: true, Flows: []string{FlowPassword, FlowRefresh}})
	sub := k.member(testEmail)
	token := *k.signIn(testEmail).RefreshToken
	refresh := func(hash string) error {
		_, err := k.auth("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": token, "SECRET_HASH": hash})
		return err
	}
	if err := refresh(*k.hash(sub)); err != nil {
		t.Errorf("InitiateAuth with a hash over the sub = %v", err)
	}
	refused[*types.NotAuthorizedException](t, refresh(*k.hash(testEmail)),
		"SecretHash does not match for the client: "+k.client)
	refused[*types.NotAuthorizedException](t, refresh(""),
		"Client "+k.client+" is configured for secret but secret was not received")
	right := k.secret
	k.secret = "wrongsecretwrongsecretwrong"
	_, err := k.refresh(&token)
	refused[*types.NotAuthorizedException](t, err, "Client secret does not match for the client: "+k.client)
	refused[*types.UnauthorizedException](t, k.revoke(&token), "Client secret does not match for the client: "+k.client)
	k.secret = right
	if err := k.revoke(&token); err != nil {
		t.Errorf("RevokeToken = %v", err)
	}
}

// TestTwoSecrets: while a secret is being replaced, both are good.
func TestTwoSecrets(t *testing.T) {
	k := newKit(t).withClient(ClientConfig{Secret: true})
	const second = "thesecondsecretofthisclient"
	err := k.pool.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO client_secret (client, secret, created) VALUES (?, ?, ?)", k.client, second, start)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	k.member(testEmail)
	k.signIn(testEmail)
	k.secret = second
	k.signIn(testEmail)
}

func TestCreateClient(t *testing.T) {
	p := newKit(t).pool
	id, secret, err := p.CreateClient(t.Context(), ClientConfig{Secret: true})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[a-z0-9]{26}$`).MatchString(id) || !regexp.MustCompile(`^\w{24,64}$`).MatchString(secret) {
		t.Errorf("CreateClient = %q, %q, want the service's shapes", id, secret)
	}
	for _, tt := range []struct {
		name   string
		config ClientConfig
		want   string
	}{
		{"unknown flow", ClientConfig{Flows: []string{"ALLOW_ALL"}}, `"ALLOW_ALL" is not a flow of this pool`},
		{"short access token", ClientConfig{AccessLife: time.Minute}, "Access and ID tokens live for 5 minutes to 24 hours"},
		{"long ID token", ClientConfig{IDLife: 25 * time.Hour}, "Access and ID tokens live for 5 minutes to 24 hours"},
		{"fraction of a second", ClientConfig{AccessLife: time.Hour + 1}, "Access and ID tokens live for 5 minutes to 24 hours"},
		{"short refresh token", ClientConfig{RefreshLife: time.Minute}, "Refresh tokens live for 1 hour to 10 years"},
		{"refresh before access", ClientConfig{AccessLife: 2 * time.Hour, RefreshLife: time.Hour},
			"A refresh token lives at least as long as the others"},
		{"long grace", ClientConfig{Rotate: true, Grace: 61 * time.Second}, "RetryGracePeriodSeconds is 0 to 60"},
		{"two ways to refresh", ClientConfig{Rotate: true, Flows: []string{FlowRefresh}},
			"Refresh token rotation excludes ALLOW_REFRESH_TOKEN_AUTH"},
		{"long name", ClientConfig{Name: strings.Repeat("x", 129)}, "ClientName has at most 128 characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := p.CreateClient(t.Context(), tt.config)
			if err == nil || err.Error() != "InvalidParameterException: "+tt.want {
				t.Errorf("CreateClient = %v, want %s", err, tt.want)
			}
		})
	}
	_, _, err = p.CreateClient(t.Context(), ClientConfig{Pool: "us-east-1_nobody"})
	if err == nil || err.Error() != "ResourceNotFoundException: User pool does not exist." {
		t.Errorf("CreateClient in an unknown pool = %v", err)
	}
}
