// Package cognito is the client of an Amazon Cognito user pool: sign-up,
// confirmation, sign-in, refresh, recovery and sign-out as plain Go calls with
// a small set of errors. It uses only operations that are public or authorised
// by the person's own access token, so it holds no AWS credentials and signs
// nothing.
//
// Facts about the service come from the Amazon Cognito user pools API
// reference and developer guide; where the two leave a text or a behaviour
// open, the code says what was assumed.
//
// # Why
//
// Nothing is tried twice. A repeated sign-in counts as a second wrong password
// against the person, a repeated sign-up meets the account that the first one
// made, and the SDK's own three attempts make a person wait four seconds for
// bad news. Whoever can repeat safely (a session that refreshes) does so
// itself.
//
// Errors are told apart by the pool's code, never by its text, because AWS
// promises only the codes. Two exceptions have no code of their own and are
// marked in errors.go. The SDK's errors are not passed on: what the caller gets
// names the operation, the code and the HTTP status, and can be logged as it
// is. No token, password, code or address is in it, not even when the pool
// repeats one in its message.
//
// An unknown account looks like a wrong password or a wrong code wherever the
// caller proves something (SignIn, ConfirmSignUp, ConfirmForgotPassword), also
// on pools whose client has PreventUserExistenceErrors switched off.
package cognito

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// DefaultTimeout bounds a call from its start to the last byte of the answer.
const DefaultTimeout = 10 * time.Second

// Config says which app client of which user pool to speak for. Region,
// UserPoolID and ClientID are required.
type Config struct {
	Region     string
	UserPoolID string
	ClientID   string
	// ClientSecret is the app client's secret; "" is a client without one.
	ClientSecret string
	// Endpoint is the URL of a pool that is not AWS's own: an emulator or the
	// embedded one. "" is AWS's endpoint for the region.
	Endpoint string
	// HTTPClient sends the requests, and must not follow redirects: one would
	// carry the password along. nil makes a client that suits many calls at
	// once to one host.
	HTTPClient interface {
		Do(*http.Request) (*http.Response, error)
	}
	// Timeout bounds one call; zero means DefaultTimeout.
	Timeout time.Duration
}

// Client speaks to one app client of one user pool. It is safe for concurrent
// use, and meant to be made once: it keeps connections open.
type Client struct {
	api      *cip.Client
	clientID string
	secret   string
	timeout  time.Duration
	// foreign is set when the pool may be an emulator, which may not know
	// GetTokensFromRefreshToken.
	foreign bool
	// oldRefresh remembers for the life of the process that it did not.
	oldRefresh atomic.Bool
}

// New returns a client. It makes no call: a pool that is down is found by the
// first operation.
func New(c Config) (*Client, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("configure user-pool client: %w", err)
	}
	if c.HTTPClient == nil {
		c.HTTPClient = newHTTPClient()
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	options := cip.Options{
		Region:     c.Region,
		HTTPClient: bounded{c.HTTPClient},
		Retryer:    aws.NopRetryer{},
	}
	if c.Endpoint != "" {
		options.BaseEndpoint = new(c.Endpoint)
	}
	return &Client{
		api:      cip.New(options),
		clientID: c.ClientID,
		secret:   c.ClientSecret,
		timeout:  c.Timeout,
		foreign:  c.Endpoint != "",
	}, nil
}

func (c Config) check() error {
	switch {
	case c.Region == "":
		return errors.New("no region")
	case c.UserPoolID == "":
		return errors.New("no user pool id")
	case c.ClientID == "":
		return errors.New("no client id")
	case c.Timeout < 0:
		return errors.New("negative timeout")
	case c.Endpoint == "":
		return nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("the endpoint is not an http or https URL without a user name")
	}
	return nil
}

// secretHash returns the SECRET_HASH for a request that names the user so, nil
// when the client has no secret ("Computing secret hash values" in the
// developer guide).
func (c *Client) secretHash(username string) *string {
	if c.secret == "" {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(c.secret))
	mac.Write([]byte(username + c.clientID))
	return new(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// clientSecret returns the secret for the operations that take it in plain.
func (c *Client) clientSecret() *string {
	if c.secret == "" {
		return nil
	}
	return new(c.secret)
}

// call makes one call to the pool within the client's timeout and translates
// its failure.
func call[In, Out any](ctx context.Context, c *Client, op string, do func(context.Context, *In, ...func(*cip.Options)) (*Out, error), in *In) (*Out, error) {
	bound, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	out, err := do(bound, in)
	if err != nil {
		return nil, translate(ctx, op, err)
	}
	return out, nil
}
