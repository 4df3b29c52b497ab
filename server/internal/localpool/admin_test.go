package localpool

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// signedClient is a client with credentials, which the pool never looks at.
func signedClient(p *Pool) *cip.Client {
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
	})
	return cip.New(cip.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("https://local-user-pool.invalid"),
		HTTPClient: doer{p}, RetryMaxAttempts: 1, Credentials: credentials,
	})
}

// newAdminKit is a kit on a pool that takes administrators at their word.
func newAdminKit(t *testing.T) *kit {
	t.Helper()
	dir, c := t.TempDir(), &clock{}
	config := quickConfig(t, dir, c)
	config.Admin = true
	p := openPool(t, config)
	return &kit{t: t, dir: dir, pool: p, clock: c, sdk: signedClient(p), client: p.ClientID()}
}

// safePool is what the tests make pools of.
func safePool(name string) *cip.CreateUserPoolInput {
	return &cip.CreateUserPoolInput{
		PoolName: &name, UsernameAttributes: []types.UsernameAttributeType{"email"},
		UsernameConfiguration: &types.UsernameConfigurationType{CaseSensitive: new(false)},
	}
}

func (k *kit) makePool(name string, change ...func(*cip.CreateUserPoolInput)) string {
	k.t.Helper()
	in := safePool(name)
	for _, c := range change {
		c(in)
	}
	out, err := k.sdk.CreateUserPool(k.t.Context(), in)
	if err != nil {
		k.t.Fatalf("CreateUserPool = %v", err)
	}
	return *out.UserPool.Id
}

func (k *kit) makeClient(in cip.CreateUserPoolClientInput) *types.UserPoolClientType {
	k.t.Helper()
	out, err := k.sdk.CreateUserPoolClient(k.t.Context(), &in)
	if err != nil {
		k.t.Fatalf("CreateUserPoolClient = %v", err)
	}
	return out.UserPoolClient
}

// TestAdminNeedsLeave: a pool that was not opened for administrators says what
// AWS says to a request without credentials.
func TestAdminNeedsLeave(t *testing.T) {
	k := newKit(t)
	for op := range k.pool.adminOps {
		w := post(t.Context(), k.pool, op, `{"UserPoolId":"`+k.pool.ID()+`"}`)
		if w.Code != 400 || !strings.Contains(w.Body.String(), "MissingAuthenticationTokenException") {
			t.Errorf("%s = %d %s, want MissingAuthenticationTokenException", op, w.Code, w.Body)
		}
	}
}

// TestAdminRefusesGarbage: no operation takes an empty or malformed request for
// more than it is, and none breaks.
func TestAdminRefusesGarbage(t *testing.T) {
	k := newAdminKit(t)
	allow := []string{`ListUserPools {"MaxResults":60}`}
	for op := range k.pool.adminOps {
		for _, body := range []string{``, `[]`, `{}`, `{"UserPoolId":"../../etc"}`, `{"UserPoolId":"us-east-1_nobody"}`,
			`{"UserPoolId":"us-east-1_nobody","ClientId":"x","Username":"x","GroupName":"x","Domain":"x","Password":"xxxxxx"}`,
			`{"UserPoolId":7}`, `{"MaxResults":61}`, `{"UserPoolId":"` + strings.Repeat("x", 60) + `_a"}`} {
			w := post(t.Context(), k.pool, op, body)
			if w.Code != 400 && !slices.Contains(allow, op+" "+body) && op != "DescribeUserPoolDomain" {
				t.Errorf("%s %s = %d %s, want a refusal", op, body, w.Code, w.Body)
			}
		}
	}
}

