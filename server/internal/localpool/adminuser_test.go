package localpool

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"porchlight/server/internal/sqlitedb"
)

// cmpTypes lets cmp look at the SDK's types.
func cmpTypes() cmp.Option {
	return cmpopts.IgnoreUnexported(types.UserPoolClientType{}, types.TokenValidityUnitsType{}, types.RefreshTokenRotationType{})
}

// redoMigration undoes a migration's columns and tables and applies it again,
// by opening the folder.
func (k *kit) redoMigration(name string) {
	k.t.Helper()
	err := k.pool.db.Write(k.t.Context(), func(tx *sqlitedb.Tx) error {
		for _, statement := range []string{
			"DROP INDEX client_by_pool", "DROP TABLE domain",
			"ALTER TABLE pool DROP COLUMN settings", "ALTER TABLE pool DROP COLUMN modified",
			"ALTER TABLE client DROP COLUMN settings", "ALTER TABLE client DROP COLUMN revocable", "ALTER TABLE client DROP COLUMN modified",
			"ALTER TABLE user DROP COLUMN temporary", "ALTER TABLE user_group DROP COLUMN description",
			"ALTER TABLE user_group DROP COLUMN role", "ALTER TABLE user_group DROP COLUMN precedence",
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		_, err := tx.Exec("DELETE FROM migrations WHERE name = ?", name)
		return err
	})
	if err == nil {
		err = k.pool.Close()
	}
	if err != nil {
		k.t.Fatal(err)
	}
	config := quickConfig(k.t, k.dir, k.clock)
	config.Admin = true
	k.pool = openPool(k.t, config)
	k.sdk = signedClient(k.pool)
}

func (k *kit) invite(email string, change ...func(*cip.AdminCreateUserInput)) (*types.UserType, error) {
	in := &cip.AdminCreateUserInput{UserPoolId: new(k.pool.ID()), Username: &email}
	for _, c := range change {
		c(in)
	}
	out, err := k.sdk.AdminCreateUser(k.t.Context(), in)
	if err != nil {
		return nil, err
	}
	return out.User, nil
}

func (k *kit) status(email string) string {
	k.t.Helper()
	out, err := k.sdk.AdminGetUser(k.t.Context(), &cip.AdminGetUserInput{UserPoolId: new(k.pool.ID()), Username: &email})
	if err != nil {
		k.t.Fatalf("AdminGetUser = %v", err)
	}
	return string(out.UserStatus)
}

// wantChallenge wants a right password to be answered by the challenge.
func (k *kit) wantChallenge(email, password, name string) {
	k.t.Helper()
	out, err := k.sdk.InitiateAuth(k.t.Context(), &cip.InitiateAuthInput{ClientId: &k.client, AuthFlow: "USER_PASSWORD_AUTH",
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password}})
	if err != nil || string(out.ChallengeName) != name || out.AuthenticationResult != nil || len(aws.ToString(out.Session)) < 20 {
		k.t.Errorf("InitiateAuth = %+v, %v, want the challenge %s", out, err, name)
	}
}

func TestInvitedUser(t *testing.T) {
	k := newAdminKit(t)
	u, err := k.invite("Ann@Example.com", func(in *cip.AdminCreateUserInput) {
		in.UserAttributes = []types.AttributeType{sdkAttribute("email_verified", "True"), sdkAttribute("name", "Ann")}
	})
	if err != nil || u.UserStatus != "FORCE_CHANGE_PASSWORD" || !u.Enabled {
		t.Fatalf("AdminCreateUser = %+v, %v", u, err)
	}
	password := k.code() // an invitation carries it
	k.wantChallenge(testEmail, password, "NEW_PASSWORD_REQUIRED")
	if out, err := k.forgot(testEmail); err != nil || out.CodeDeliveryDetails == nil || k.code() != password {
		t.Errorf("ForgotPassword of an invited user = %v, %v, want an answer and no mail", out, err)
	}
	_, err = k.invite(testEmail)
	refused[*types.UsernameExistsException](t, err, "User account already exists")
	k.clock.advance(6 * 24 * time.Hour)
	if _, err := k.invite(testEmail, func(in *cip.AdminCreateUserInput) { in.MessageAction = "RESEND" }); err != nil {
		t.Fatalf("AdminCreateUser again = %v", err)
	}
	second := k.code()
	k.clock.advance(6 * 24 * time.Hour)
	k.wantChallenge(testEmail, second, "NEW_PASSWORD_REQUIRED")
	_, err = k.trySignIn(testEmail, password)
	refused[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
	k.clock.advance(2 * 24 * time.Hour)
	_, err = k.trySignIn(testEmail, second)
	refused[*types.NotAuthorizedException](t, err, "Temporary password has expired and must be reset by an administrator.")
	set := func(password string, permanent bool) error {
		_, err := k.sdk.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: new(k.pool.ID()), Username: u.Username, Password: &password, Permanent: permanent})
		return err
	}
	refused[*types.InvalidPasswordException](t, set("tooshort", true), "Password did not conform with policy: Password must have uppercase characters")
	if err := set(testPassword, true); err != nil {
		t.Fatalf("AdminSetUserPassword = %v", err)
	}
	if got := k.status(testEmail); got != "CONFIRMED" {
		t.Errorf("status = %s, want CONFIRMED", got)
	}
	attributes, err := k.getUser(k.signIn(testEmail).AccessToken)
	if err != nil || attributes["email_verified"] != "true" || attributes["name"] != "Ann" {
		t.Errorf("GetUser = %v, %v", attributes, err)
	}
	if err := set(testPassword, false); err != nil || k.status(testEmail) != "FORCE_CHANGE_PASSWORD" {
		t.Errorf("AdminSetUserPassword, not permanent = %v, status %s", err, k.status(testEmail))
	}
	k.wantChallenge(testEmail, testPassword, "NEW_PASSWORD_REQUIRED")
}

