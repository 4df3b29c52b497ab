package localpool

import (
	"context"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"porchlight/server/internal/sqlitedb"
)

// An operation answers the body of a request. Its errors are faults, errors of
// the context, or failures of the pool.
type operation func(ctx context.Context, body []byte) (any, error)

// operations is the list of what the pool can do.
func (p *Pool) operations() map[string]operation {
	return map[string]operation{
		"SignUp":                    handle(p.signUp),
		"ConfirmSignUp":             handle(p.confirmSignUp),
		"ResendConfirmationCode":    handle(p.resendConfirmationCode),
		"InitiateAuth":              handle(p.initiateAuth),
		"GetTokensFromRefreshToken": handle(p.getTokensFromRefreshToken),
		"RevokeToken":               handle(p.revokeToken),
		"ForgotPassword":            handle(p.forgotPassword),
		"ConfirmForgotPassword":     handle(p.confirmForgotPassword),
		"GetUser":                   handle(p.getUser),
		"ChangePassword":            handle(p.changePassword),
		"GlobalSignOut":             handle(p.globalSignOut),
	}
}

// adminOperations are those for which AWS wants credentials.
func (p *Pool) adminOperations() map[string]operation {
	return map[string]operation{
		"CreateUserPool":         handle(p.createUserPool),
		"DescribeUserPool":       handle(p.describeUserPool),
		"UpdateUserPool":         handle(p.updateUserPool),
		"DeleteUserPool":         handle(p.deleteUserPool),
		"ListUserPools":          handle(p.listUserPools),
		"CreateUserPoolClient":   handle(p.createUserPoolClient),
		"DescribeUserPoolClient": handle(p.describeUserPoolClient),
		"UpdateUserPoolClient":   handle(p.updateUserPoolClient),
		"DeleteUserPoolClient":   handle(p.deleteUserPoolClient),
		"ListUserPoolClients":    handle(p.listUserPoolClients),
		"CreateUserPoolDomain":   handle(p.createUserPoolDomain),
		"DescribeUserPoolDomain": handle(p.describeUserPoolDomain),
		"DeleteUserPoolDomain":   handle(p.deleteUserPoolDomain),
		"SetUserPoolMfaConfig":   handle(p.setUserPoolMfaConfig),
		"GetUserPoolMfaConfig":   handle(p.getUserPoolMfaConfig),
		"CreateGroup":            handle(p.createGroup),
		"ListGroups":             handle(p.listGroups),
		"AdminAddUserToGroup":    handle(p.adminAddUserToGroup),
		"AdminCreateUser":        handle(p.adminCreateUser),
		"AdminGetUser":           handle(p.adminGetUser),
		"AdminSetUserPassword":   handle(p.adminSetUserPassword),
		"AdminConfirmSignUp":     handle(p.adminConfirmSignUp),
		"AdminUserGlobalSignOut": handle(p.adminUserGlobalSignOut),
		"ListUsers":              handle(p.listUsers),
	}
}

// An input is the body of a request, with the members that have constraints.
type input interface{ members() []member }

// handle makes an operation of a function: it decodes the body and checks the
// members.
func handle[In input](fn func(context.Context, In) (any, error)) operation {
	return func(ctx context.Context, body []byte) (any, error) {
		var in In
		if err := decode(body, &in); err != nil {
			return nil, err
		}
		if err := checkMembers(in.members()); err != nil {
			return nil, err
		}
		return fn(ctx, in)
	}
}

// decode reads one JSON object. Members that are not known are ignored, those
// of a wrong type and text that is not UTF-8 are SerializationException.
func decode(body []byte, in any) error {
	if !utf8.Valid(body) {
		return &fault{kindSerialization, "The request is not UTF-8"}
	}
	err := json.Unmarshal(body, in)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return faultf(kindSerialization, "A member of the request has a wrong type at byte %d", wrong.Offset)
	}
	if err != nil {
		return &fault{kindSerialization, "The request is not a JSON object"}
	}
	return nil
}

// identify returns the client of a request, and the user that it names or that
// one's ghost, after checking the client's secret.
func (p *Pool) identify(ctx context.Context, clientID, username, hash string) (c client, u user, err error) {
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		if c, err = findClient(tx, clientID); err != nil {
			return err
		}
		if err = c.checkHash(username, hash); err != nil {
			return err
		}
		u, err = p.findUser(tx, c.pool, username)
		return err
	})
	return c, u, err
}

func (p *Pool) readClient(ctx context.Context, id string) (c client, err error) {
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		c, err = findClient(tx, id)
		return err
	})
	return c, err
}
