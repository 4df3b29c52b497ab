package provision

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/localpool"
)

// A cloud is an account with user pools: an embedded pool behind a server that
// writes down which operations it was asked for.
type cloud struct {
	*httptest.Server
	t   *testing.T
	api *cip.Client

	mu   sync.Mutex
	ops  []string
	edit func(op string, answer []byte) []byte // changes what is answered
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir(), Admin: true})
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t: t}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		recorder := httptest.NewRecorder()
		pool.ServeHTTP(recorder, r)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ops = append(c.ops, op)
		answer := recorder.Body.Bytes()
		if c.edit != nil {
			answer = c.edit(op, answer)
		}
		w.Header().Set("Content-Type", recorder.Header().Get("Content-Type"))
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(answer)
	}))
	t.Cleanup(func() {
		c.Close()
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	if c.api, _, err = connect(t.Context(), Options{Endpoint: c.URL, Region: "us-east-1"}, getenv(nil), t.Output()); err != nil {
		t.Fatal(err)
	}
	return c
}

// writes returns the operations asked for since the last call that are no
// questions, and forgets all.
func (c *cloud) writes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	ops := slices.DeleteFunc(c.ops, func(op string) bool {
		return strings.HasPrefix(op, "List") || strings.HasPrefix(op, "Describe") || strings.HasPrefix(op, "Get")
	})
	c.ops = nil
	return ops
}

// run runs the command and returns what it printed.
func (c *cloud) run(args ...string) (stdout, stderr string, err error) {
	c.t.Helper()
	var out, log bytes.Buffer
	env := getenv(map[string]string{"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": c.URL})
	err = Command(c.t.Context(), append([]string{"--region", "us-east-1"}, args...), env, &out, &log)
	return out.String(), log.String(), err
}

func (c *cloud) mustRun(args ...string) string {
	c.t.Helper()
	out, log, err := c.run(args...)
	if err != nil {
		c.t.Fatalf("provision %v = %v\n%s%s", args, err, out, log)
	}
	return out
}

// environment reads the lines that the command printed.
func environment(out string) map[string]string {
	env := map[string]string{}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		env[name] = value
	}
	return env
}

// TestTwice is the promise of the command: from nothing to a pool that the
// server can use, and nothing the second time.
func TestTwice(t *testing.T) {
	c := newCloud(t)
	args := []string{"--name", "porch", "--domain", "porch-door", "--mfa", "optional"}
	first := c.mustRun(args...)
	want := []string{"CreateUserPool", "SetUserPoolMfaConfig", "CreateUserPoolClient", "CreateGroup", "CreateUserPoolDomain"}
	if d := cmp.Diff(want, c.writes()); d != "" {
		t.Errorf("operations of the first run (-want +got):\n%s", d)
	}
	second := c.mustRun(args...)
	if got := c.writes(); len(got) > 0 {
		t.Errorf("operations of the second run that change something = %v, want none", got)
	}
	if first != second {
		t.Errorf("the second run printed %q, the first %q", second, first)
	}
	if out, log, err := c.run("--check", "--name", "porch"); err != nil {
		t.Errorf("--check = %v\n%s%s", err, out, log)
	}
	env := environment(first)
	client, err := cognito.New(cognito.Config{
		Region: env["AWS_REGION"], UserPoolID: env["AWS_COGNITO_USER_POOL_ID"], ClientID: env["AWS_COGNITO_USER_POOL_CLIENT_ID"],
		ClientSecret: env["AWS_COGNITO_USER_POOL_CLIENT_SECRET"], Endpoint: env["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"],
	})
	if err != nil {
		t.Fatalf("the printed environment %v: %v", env, err)
	}
	if _, err := client.SignUp(t.Context(), cognito.NewUser{Email: "ann@example.com", Password: "Porch-light-9"}); err != nil {
		t.Errorf("SignUp with the printed environment = %v", err)
	}
}

func TestDryRun(t *testing.T) {
	c := newCloud(t)
	out, log, err := c.run("--name", "porch", "--domain", "porch-door", "--mfa", "on", "--dry-run")
	if err != nil || out != "" || len(c.writes()) > 0 {
		t.Errorf("--dry-run = %q, %v, want nothing printed or done", out, err)
	}
	for _, want := range []string{`would: make the user pool "porch" in us-east-1`, "second factor to ON", "app client", "moderators", "porch-door"} {
		if !strings.Contains(log, want) {
			t.Errorf("--dry-run says\n%swithout %q", log, want)
		}
	}
	c.mustRun("--name", "porch")
	c.writes()
	c.loosen("porch")
	c.writes()
	_, log, err = c.run("--name", "porch", "--dry-run")
	if got := c.writes(); err != nil || len(got) > 0 || !strings.Contains(log, "would: change the app client") || !strings.Contains(log, "AccessTokenValidity: 60 → 15") {
		t.Errorf("--dry-run on a changed pool did %v, %v and says\n%s", got, err, log)
	}
}