func TestPoolLife(t *testing.T) {
	k := newAdminKit(t)
	id := k.makePool("second", func(in *cip.CreateUserPoolInput) {
		in.DeletionProtection = "ACTIVE"
		in.UserPoolTags = map[string]string{"team": "door"}
		in.LambdaConfig = &types.LambdaConfigType{PreSignUp: new("arn:aws:lambda:x")}
	})
	described := func() *types.UserPoolType {
		out, err := k.sdk.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &id})
		if err != nil {
			t.Fatalf("DescribeUserPool = %v", err)
		}
		return out.UserPool
	}
	d := described()
	if *d.Name != "second" || d.UserPoolTags["team"] != "door" || *d.LambdaConfig.PreSignUp != "arn:aws:lambda:x" ||
		d.MfaConfiguration != "OFF" || d.UserPoolTier != "ESSENTIALS" || *d.Policies.PasswordPolicy.MinimumLength != 8 || !d.CreationDate.Equal(start.Truncate(time.Millisecond)) {
		t.Errorf("DescribeUserPool = %+v", d)
	}
	_, err := k.sdk.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &id})
	refused[*types.InvalidParameterException](t, err, "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	// What an update leaves out is gone.
	if _, err := k.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &id}); err != nil {
		t.Fatalf("UpdateUserPool = %v", err)
	}
	d = described()
	if d.DeletionProtection != "INACTIVE" || len(d.UserPoolTags) > 0 || d.LambdaConfig != nil || *d.Name != "second" || len(d.UsernameAttributes) != 1 {
		t.Errorf("DescribeUserPool after an empty update = %+v", d)
	}
	if _, err := k.sdk.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &id}); err != nil {
		t.Fatalf("DeleteUserPool = %v", err)
	}
	_, err = k.sdk.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &id})
	refused[*types.ResourceNotFoundException](t, err, "User pool "+id+" does not exist.")
	if _, ok := k.pool.document("/" + id + pathJWKS); ok {
		t.Error("the keys of a deleted pool are there")
	}
	own := k.pool.ID()
	_, err = k.sdk.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &own})
	refused[*types.InvalidParameterException](t, err, "The user pool "+own+" is the local pool's own and stays")
}

func TestPoolIsRefused(t *testing.T) {
	k := newAdminKit(t)
	for _, tt := range []struct {
		name   string
		change func(*cip.CreateUserPoolInput)
		want   string
	}{
		{"user names", func(in *cip.CreateUserPoolInput) { in.UsernameAttributes = nil }, "Users of a local pool sign in by email address"},
		{"case", func(in *cip.CreateUserPoolInput) { in.UsernameConfiguration.CaseSensitive = new(true) }, "without regard to case"},
		{"MFA without a factor", func(in *cip.CreateUserPoolInput) { in.MfaConfiguration = "ON" }, "SMS configuration and Auto verification"},
		{"MFA unknown", func(in *cip.CreateUserPoolInput) { in.MfaConfiguration = "MAYBE" }, "MfaConfiguration is"},
		{"short passwords", func(in *cip.CreateUserPoolInput) {
			in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: new(int32(5))}}
		}, "MinimumLength is 6 to 99"},
		{"name", func(in *cip.CreateUserPoolInput) { in.PoolName = new("<pool>") }, "poolName"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := safePool("p")
			tt.change(in)
			_, err := k.sdk.CreateUserPool(t.Context(), in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("CreateUserPool = %v, want %q", err, tt.want)
			}
		})
	}
}

// TestPoolPolicy: a pool's own policy counts, and whether people may sign up.
func TestPoolPolicy(t *testing.T) {
	k := newAdminKit(t)
	id := k.makePool("strict", func(in *cip.CreateUserPoolInput) {
		in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: new(int32(12))}}
	})
	k.client = *k.makeClient(cip.CreateUserPoolClientInput{UserPoolId: &id, ClientName: new("c"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{FlowPassword}}).ClientId
	_, err := k.trySignUp(testEmail, "elevenchars")
	refused[*types.InvalidPasswordException](t, err, "Password did not conform with policy: Password not long enough")
	if _, err := k.trySignUp(testEmail, "twelve chars"); err != nil {
		t.Errorf("SignUp within the policy = %v", err)
	}
	_, err = k.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &id,
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.trySignUp("other@example.com", testPassword)
	refused[*types.NotAuthorizedException](t, err, "SignUp is not permitted for this user pool")
}