func TestInviteRefused(t *testing.T) {
	k := newAdminKit(t)
	k.member("there@example.com")
	for _, tt := range []struct {
		name, email string
		change      func(*cip.AdminCreateUserInput)
		want        string
	}{
		{"no address", "ann", func(*cip.AdminCreateUserInput) {}, "Username should be an email."},
		{"weak password", testEmail, func(in *cip.AdminCreateUserInput) { in.TemporaryPassword = new("weakweak") }, "InvalidPasswordException"},
		{"action", testEmail, func(in *cip.AdminCreateUserInput) { in.MessageAction = "SHOUT" }, "MessageAction"},
		{"resend to nobody", testEmail, func(in *cip.AdminCreateUserInput) { in.MessageAction = "RESEND" }, "UserNotFoundException"},
		{"resend to a member", "there@example.com", func(in *cip.AdminCreateUserInput) { in.MessageAction = "RESEND" }, "UnsupportedUserStateException"},
		{"verified maybe", testEmail, func(in *cip.AdminCreateUserInput) {
			in.UserAttributes = []types.AttributeType{sdkAttribute("email_verified", "maybe")}
		}, "InvalidParameterException"},
		{"another sub", testEmail, func(in *cip.AdminCreateUserInput) {
			in.UserAttributes = []types.AttributeType{sdkAttribute("sub", "x")}
		}, "NotAuthorizedException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := k.invite(tt.email, tt.change)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("AdminCreateUser = %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := k.invite("quiet@example.com", func(in *cip.AdminCreateUserInput) { in.MessageAction = "SUPPRESS" }); err != nil {
		t.Fatal(err)
	}
	if mails, _ := k.pool.Inbox(t.Context(), 1); mails[0].To == "quiet@example.com" {
		t.Error("a suppressed message was sent")
	}
}

// TestAdminConfirm: an administrator confirms without a code, and the address
// stays unverified, so that no code can be had for a new password.
func TestAdminConfirm(t *testing.T) {
	k := newAdminKit(t)
	k.signUp(testEmail)
	code := k.code()
	confirm := func() error {
		_, err := k.sdk.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: new(k.pool.ID()), Username: new(testEmail)})
		return err
	}
	if err := confirm(); err != nil {
		t.Fatal(err)
	}
	refused[*types.NotAuthorizedException](t, confirm(), "User cannot be confirmed. Current status is CONFIRMED")
	k.signIn(testEmail)
	if _, err := k.forgot(testEmail); err != nil || k.code() != code {
		t.Errorf("ForgotPassword for an unverified address = %v, want an answer and no mail", err)
	}
	legacyErrors := k.withClient(ClientConfig{LegacyErrors: true})
	_, err := legacyErrors.forgot(testEmail)
	refused[*types.InvalidParameterException](t, err, "Cannot reset password for the user as there is no registered/verified email or phone_number")
}

func TestAdminGroups(t *testing.T) {
	k := newAdminKit(t)
	sub := k.member(testEmail)
	pool, group := new(k.pool.ID()), new("moderators")
	add := func(name string) error {
		_, err := k.sdk.AdminAddUserToGroup(t.Context(), &cip.AdminAddUserToGroupInput{UserPoolId: pool, Username: &name, GroupName: group})
		return err
	}
	refused[*types.ResourceNotFoundException](t, add(sub), "Group not found.")
	create := func() error {
		_, err := k.sdk.CreateGroup(t.Context(), &cip.CreateGroupInput{UserPoolId: pool, GroupName: group})
		return err
	}
	if err := create(); err != nil {
		t.Fatal(err)
	}
	refused[*types.GroupExistsException](t, create(), "A group with the name already exists.")
	refused[*types.UserNotFoundException](t, add("nobody@example.com"), "User does not exist.")
	for range 2 { // a repeat is no error
		if err := add(testEmail); err != nil {
			t.Fatal(err)
		}
	}
	if got := accessClaims(t, k.signIn(testEmail)).Groups; !cmp.Equal(got, []string{"moderators"}) {
		t.Errorf("groups = %v", got)
	}
}

func TestAdminGlobalSignOut(t *testing.T) {
	k := newAdminKit(t)
	k.member(testEmail)
	r := k.signIn(testEmail)
	_, err := k.sdk.AdminUserGlobalSignOut(t.Context(), &cip.AdminUserGlobalSignOutInput{UserPoolId: new(k.pool.ID()), Username: new(testEmail)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.refresh(r.RefreshToken)
	refused[*types.NotAuthorizedException](t, err, "Refresh Token has been revoked")
	_, err = k.getUser(r.AccessToken)
	refused[*types.NotAuthorizedException](t, err, "Access Token has been revoked")
	k.signIn(testEmail)
}

// TestFilterReadsOn: one user among many is found on the first page.
func TestFilterReadsOn(t *testing.T) {
	k := newAdminKit(t)
	pool := k.pool.ID()
	for i := range 2*maxPage + 3 {
		if _, err := k.invite(fmt.Sprintf("user%d@example.com", i), func(in *cip.AdminCreateUserInput) { in.MessageAction = "SUPPRESS" }); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2*maxPage + 3 {
		out, err := k.sdk.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &pool, Filter: new(fmt.Sprintf(`email = "user%d@example.com"`, i))})
		if err != nil || len(out.Users) != 1 || out.PaginationToken != nil {
			t.Fatalf("ListUsers for user %d = %+v, %v, want one and no more pages", i, out, err)
		}
	}
}
