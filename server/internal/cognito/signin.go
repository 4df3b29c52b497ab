package cognito

import (
	"context"
	"errors"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Tokens are what a sign-in or a refresh gives. None of them has been verified.
type Tokens struct {
	Access, ID string
	// Refresh is "" after a refresh by a pool that does not rotate: the one that
	// was used stays.
	Refresh string
	// ExpiresIn is how long the access token lives; zero when the pool does not
	// say. The token's own exp is what counts.
	ExpiresIn time.Duration
}

// SignIn proves an identity with a password (USER_PASSWORD_AUTH).
//
// Errors: ErrNotAuthorized for everything that is wrong with the pair,
// ErrUserNotConfirmed and ErrPasswordResetRequired after a right password,
// ErrChallenge.
func (c *Client) SignIn(ctx context.Context, email, password string) (Tokens, error) {
	parameters := map[string]string{"USERNAME": email, "PASSWORD": password}
	t, err := c.initiate(ctx, types.AuthFlowTypeUserPasswordAuth, parameters, email)
	if err != nil {
		return Tokens{}, err
	}
	if t.ID == "" || t.Refresh == "" {
		return Tokens{}, garbage("InitiateAuth")
	}
	return t, nil
}

// initiate starts an authentication flow and expects tokens at once. username
// is the name that the secret hash is over.
func (c *Client) initiate(ctx context.Context, flow types.AuthFlowType, parameters map[string]string, username string) (Tokens, error) {
	if hash := c.secretHash(username); hash != nil {
		parameters["SECRET_HASH"] = *hash
	}
	out, err := call(ctx, c, "InitiateAuth", c.api.InitiateAuth, &cip.InitiateAuthInput{
		AuthFlow:       flow,
		ClientId:       &c.clientID,
		AuthParameters: parameters,
	})
	if err != nil {
		return Tokens{}, err
	}
	if out.ChallengeName != "" {
		return Tokens{}, &Error{Op: "InitiateAuth", Code: cleanCode(string(out.ChallengeName)), kind: ErrChallenge}
	}
	return tokens("InitiateAuth", out.AuthenticationResult)
}

// Refresh trades a refresh token for new tokens. username is the canonical
// name that the token was given to, the username claim of its access token and
// not the address: a client with a secret proves the secret over it.
//
// Errors: ErrNotAuthorized (expired, revoked, or the account is gone or
// disabled) and ErrTokenReuse end a session; no other error does.
//
// It uses GetTokensFromRefreshToken, which works with and without rotation. A
// pool behind an endpoint of one's own that does not know it is asked with
// REFRESH_TOKEN_AUTH, from its first success on at once. AWS's own endpoint
// knows the operation, so an odd answer from there is only an odd answer.
func (c *Client) Refresh(ctx context.Context, refreshToken, username string) (Tokens, error) {
	if c.oldRefresh.Load() {
		return c.refreshByFlow(ctx, refreshToken, username)
	}
	out, err := call(ctx, c, "GetTokensFromRefreshToken", c.api.GetTokensFromRefreshToken, &cip.GetTokensFromRefreshTokenInput{
		ClientId:     &c.clientID,
		ClientSecret: c.clientSecret(),
		RefreshToken: &refreshToken,
	})
	if err == nil {
		return tokens("GetTokensFromRefreshToken", out.AuthenticationResult)
	}
	if e, ok := errors.AsType[*Error](err); !c.foreign || !ok || !unknownOperation(e) {
		return Tokens{}, err
	}
	t, err := c.refreshByFlow(ctx, refreshToken, username)
	if err == nil {
		c.oldRefresh.Store(true)
	}
	return t, err
}

func (c *Client) refreshByFlow(ctx context.Context, refreshToken, username string) (Tokens, error) {
	return c.initiate(ctx, types.AuthFlowTypeRefreshTokenAuth, map[string]string{"REFRESH_TOKEN": refreshToken}, username)
}

// tokens reads an authentication result. ExpiresIn and TokenType may be
// missing, as cognito-local leaves them out.
func tokens(op string, r *types.AuthenticationResultType) (Tokens, error) {
	if r == nil || text(r.AccessToken) == "" {
		return Tokens{}, garbage(op)
	}
	return Tokens{
		Access:    *r.AccessToken,
		ID:        text(r.IdToken),
		Refresh:   text(r.RefreshToken),
		ExpiresIn: time.Duration(max(r.ExpiresIn, 0)) * time.Second,
	}, nil
}

// RevokeToken ends a refresh token and, for the pool itself, the tokens that
// were made from it. Access tokens verify until they expire all the same:
// whoever accepts them has to keep a deny list.
//
// Errors: ErrInvalidParameter when it is not a refresh token, ErrNotAuthorized
// when it is not this client's.
func (c *Client) RevokeToken(ctx context.Context, refreshToken string) error {
	_, err := call(ctx, c, "RevokeToken", c.api.RevokeToken, &cip.RevokeTokenInput{
		ClientId:     &c.clientID,
		ClientSecret: c.clientSecret(),
		Token:        &refreshToken,
	})
	return err
}

// GlobalSignOut ends every refresh token of the person whose access token this
// is. What RevokeToken says of access tokens holds here too.
//
// Errors: ErrNotAuthorized, ErrUserNotFound.
func (c *Client) GlobalSignOut(ctx context.Context, accessToken string) error {
	_, err := call(ctx, c, "GlobalSignOut", c.api.GlobalSignOut, &cip.GlobalSignOutInput{AccessToken: &accessToken})
	return err
}
