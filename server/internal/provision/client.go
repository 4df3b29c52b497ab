package provision

import (
	"context"
	"fmt"
	"maps"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// A clientState is an app client as it was found or made.
type clientState struct{ id, secret string }

// client finds, changes or makes the app client of the name.
func (p *provisioner) client(ctx context.Context, pool poolState) (clientState, error) {
	id, err := p.findClient(ctx, pool.id)
	if err != nil {
		return clientState{}, err
	}
	if id == "" {
		return p.makeClient(ctx, pool)
	}
	state, d, err := p.describeClient(ctx, pool.id, id)
	if err != nil {
		return state, err
	}
	changes := compare(UserClient, d)
	if len(changes) == 0 {
		p.say("as it should be: app client %s", id)
		return state, nil
	}
	if !p.doesAll("change the app client "+id, changes, wholeUnits(d)) {
		return state, nil
	}
	in := new(cip.UpdateUserPoolClientInput)
	if err := d.request(in); err != nil {
		return state, err
	}
	_, err = p.api.UpdateUserPoolClient(ctx, in)
	return state, failed("UpdateUserPoolClient", err)
}

// wholeUnits puts the client's validities into the table's units, all of them:
// a unit that is changed alone would change the length of what it counts.
func wholeUnits(d document) document {
	maps.Copy(d, inUnits(d))
	return d
}

func (p *provisioner) makeClient(ctx context.Context, pool poolState) (clientState, error) {
	if !p.does("make the app client %q with a secret", p.Name) {
		return clientState{}, errPlanned
	}
	d := document{}
	for _, s := range of(UserClient) {
		d.set(s.Path, s.Value)
	}
	in := new(cip.CreateUserPoolClientInput)
	if err := d.request(in); err != nil {
		return clientState{}, err
	}
	in.ClientName, in.UserPoolId, in.GenerateSecret = &p.Name, &pool.id, true
	out, err := p.api.CreateUserPoolClient(ctx, in)
	if err != nil {
		return clientState{}, failed("CreateUserPoolClient", err)
	}
	return clientState{deref(out.UserPoolClient.ClientId), deref(out.UserPoolClient.ClientSecret)}, nil
}

// findClient returns the id of the app client of the name, "" when there is
// none.
func (p *provisioner) findClient(ctx context.Context, pool string) (id string, err error) {
	pages := cip.NewListUserPoolClientsPaginator(p.api, &cip.ListUserPoolClientsInput{UserPoolId: &pool, MaxResults: new(int32(60))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", failed("ListUserPoolClients", err)
		}
		for _, c := range page.UserPoolClients {
			switch {
			case deref(c.ClientName) != p.Name:
			case id != "":
				return "", fmt.Errorf("provision: the app clients %s and %s are both named %q; rename one", id, deref(c.ClientId), p.Name)
			default:
				id = deref(c.ClientId)
			}
		}
	}
	return id, nil
}

func (p *provisioner) describeClient(ctx context.Context, pool, id string) (clientState, document, error) {
	out, err := p.api.DescribeUserPoolClient(ctx, &cip.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &id})
	if err != nil {
		return clientState{}, nil, failed("DescribeUserPoolClient", err)
	}
	d, err := describe(out.UserPoolClient)
	return clientState{id, deref(out.UserPoolClient.ClientSecret)}, d, err
}
