package provision

import (
	"context"
	"errors"
	"fmt"
	"io"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// A provisioner carries one run.
type provisioner struct {
	Options
	api    *cip.Client
	region string
	out    io.Writer // the environment
	log    io.Writer // what is done
}

// errPlanned ends a dry run where the next step needs what was not made.
var errPlanned = errors.New("planned")

func (p *provisioner) say(format string, args ...any) { fmt.Fprintf(p.log, format+"\n", args...) }

// does says what is done and reports whether to do it.
func (p *provisioner) does(format string, args ...any) bool {
	verb := "does: "
	if p.DryRun {
		verb = "would: "
	}
	p.say(verb+format, args...)
	return !p.DryRun
}

// provision makes what is missing, changes what differs, and prints the
// environment. It stops at the first failure; a second run goes on from there.
func (p *provisioner) provision(ctx context.Context) error {
	if m := mfaTrouble(mfaValue(p.MFA)); m != "" {
		p.say("warning: %s", m)
	}
	pool, err := p.pool(ctx)
	if errors.Is(err, errPlanned) {
		p.planRest()
		return nil
	}
	if err != nil {
		return err
	}
	if err := p.mfa(ctx, pool); err != nil {
		return err
	}
	client, err := p.client(ctx, pool)
	if err != nil && !errors.Is(err, errPlanned) {
		return err
	}
	if err := errors.Join(p.group(ctx, pool), p.domain(ctx, pool)); err != nil {
		return err
	}
	if client.id != "" && !p.DryRun {
		p.print(pool, client)
	}
	return nil
}

// planRest says what follows the making of a pool.
func (p *provisioner) planRest() {
	if m := mfaValue(p.MFA); m != "" && m != types.UserPoolMfaTypeOff {
		p.does("set the second factor to %s", m)
	}
	p.does("make the app client %q with a secret", p.Name)
	p.does("make the group %q", Group)
	if p.Domain != "" {
		p.does("make the domain %q", p.Domain)
	}
}

// A poolState is a pool as it was found or made.
type poolState struct {
	id, domain string
	made       bool
}

// pool finds, changes or makes the pool of the name.
func (p *provisioner) pool(ctx context.Context) (poolState, error) {
	id, err := p.findPool(ctx)
	if err != nil {
		return poolState{}, err
	}
	if id == "" {
		return p.makePool(ctx)
	}
	found, d, err := p.describePool(ctx, id)
	if err != nil {
		return poolState{}, err
	}
	state := poolState{id: id, domain: deref(found.Domain)}
	changes := compare(UserPool, d)
	for _, c := range changes {
		if c.Kind == Fixed {
			return state, fmt.Errorf("provision: the user pool %s of that name can't be used: %s; give another --name", id, c)
		}
	}
	if len(changes) == 0 {
		p.say("as it should be: user pool %s", id)
		return state, nil
	}
	if !p.doesAll("change the user pool "+id, changes, d) {
		return state, nil
	}
	in, err := updatePool(id, d)
	if err != nil {
		return state, err
	}
	_, err = p.api.UpdateUserPool(ctx, in)
	return state, failed("UpdateUserPool", err)
}

// updatePool makes the request that sends a pool back with its changes.
func updatePool(id string, d document) (*cip.UpdateUserPoolInput, error) {
	in := new(cip.UpdateUserPoolInput)
	if err := d.request(in); err != nil {
		return nil, err
	}
	in.UserPoolId = &id
	if in.AdminCreateUserConfig != nil {
		// The description has it beside TemporaryPasswordValidityDays, which
		// replaced it; a request with both is refused.
		in.AdminCreateUserConfig.UnusedAccountValidityDays = 0
	}
	return in, nil
}

// doesAll says what is changed, puts it into the document and reports whether
// to send it.
func (p *provisioner) doesAll(what string, changes []change, d document) bool {
	for _, c := range changes {
		p.does("%s: %s", what, c)
		d.set(c.Path, c.Value)
	}
	return !p.DryRun
}

func (p *provisioner) makePool(ctx context.Context) (poolState, error) {
	if !p.does("make the user pool %q in %s", p.Name, p.region) {
		return poolState{}, errPlanned
	}
	d := document{}
	for _, s := range of(UserPool) {
		d.set(s.Path, s.Value)
	}
	in := new(cip.CreateUserPoolInput)
	if err := d.request(in); err != nil {
		return poolState{}, err
	}
	in.PoolName = &p.Name
	out, err := p.api.CreateUserPool(ctx, in)
	if err != nil {
		return poolState{}, failed("CreateUserPool", err)
	}
	return poolState{id: deref(out.UserPool.Id), made: true}, nil
}

// findPool returns the id of the pool of the name, "" when there is none.
func (p *provisioner) findPool(ctx context.Context) (id string, err error) {
	pages := cip.NewListUserPoolsPaginator(p.api, &cip.ListUserPoolsInput{MaxResults: new(int32(60))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", failed("ListUserPools", err)
		}
		for _, pool := range page.UserPools {
			switch {
			case deref(pool.Name) != p.Name:
			case id != "":
				return "", fmt.Errorf("provision: %s and %s are both named %q; rename one", id, deref(pool.Id), p.Name)
			default:
				id = deref(pool.Id)
			}
		}
	}
	return id, nil
}

func (p *provisioner) describePool(ctx context.Context, id string) (*types.UserPoolType, document, error) {
	out, err := p.api.DescribeUserPool(ctx, &cip.DescribeUserPoolInput{UserPoolId: &id})
	if err != nil {
		return nil, nil, failed("DescribeUserPool", err)
	}
	d, err := describe(out.UserPool)
	return out.UserPool, d, err
}

// mfaValue returns what the API calls the flag's value, "" when it is none.
func mfaValue(v string) types.UserPoolMfaType {
	return map[string]types.UserPoolMfaType{
		"off": types.UserPoolMfaTypeOff, "optional": types.UserPoolMfaTypeOptional, "on": types.UserPoolMfaTypeOn,
	}[v]
}

// mfaTrouble returns who is kept out by a second factor, which the server's
// sign-in page does not ask for, and "" when nobody is.
func mfaTrouble(m types.UserPoolMfaType) string {
	const unasked = "the server does not ask for a second factor yet: "
	switch m {
	case types.UserPoolMfaTypeOn:
		return unasked + "while MFA is ON nobody can sign in there"
	case types.UserPoolMfaTypeOptional:
		return unasked + "whoever sets one up elsewhere can't sign in there"
	}
	return ""
}

// mfa sets the second factor, an authenticator app, when it was asked for.
func (p *provisioner) mfa(ctx context.Context, pool poolState) error {
	want := mfaValue(p.MFA)
	if want == "" || pool.made && want == types.UserPoolMfaTypeOff {
		return nil
	}
	now, err := p.api.GetUserPoolMfaConfig(ctx, &cip.GetUserPoolMfaConfigInput{UserPoolId: &pool.id})
	if err != nil {
		return failed("GetUserPoolMfaConfig", err)
	}
	app := now.SoftwareTokenMfaConfiguration
	if now.MfaConfiguration == want && (want == types.UserPoolMfaTypeOff || app != nil && app.Enabled) {
		return nil
	}
	if !p.does("set the second factor from %s to %s", now.MfaConfiguration, want) {
		return nil
	}
	in := &cip.SetUserPoolMfaConfigInput{UserPoolId: &pool.id, MfaConfiguration: want, WebAuthnConfiguration: now.WebAuthnConfiguration}
	if want != types.UserPoolMfaTypeOff { // with OFF no factor may be given
		in.EmailMfaConfiguration, in.SmsMfaConfiguration = now.EmailMfaConfiguration, now.SmsMfaConfiguration
		in.SoftwareTokenMfaConfiguration = &types.SoftwareTokenMfaConfigType{Enabled: true}
	}
	_, err = p.api.SetUserPoolMfaConfig(ctx, in)
	return failed("SetUserPoolMfaConfig", err)
}

// group makes the moderators' group when it is not there.
func (p *provisioner) group(ctx context.Context, pool poolState) error {
	there, err := p.hasGroup(ctx, pool.id)
	if err != nil || there || !p.does("make the group %q", Group) {
		return err
	}
	_, err = p.api.CreateGroup(ctx, &cip.CreateGroupInput{UserPoolId: &pool.id, GroupName: new(Group)})
	return failed("CreateGroup", err)
}

func (p *provisioner) hasGroup(ctx context.Context, pool string) (bool, error) {
	pages := cip.NewListGroupsPaginator(p.api, &cip.ListGroupsInput{UserPoolId: &pool})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, failed("ListGroups", err)
		}
		for _, g := range page.Groups {
			if deref(g.GroupName) == Group {
				return true, nil
			}
		}
	}
	return false, nil
}

