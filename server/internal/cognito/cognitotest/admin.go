package cognitotest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"porchlight/server/internal/cognito"
)

// Admin does to a pool what an administrator does, by the operations of the API
// for which AWS wants credentials. It sends none: emulators and the embedded
// pool ask for none.
type Admin struct {
	// Endpoint is the pool's URL, and HTTP the client that reaches it; nil is
	// http.DefaultClient.
	Endpoint string
	HTTP     *http.Client
	Pool     string // id
}

// Do calls an operation of the pool and decodes the answer into out, which may
// be nil.
func (a Admin) Do(ctx context.Context, op string, in map[string]any, out any) error {
	if a.Endpoint == "" {
		return errors.New("the pool has no administrator")
	}
	if a.Pool != "" {
		in["UserPoolId"] = a.Pool
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+op)
	client := a.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s = status %d, %.300s", op, res.StatusCode, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

func adminCases() []testCase {
	return []testCase{
		{"groups/in tokens", groupsInTokens},
		{"groups/none", groupsNone},
		{"admin/confirm", adminConfirm},
		{"admin/invited", adminInvited},
		{"admin/set password", adminSetPassword},
		{"admin/global sign-out", adminSignOut},
		{"admin/get user", adminGetUser},
		{"admin/list users", adminListUsers},
	}
}

func (k kit) admin(ctx context.Context, op string, in map[string]any, out any) error {
	return k.pool.Admin.Do(ctx, op, in, out)
}

// groups returns the groups that an access token names. It is not verified: the
// pool has just given it.
func groups(access string) ([]string, error) {
	var c struct {
		Groups []string `json:"cognito:groups"`
	}
	part := strings.Split(access, ".")
	if len(part) != 3 {
		return nil, errors.New("the access token is no compact JWS")
	}
	payload, err := base64.RawURLEncoding.DecodeString(part[1])
	if err == nil {
		err = json.Unmarshal(payload, &c)
	}
	return c.Groups, wrap("the access token's claims", err)
}

// groupsInTokens: tokens name the groups from the next refresh and sign-in on.
func groupsInTokens(ctx context.Context, k kit) error {
	a, old, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	username, err := k.username(ctx, old.Access)
	if err != nil {
		return err
	}
	group := "group-" + strings.TrimPrefix(a.handle, "ada_")
	if err := first(
		k.admin(ctx, "CreateGroup", map[string]any{"GroupName": group}, nil),
		k.admin(ctx, "AdminAddUserToGroup", map[string]any{"GroupName": group, "Username": username}, nil)); err != nil {
		return err
	}
	refreshed, err1 := k.refresh(ctx, old.Refresh, username)
	fresh, err2 := k.client().SignIn(ctx, a.email, password)
	return first(wrap("Refresh", err1), wrap("SignIn", err2),
		named("Refresh", refreshed, group), named("SignIn", fresh, group))
}

// named wants the access token to name the group and no other.
func named(step string, t cognito.Tokens, group string) error {
	got, err := groups(t.Access)
	if err == nil && !slices.Equal(got, []string{group}) {
		err = fmt.Errorf("the access token of %s has the groups %q, want %q", step, got, group)
	}
	return err
}

func groupsNone(ctx context.Context, k kit) error {
	_, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	got, err := groups(t.Access)
	if err == nil && len(got) > 0 {
		err = fmt.Errorf("the access token of somebody without groups has %q", got)
	}
	return err
}

// adminConfirm: who an administrator confirms needs no code.
func adminConfirm(ctx context.Context, k kit) error {
	a, err := k.signUp(ctx)
	if err != nil {
		return err
	}
	if err := k.admin(ctx, "AdminConfirmSignUp", map[string]any{"Username": a.email}, nil); err != nil {
		return err
	}
	_, err = k.client().SignIn(ctx, a.email, password)
	return wrap("SignIn", err)
}

// adminInvited: who was given a password has to change it first, which the
// server cannot do for them and says.
func adminInvited(ctx context.Context, k kit) error {
	a := k.stranger()
	in := map[string]any{"Username": a.email, "TemporaryPassword": password, "MessageAction": "SUPPRESS"}
	if err := k.admin(ctx, "AdminCreateUser", in, nil); err != nil {
		return err
	}
	_, err := k.client().SignIn(ctx, a.email, password)
	return refused("SignIn with a temporary password", err, cognito.ErrChallenge)
}

func adminSetPassword(ctx context.Context, k kit) error {
	a, err := k.member(ctx)
	if err != nil {
		return err
	}
	in := map[string]any{"Username": a.email, "Password": otherPassword, "Permanent": true}
	if err := k.admin(ctx, "AdminSetUserPassword", in, nil); err != nil {
		return err
	}
	_, old := k.client().SignIn(ctx, a.email, password)
	_, err = k.client().SignIn(ctx, a.email, otherPassword)
	return first(refused("SignIn with the old password", old, cognito.ErrNotAuthorized), wrap("SignIn with the new password", err))
}

// adminSignOut: every sign-in ends, the account stays.
func adminSignOut(ctx context.Context, k kit) error {
	a, t, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	username, err := k.username(ctx, t.Access)
	if err != nil {
		return err
	}
	if err := k.admin(ctx, "AdminUserGlobalSignOut", map[string]any{"Username": username}, nil); err != nil {
		return err
	}
	_, refresh := k.refresh(ctx, t.Refresh, username)
	_, again := k.client().SignIn(ctx, a.email, password)
	return first(refused("Refresh after AdminUserGlobalSignOut", refresh, cognito.ErrNotAuthorized), wrap("SignIn afterwards", again))
}

func adminGetUser(ctx context.Context, k kit) error {
	a, err := k.signUp(ctx)
	if err != nil {
		return err
	}
	var out struct {
		UserStatus     string
		Enabled        bool
		UserAttributes []struct{ Name, Value string }
	}
	if err := k.admin(ctx, "AdminGetUser", map[string]any{"Username": a.email}, &out); err != nil {
		return err
	}
	i := slices.IndexFunc(out.UserAttributes, func(v struct{ Name, Value string }) bool { return v.Name == "email" })
	if out.UserStatus != "UNCONFIRMED" || !out.Enabled || i < 0 || out.UserAttributes[i].Value != a.email {
		return fmt.Errorf("AdminGetUser = %+v, want %s, unconfirmed and enabled", out, a.email)
	}
	return refused("AdminGetUser of nobody", errorOf(k.admin(ctx, "AdminGetUser", map[string]any{"Username": k.stranger().email}, nil)), cognito.ErrUserNotFound)
}

// errorOf makes the error of an administrator's operation one of the client's,
// as far as the cases need it.
func errorOf(err error) error {
	if err != nil && strings.Contains(err.Error(), "UserNotFoundException") {
		return cognito.ErrUserNotFound
	}
	return err
}

func adminListUsers(ctx context.Context, k kit) error {
	a, err := k.signUp(ctx)
	if err != nil {
		return err
	}
	var out struct {
		Users []struct{ Username, UserStatus string }
	}
	if err := k.admin(ctx, "ListUsers", map[string]any{"Filter": `email = "` + a.email + `"`}, &out); err != nil {
		return err
	}
	if len(out.Users) != 1 || out.Users[0].UserStatus != "UNCONFIRMED" {
		return fmt.Errorf("ListUsers for one address = %+v, want one that is unconfirmed", out.Users)
	}
	return nil
}
