package provision

import (
	"context"
	"errors"
	"fmt"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// check compares a pool and a client with the table and prints a line for each
// difference. The pool and the client are those of the name, or the given ids.
// It is an error when there was any.
func (p *provisioner) check(ctx context.Context, pool, client string) (err error) {
	if p.Name != "" {
		if pool, err = p.findPool(ctx); err != nil {
			return err
		}
		if pool == "" {
			return fmt.Errorf("provision: there is no user pool named %q in %s", p.Name, p.region)
		}
		if client, err = p.findClient(ctx, pool); err != nil {
			return err
		}
	}
	if pool == "" {
		return errors.New("provision: --check needs --name, or AWS_COGNITO_USER_POOL_ID")
	}
	var found findings
	if err := p.checkPool(ctx, pool, &found); err != nil {
		return err
	}
	if client == "" {
		found.add(Missing, "there is no app client; run provision, or set AWS_COGNITO_USER_POOL_CLIENT_ID")
	} else if err := p.checkClient(ctx, pool, client, &found); err != nil {
		return err
	}
	for _, line := range found {
		fmt.Fprintln(p.out, line)
	}
	if len(found) > 0 {
		return fmt.Errorf("provision: %d differences from what the server needs in user pool %s", len(found), pool)
	}
	fmt.Fprintf(p.out, "user pool %s is as it should be\n", pool)
	return nil
}

// findings are the lines of a check.
type findings []string

func (f *findings) add(k Kind, format string, args ...any) {
	*f = append(*f, string(k)+": "+fmt.Sprintf(format, args...))
}

func (f *findings) addAll(changes []change) {
	for _, c := range changes {
		is := text(c.was)
		if c.was == nil {
			is = "not set"
		}
		f.add(c.Kind, "%s %s is %s and should be %s, so that %s", c.Resource, c.Path, is, text(c.Value), c.Why)
	}
}

func (p *provisioner) checkPool(ctx context.Context, pool string, found *findings) error {
	got, d, err := p.describePool(ctx, pool)
	if err != nil {
		return err
	}
	found.addAll(compare(UserPool, d))
	for _, a := range got.SchemaAttributes {
		switch name := deref(a.Name); name {
		case "sub", "email", "name", "preferred_username":
		default:
			if a.Required != nil && *a.Required {
				found.add(Fixed, "the attribute %s is required, and the sign-up page does not ask for it", name)
			}
		}
	}
	if got.MfaConfiguration == types.UserPoolMfaTypeOn {
		found.add(Missing, "%s; --mfa optional or off lets people in", mfaTrouble(got.MfaConfiguration))
	}
	there, err := p.hasGroup(ctx, pool)
	if err == nil && !there {
		found.addAll(compare(UserGroup, document{}))
	}
	return err
}

func (p *provisioner) checkClient(ctx context.Context, pool, id string, found *findings) error {
	out, err := p.api.DescribeUserPoolClient(ctx, &cip.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &id})
	if missing, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		found.add(Missing, "%s", missing.ErrorMessage())
		return nil
	}
	if err != nil {
		return failed("DescribeUserPoolClient", err)
	}
	d, err := describe(out.UserPoolClient)
	if err != nil {
		return err
	}
	found.addAll(compare(UserClient, d))
	if deref(out.UserPoolClient.ClientSecret) == "" {
		found.add(Unsafe, "the app client has no secret, so whoever knows its id can sign people up and guess passwords without this server")
	}
	return nil
}