// TestClientLife: an update replaces everything that it leaves out, the secret
// stays.
func TestClientLife(t *testing.T) {
	k := newAdminKit(t)
	pool := k.pool.ID()
	c := k.makeClient(cip.CreateUserPoolClientInput{
		UserPoolId: &pool, ClientName: new("web"), GenerateSecret: true,
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{FlowPassword}, AccessTokenValidity: new(int32(10)),
		TokenValidityUnits: &types.TokenValidityUnitsType{AccessToken: "minutes"},
		CallbackURLs:       []string{"https://example.com/back"}, PreventUserExistenceErrors: "ENABLED",
		RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: "ENABLED", RetryGracePeriodSeconds: new(int32(10))},
	})
	if len(aws.ToString(c.ClientSecret)) < 24 || !*c.EnableTokenRevocation || *c.AuthSessionValidity != 3 {
		t.Errorf("CreateUserPoolClient = %+v", c)
	}
	k.client, k.secret = *c.ClientId, *c.ClientSecret
	k.member(testEmail)
	if got := k.signIn(testEmail).ExpiresIn; got != 600 {
		t.Errorf("ExpiresIn = %d, want 600", got)
	}
	k.clock.advance(time.Minute)
	out, err := k.sdk.UpdateUserPoolClient(t.Context(), &cip.UpdateUserPoolClientInput{UserPoolId: &pool, ClientId: c.ClientId,
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{FlowPassword}})
	if err != nil {
		t.Fatalf("UpdateUserPoolClient = %v", err)
	}
	want := *c
	want.AccessTokenValidity, want.TokenValidityUnits, want.CallbackURLs, want.RefreshTokenRotation = nil, nil, nil, nil
	want.PreventUserExistenceErrors, want.LastModifiedDate = "LEGACY", out.UserPoolClient.LastModifiedDate
	if d := cmp.Diff(&want, out.UserPoolClient, cmpTypes()); d != "" {
		t.Errorf("UpdateUserPoolClient (-want +got):\n%s", d)
	}
	if got := k.signIn(testEmail).ExpiresIn; got != 3600 {
		t.Errorf("ExpiresIn after the update = %d, want 3600", got)
	}
	if _, err := k.sdk.DeleteUserPoolClient(t.Context(), &cip.DeleteUserPoolClientInput{UserPoolId: &pool, ClientId: c.ClientId}); err != nil {
		t.Fatal(err)
	}
	_, err = k.trySignIn(testEmail, testPassword)
	refused[*types.ResourceNotFoundException](t, err, "User pool client "+*c.ClientId+" does not exist.")
}

// TestGoClientIsDescribed: a client that Go made is described as one that the
// API made.
func TestGoClientIsDescribed(t *testing.T) {
	k := newAdminKit(t)
	pool, client := k.pool.ID(), k.pool.ClientID()
	out, err := k.sdk.DescribeUserPoolClient(t.Context(), &cip.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &client})
	if err != nil {
		t.Fatal(err)
	}
	c := out.UserPoolClient
	if *c.AccessTokenValidity != 900 || c.TokenValidityUnits.AccessToken != "seconds" || c.RefreshTokenRotation.Feature != "ENABLED" ||
		c.PreventUserExistenceErrors != "ENABLED" || c.ClientSecret != nil {
		t.Errorf("the pool's own client = %+v", c)
	}
}