func (c *cloud) ids(name string) (pool, client string) {
	c.t.Helper()
	p := &provisioner{Options: Options{Name: name}, api: c.api}
	pool, err := p.findPool(c.t.Context())
	if err == nil {
		client, err = p.findClient(c.t.Context(), pool)
	}
	if err != nil || pool == "" || client == "" {
		c.t.Fatalf("pool %q, client %q, %v", pool, client, err)
	}
	return pool, client
}

// loosen changes the pool and client of the name by hand: unsafe settings, and
// ones that the command does not know.
func (c *cloud) loosen(name string) {
	c.t.Helper()
	pool, client := c.ids(name)
	_, err := c.api.UpdateUserPool(c.t.Context(), &cip.UpdateUserPoolInput{
		UserPoolId: &pool, UserPoolTags: map[string]string{"team": "door"}, UserPoolTier: "PLUS",
		LambdaConfig: &types.LambdaConfigType{PreSignUp: new("arn:aws:lambda:x")},
		Policies:     &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: new(int32(14))}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = c.api.UpdateUserPoolClient(c.t.Context(), &cip.UpdateUserPoolClientInput{
		UserPoolId: &pool, ClientId: &client, CallbackURLs: []string{"https://example.com/back"}, AuthSessionValidity: new(int32(7)),
		AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: []types.OAuthFlowType{"code"}, AllowedOAuthScopes: []string{"openid"},
		SupportedIdentityProviders: []string{"COGNITO"}, ReadAttributes: []string{"email"}, RefreshTokenValidity: 90,
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// TestKeeps: what the command does not set is as it was, though each update
// replaces everything.
func TestKeeps(t *testing.T) {
	c := newCloud(t)
	c.mustRun("--name", "porch")
	c.loosen("porch")
	c.writes()
	c.mustRun("--name", "porch")
	if d := cmp.Diff([]string{"UpdateUserPool", "UpdateUserPoolClient"}, c.writes()); d != "" {
		t.Errorf("operations (-want +got):\n%s", d)
	}
	p := &provisioner{api: c.api}
	pool, client := c.ids("porch")
	got, d, err := p.describePool(t.Context(), pool)
	if err != nil || len(compare(UserPool, d)) > 0 {
		t.Errorf("the pool still differs: %v, %v", compare(UserPool, d), err)
	}
	if got.UserPoolTags["team"] != "door" || deref(got.LambdaConfig.PreSignUp) == "" || got.UserPoolTier != "PLUS" || *got.Policies.PasswordPolicy.MinimumLength != 14 {
		t.Errorf("the pool lost something, or a longer password: %+v", got)
	}
	_, d, err = p.describeClient(t.Context(), pool, client)
	if err != nil || len(compare(UserClient, d)) > 0 {
		t.Errorf("the client still differs: %v, %v", compare(UserClient, d), err)
	}
	for path, want := range map[string]any{
		"CallbackURLs": []any{"https://example.com/back"}, "AuthSessionValidity": 7.0, "AllowedOAuthFlowsUserPoolClient": true,
		"AllowedOAuthFlows": []any{"code"}, "AllowedOAuthScopes": []any{"openid"}, "SupportedIdentityProviders": []any{"COGNITO"},
		"ReadAttributes": []any{"email"}, "RefreshTokenValidity": 90.0, "ClientName": "porch",
	} {
		if diff := cmp.Diff(want, d.at(path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestMFA(t *testing.T) {
	c := newCloud(t)
	for _, step := range []struct {
		name, flag, want string
		writes           int
		warns, finds     string
	}{
		{"new pool, off", "off", "OFF", 3, "", ""},
		{"on", "on", "ON", 1, "nobody can sign in", "missing: the server does not ask"},
		{"on again", "on", "ON", 0, "nobody can sign in", "missing: the server does not ask"},
		{"not said", "", "ON", 0, "", "missing: the server does not ask"},
		{"optional", "optional", "OPTIONAL", 1, "whoever sets one up", ""},
		{"off", "off", "OFF", 1, "", ""},
	} {
		args := []string{"--name", "porch"}
		if step.flag != "" {
			args = append(args, "--mfa", step.flag)
		}
		_, log, err := c.run(args...)
		if err != nil || strings.Contains(log, "warning:") != (step.warns != "") || !strings.Contains(log, step.warns) {
			t.Errorf("%s: %v, want the warning %q in\n%s", step.name, err, step.warns, log)
		}
		if got := c.writes(); len(got) != step.writes {
			t.Errorf("%s: %v, want %d operations", step.name, got, step.writes)
		}
		pool, _ := c.ids("porch")
		out, err := c.api.GetUserPoolMfaConfig(t.Context(), &cip.GetUserPoolMfaConfigInput{UserPoolId: &pool})
		if err != nil || string(out.MfaConfiguration) != step.want {
			t.Errorf("%s: MFA is %v, %v, want %s", step.name, out, err, step.want)
		}
		found, _, err := c.run("--check", "--name", "porch")
		if (err != nil) != (step.finds != "") || !strings.Contains(found, step.finds) {
			t.Errorf("%s: --check = %v, want %q in\n%s", step.name, err, step.finds, found)
		}
	}
}

func TestRefusesToAdopt(t *testing.T) {
	c := newCloud(t)
	c.mustRun("--name", "porch")
	other, err := c.api.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: new("twin"), UsernameAttributes: []types.UsernameAttributeType{"email"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.api.CreateUserPoolDomain(t.Context(), &cip.CreateUserPoolDomainInput{UserPoolId: other.UserPool.Id, Domain: new("taken")}); err != nil {
		t.Fatal(err)
	}
	sensitive := func(op string, answer []byte) []byte {
		if op != "DescribeUserPool" {
			return answer
		}
		return bytes.ReplaceAll(answer, []byte(`"CaseSensitive":false`), []byte(`"CaseSensitive":true`))
	}
	twins := func(op string, answer []byte) []byte {
		return bytes.ReplaceAll(answer, []byte(`"twin"`), []byte(`"porch"`))
	}
	for _, tt := range []struct {
		name string
		args string
		edit func(string, []byte) []byte
		want string
	}{
		{"case sensitive", "--name porch", sensitive, "can't be used"},
		{"two of one name", "--name porch", twins, "rename one"},
		{"domain of another pool", "--name porch --domain taken", nil, "belongs to the user pool"},
		{"check of nobody", "--check --name nobody", nil, "there is no user pool named"},
		{"check of nothing", "--check", nil, "needs --name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.mu.Lock()
			c.edit = tt.edit
			c.mu.Unlock()
			c.writes()
			_, _, err := c.run(strings.Fields(tt.args)...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("provision %s = %v, want %q", tt.args, err, tt.want)
			}
			if got := c.writes(); len(got) > 0 {
				t.Errorf("provision %s did %v before it refused", tt.args, got)
			}
		})
	}
}

// TestCheck wants a line for each kind of trouble.
func TestCheck(t *testing.T) {
	c := newCloud(t)
	pool, err := c.api.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{
		PoolName: new("loose"), UsernameAttributes: []types.UsernameAttributeType{"email"},
		Schema: []types.SchemaAttributeType{{Name: new("phone_number"), Required: new(true)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := c.run("--check", "--name", "loose")
	if err == nil || !strings.Contains(out, "missing: there is no app client") {
		t.Errorf("--check without a client = %v\n%s", err, out)
	}
	if _, err := c.api.CreateUserPoolClient(t.Context(), &cip.CreateUserPoolClientInput{UserPoolId: pool.UserPool.Id, ClientName: new("loose")}); err != nil {
		t.Fatal(err)
	}
	c.writes()
	out, _, err = c.run("--check", "--name", "loose")
	if err == nil || len(c.writes()) > 0 {
		t.Errorf("--check of a loose pool = %v", err)
	}
	for _, want := range []string{
		"missing: UserPool AutoVerifiedAttributes is not set",
		"unsafe: UserPool DeletionProtection is INACTIVE and should be ACTIVE, so that",
		"can't be changed: the attribute phone_number is required",
		"missing: UserPoolGroup GroupName",
		"missing: UserPoolClient ExplicitAuthFlows",
		"unsafe: UserPoolClient AccessTokenValidity is 60 and should be 15",
		"unsafe: UserPoolClient PreventUserExistenceErrors is LEGACY",
		"unsafe: the app client has no secret",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("--check prints\n%swithout %q", out, want)
		}
	}
	for line := range strings.Lines(out) {
		if strings.Count(line, "\n") != 1 || len(line) > 250 {
			t.Errorf("not one short line: %q", line)
		}
	}
	env := map[string]string{"AWS_COGNITO_USER_POOL_ID": *pool.UserPool.Id, "AWS_COGNITO_USER_POOL_CLIENT_ID": "unknown",
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": c.URL}
	var lines bytes.Buffer
	err = Command(t.Context(), []string{"--check"}, getenv(env), &lines, &bytes.Buffer{})
	if err == nil || !strings.Contains(lines.String(), "missing: User pool client unknown does not exist.") {
		t.Errorf("--check by ids = %v\n%s", err, lines.String())
	}
}

func TestFailureNamesOperation(t *testing.T) {
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential=emulator/") {
			t.Errorf("the request is signed %q, want the made-up credentials", got)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"AccessDeniedException","message":"no"}`))
	}))
	defer down.Close()
	err := Command(context.Background(), []string{"--name", "x", "--endpoint", down.URL}, getenv(nil), &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "ListUserPools") || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("provision without leave = %v, want the operation and the reason", err)
	}
}