// domain makes the domain that was asked for.
func (p *provisioner) domain(ctx context.Context, pool poolState) error {
	switch {
	case p.Domain == "" || pool.domain == p.Domain:
		return nil
	case pool.domain != "":
		return fmt.Errorf("provision: the user pool has the domain %q already; leave --domain out, or delete that one first", pool.domain)
	}
	out, err := p.api.DescribeUserPoolDomain(ctx, &cip.DescribeUserPoolDomainInput{Domain: &p.Domain})
	if err != nil {
		return failed("DescribeUserPoolDomain", err)
	}
	if d := out.DomainDescription; d != nil && deref(d.UserPoolId) != "" {
		return fmt.Errorf("provision: the domain %q belongs to the user pool %s; choose another --domain", p.Domain, *d.UserPoolId)
	}
	if !p.does("make the domain %q", p.Domain) {
		return nil
	}
	_, err = p.api.CreateUserPoolDomain(ctx, &cip.CreateUserPoolDomainInput{UserPoolId: &pool.id, Domain: &p.Domain})
	return failed("CreateUserPoolDomain", err)
}

// print writes the lines that point the server at the pool.
func (p *provisioner) print(pool poolState, c clientState) {
	fmt.Fprintf(p.out, "AWS_REGION=%s\nAWS_COGNITO_USER_POOL_ID=%s\nAWS_COGNITO_USER_POOL_CLIENT_ID=%s\n", p.region, pool.id, c.id)
	if c.secret != "" {
		fmt.Fprintf(p.out, "AWS_COGNITO_USER_POOL_CLIENT_SECRET=%s\n", c.secret)
	}
	if p.Endpoint != "" {
		fmt.Fprintf(p.out, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=%s\n", p.Endpoint)
	}
}

// failed says which operation failed.
func failed(op string, err error) error {
	if err != nil {
		return fmt.Errorf("provision: %s: %w", op, err)
	}
	return nil
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