// TestOldFolder: a folder from before there were settings is read as what it is.
func TestOldFolder(t *testing.T) {
	k := newAdminKit(t)
	flows := []string{FlowPassword, FlowRefresh}
	id, _, err := k.pool.CreateClient(t.Context(), ClientConfig{Name: "old", Flows: flows, LegacyErrors: true, AccessLife: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	pool := k.pool.ID()
	describe := func() *types.UserPoolClientType {
		out, err := k.sdk.DescribeUserPoolClient(t.Context(), &cip.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &id})
		if err != nil {
			t.Fatal(err)
		}
		out.UserPoolClient.LastModifiedDate = nil
		return out.UserPoolClient
	}
	want := describe()
	k.redoMigration("0002_admin.sql")
	if d := cmp.Diff(want, describe(), cmpTypes()); d != "" {
		t.Errorf("the client after migration (-want +got):\n%s", d)
	}
}

func TestLists(t *testing.T) {
	k := newAdminKit(t)
	pool := k.pool.ID()
	want := map[string]bool{pool: true}
	for _, name := range []string{"a", "b", "c"} {
		want[k.makePool(name)] = true
		k.makeClient(cip.CreateUserPoolClientInput{UserPoolId: &pool, ClientName: new(name)})
		k.member(name + "@example.com")
		if _, err := k.sdk.CreateGroup(t.Context(), &cip.CreateGroupInput{UserPoolId: &pool, GroupName: new(name), Precedence: new(int32(3))}); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]bool{}
	pools := cip.NewListUserPoolsPaginator(k.sdk, &cip.ListUserPoolsInput{MaxResults: new(int32(3))})
	for pools.HasMorePages() {
		page, err := pools.NextPage(t.Context())
		if err != nil || len(page.UserPools) > 3 {
			t.Fatalf("ListUserPools = %d pools, %v", len(page.UserPools), err)
		}
		for _, p := range page.UserPools {
			got[*p.Id] = true
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("ListUserPools (-want +got):\n%s", d)
	}
	count := 0
	clients := cip.NewListUserPoolClientsPaginator(k.sdk, &cip.ListUserPoolClientsInput{UserPoolId: &pool, MaxResults: new(int32(1))})
	for clients.HasMorePages() {
		page, err := clients.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		count += len(page.UserPoolClients)
	}
	users := cip.NewListUsersPaginator(k.sdk, &cip.ListUsersInput{UserPoolId: &pool, Limit: new(int32(2))})
	for users.HasMorePages() {
		page, err := users.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		count += 10 * len(page.Users)
	}
	groups, err := k.sdk.ListGroups(t.Context(), &cip.ListGroupsInput{UserPoolId: &pool})
	if err != nil || count != 34 || len(groups.Groups) != 3 || *groups.Groups[0].Precedence != 3 {
		t.Errorf("clients and ten times users = %d, want 34; groups = %+v, %v", count, groups, err)
	}
}

func TestListUsersFilter(t *testing.T) {
	k := newAdminKit(t)
	pool := k.pool.ID()
	k.member("Ann@Example.com", sdkAttribute("name", `Ann "A" B`))
	k.signUp("bob@example.com", sdkAttribute("name", "Bob"))
	for _, tt := range []struct {
		name, filter string
		want         int
	}{
		{"none", "", 2},
		{"email", `email = "ann@example.com"`, 1},
		{"beginning", `email ^= "BOB@"`, 1},
		{"quotes", `name = "Ann \"A\" B"`, 1},
		{"state", `cognito:user_status = "UNCONFIRMED"`, 1},
		{"enabled", `status = "Enabled"`, 2},
		{"nobody", `email = "x"`, 0},
		{"attribute that can't be searched", `custom:x = "1"`, -1},
		{"no quotes", `email = ann`, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := &cip.ListUsersInput{UserPoolId: &pool, AttributesToGet: []string{"email"}}
			if tt.filter != "" {
				in.Filter = &tt.filter
			}
			out, err := k.sdk.ListUsers(t.Context(), in)
			if tt.want < 0 {
				if err == nil {
					t.Errorf("ListUsers(%s) = no error", tt.filter)
				}
				return
			}
			if err != nil || len(out.Users) != tt.want {
				t.Fatalf("ListUsers(%s) = %+v, %v, want %d", tt.filter, out, err, tt.want)
			}
			for _, u := range out.Users {
				if len(u.Attributes) != 1 || *u.Attributes[0].Name != "email" {
					t.Errorf("attributes = %+v, want the email alone", u.Attributes)
				}
			}
		})
	}
}

func TestDomain(t *testing.T) {
	k := newAdminKit(t)
	pool, name := k.pool.ID(), new("porch-door")
	describe := func() *types.DomainDescriptionType {
		out, err := k.sdk.DescribeUserPoolDomain(t.Context(), &cip.DescribeUserPoolDomainInput{Domain: name})
		if err != nil {
			t.Fatal(err)
		}
		return out.DomainDescription
	}
	if d := describe(); d.UserPoolId != nil {
		t.Errorf("a domain that nobody has = %+v", d)
	}
	make := func(name string) error {
		_, err := k.sdk.CreateUserPoolDomain(t.Context(), &cip.CreateUserPoolDomainInput{UserPoolId: &pool, Domain: &name})
		return err
	}
	if err := make(*name); err != nil {
		t.Fatal(err)
	}
	if d := describe(); aws.ToString(d.UserPoolId) != pool || d.Status != "ACTIVE" {
		t.Errorf("DescribeUserPoolDomain = %+v", d)
	}
	if err := make("another"); err == nil {
		t.Error("a second domain of a pool = no error")
	}
	if err := make("Bad_Name"); err == nil {
		t.Error("a malformed domain = no error")
	}
	if _, err := k.sdk.DeleteUserPoolDomain(t.Context(), &cip.DeleteUserPoolDomainInput{UserPoolId: &pool, Domain: name}); err != nil {
		t.Fatal(err)
	}
	if d := describe(); d.UserPoolId != nil {
		t.Errorf("a deleted domain = %+v", d)
	}
}

func TestMFAConfig(t *testing.T) {
	k := newAdminKit(t)
	pool := k.pool.ID()
	set := func(mfa types.UserPoolMfaType, totp bool) error {
		in := &cip.SetUserPoolMfaConfigInput{UserPoolId: &pool, MfaConfiguration: mfa}
		if totp {
			in.SoftwareTokenMfaConfiguration = &types.SoftwareTokenMfaConfigType{Enabled: true}
		}
		_, err := k.sdk.SetUserPoolMfaConfig(t.Context(), in)
		return err
	}
	refused[*types.InvalidParameterException](t, set("ON", false), "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.")
	refused[*types.InvalidParameterException](t, set("OFF", true), "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")
	k.member(testEmail)
	if err := set("OPTIONAL", true); err != nil {
		t.Fatal(err)
	}
	k.signIn(testEmail)
	if err := set("ON", true); err != nil {
		t.Fatal(err)
	}
	out, err := k.sdk.GetUserPoolMfaConfig(t.Context(), &cip.GetUserPoolMfaConfigInput{UserPoolId: &pool})
	if err != nil || out.MfaConfiguration != "ON" || !out.SoftwareTokenMfaConfiguration.Enabled {
		t.Errorf("GetUserPoolMfaConfig = %+v, %v", out, err)
	}
	k.wantChallenge(testEmail, testPassword, "MFA_SETUP")
	_, err = k.trySignIn(testEmail, "Wrong-password-1")
	refused[*types.NotAuthorizedException](t, err, "Incorrect username or password.")
}

func TestNoRevocation(t *testing.T) {
	k := newAdminKit(t)
	pool := k.pool.ID()
	c := k.makeClient(cip.CreateUserPoolClientInput{UserPoolId: &pool, ClientName: new("c"), EnableTokenRevocation: new(false),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{FlowPassword}})
	k.client = *c.ClientId
	k.member(testEmail)
	refused[*types.UnsupportedOperationException](t, k.revoke(k.signIn(testEmail).RefreshToken), "Revocation is not enabled for the client")
}
