package localpool

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"porchlight/server/internal/sqlitedb"
)

func TestSignInRefuses(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	const one = "1 validation error detected: "
	for _, tt := range []struct {
		name       string
		flow       types.AuthFlowType
		parameters map[string]string
		want       string
	}{
		{"no name", "USER_PASSWORD_AUTH", map[string]string{"PASSWORD": testPassword}, "Missing required parameter USERNAME"},
		{"no password", "USER_PASSWORD_AUTH", map[string]string{"USERNAME": testEmail}, "Missing required parameter PASSWORD"},
		{"no parameters", "USER_PASSWORD_AUTH", nil, "Missing required parameter USERNAME"},
		{"long password", "USER_PASSWORD_AUTH", map[string]string{"USERNAME": testEmail, "PASSWORD": strings.Repeat("x", 257)},
			one + "Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{"long name", "USER_PASSWORD_AUTH", map[string]string{"USERNAME": strings.Repeat("x", 129), "PASSWORD": "x"},
			one + "Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"flow that the client has not", "USER_SRP_AUTH", nil, "USER_SRP_AUTH flow not enabled for this client"},
		{"admin flow", "ADMIN_USER_PASSWORD_AUTH", nil, "ADMIN_USER_PASSWORD_AUTH flow not enabled for this client"},
		{"refresh flow with rotation", "REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": "x"},
			"REFRESH_TOKEN_AUTH flow not enabled for this client"},
		{"its other name", "REFRESH_TOKEN", map[string]string{"REFRESH_TOKEN": "x"},
			"REFRESH_TOKEN_AUTH flow not enabled for this client"},
		{"unknown flow", "PLEASE", nil, one + "Value at 'authFlow' failed to satisfy constraint: " +
			"Member must satisfy enum value set: [ADMIN_NO_SRP_AUTH, ADMIN_USER_PASSWORD_AUTH, CUSTOM_AUTH, " +
			"REFRESH_TOKEN, REFRESH_TOKEN_AUTH, USER_AUTH, USER_PASSWORD_AUTH, USER_SRP_AUTH]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := k.auth(tt.flow, tt.parameters)
			refused[*types.InvalidParameterException](t, err, tt.want)
		})
	}
}

// TestSignInBySub signs in with the canonical username.
func TestSignInBySub(t *testing.T) {
	k := newKit(t)
	sub := k.member(testEmail)
	if _, err := k.trySignIn(strings.ToUpper(sub), testPassword); err != nil {
		t.Errorf("InitiateAuth with the sub = %v", err)
	}
}

func TestDisabledUser(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	r := k.signIn(testEmail)
	err := k.pool.db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("UPDATE user SET enabled = 0")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const disabled = "User is disabled."
	_, err = k.trySignIn(testEmail, testPassword)
	refused[*types.NotAuthorizedException](t, err, disabled)
	_, err = k.trySignIn(testEmail, "Wrong horse 1")
	refused[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
	_, err = k.getUser(r.AccessToken)
	refused[*types.NotAuthorizedException](t, err, disabled)
	_, err = k.refresh(r.RefreshToken)
	refused[*types.NotAuthorizedException](t, err, disabled)
}

func TestLockout(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	wrong := func(want string) {
		t.Helper()
		_, err := k.trySignIn(testEmail, "Wrong horse 1")
		refused[*types.NotAuthorizedException](t, err, want)
	}
	const incorrect, locked = "Incorrect username or password.", "Password attempts exceeded"
	for range freeFailures {
		wrong(incorrect)
	}
	for wait := time.Second; wait <= 4*time.Second; wait *= 2 {
		k.clock.advance(wait - time.Microsecond)
		for range 3 { // these do not count
			wrong(locked)
		}
		_, err := k.trySignIn(testEmail, testPassword)
		refused[*types.NotAuthorizedException](t, err, locked)
		k.clock.advance(time.Microsecond)
		wrong(incorrect)
	}
	k.clock.advance(8 * time.Second)
	k.signIn(testEmail)
	for range freeFailures - 1 {
		wrong(incorrect)
	}
	k.signIn(testEmail)
}

func TestLockoutIsForgotten(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	for range 2 {
		for range freeFailures {
			_, err := k.trySignIn(testEmail, "Wrong horse 1")
			refused[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
		}
		k.clock.advance(time.Second + lockoutMemory)
	}
}

func TestLockoutFor(t *testing.T) {
	for n, want := range map[int64]time.Duration{
		1: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 10: 32 * time.Second, 14: 512 * time.Second,
		15: maxLockout, 16: maxLockout, 1 << 40: maxLockout,
	} {
		if got := lockoutFor(n); got != want {
			t.Errorf("lockoutFor(%d) = %v, want %v", n, got, want)
		}
	}
}
