package serve

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"porchlight/server/internal/cognito"
)

const (
	// checkAgain is how long to wait before asking a pool again that could not
	// be reached.
	checkAgain = 30 * time.Second
	// checkTimeout bounds the reading of one document.
	checkTimeout = 10 * time.Second
	// maxDocument bounds a document of the pool, in bytes.
	maxDocument = 64 << 10
	pathOpenID  = "/.well-known/openid-configuration"
	pathKeys    = "/.well-known/jwks.json"
)

// A finding is something about the user pool that keeps people out or puts them
// at risk, and what to do about it.
type finding struct{ problem, advice string }

// A poolCheck looks at a user pool as far as that goes without credentials: the
// keys, the issuer, and whether the app client is there, knows our secret and
// allows our flow. It asks for people who do not exist, so it changes nothing
// and sends no mail. What cannot be seen so is for `porchlight provision --check`.
type poolCheck struct {
	pool   pool
	client *cognito.Client
	logger *slog.Logger
}

// run checks until the pool has answered, logs what was found and returns. The
// server is up meanwhile and serves what it can.
func (c poolCheck) run(ctx context.Context) {
	for waited := false; ; waited = true {
		found, err := c.look(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			c.report(ctx, found)
			return
		}
		if !waited {
			c.logger.ErrorContext(ctx, "user pool not reached", "error", err.Error(),
				"advice", "people who are signed in can go on, nobody can sign in; check the network, AWS_REGION and the endpoint")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(checkAgain):
		}
	}
}

func (c poolCheck) report(ctx context.Context, found []finding) {
	for _, f := range found {
		c.logger.ErrorContext(ctx, "user pool not as needed", "problem", f.problem, "advice", f.advice)
	}
	if len(found) == 0 {
		c.logger.InfoContext(ctx, "user pool checked")
	}
}

// look returns what is wrong, or an error when the pool does not answer.
func (c poolCheck) look(ctx context.Context) ([]finding, error) {
	keys, err := c.lookAtKeys(ctx)
	if err != nil {
		return nil, err
	}
	client, err := c.lookAtClient(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Concat(keys, c.lookAtIssuer(ctx), client), nil
}

// lookAtKeys reads the keys that tokens are verified with.
func (c poolCheck) lookAtKeys(ctx context.Context) ([]finding, error) {
	var document struct {
		Keys []struct {
			Type string `json:"kty"`
			ID   string `json:"kid"`
		} `json:"keys"`
	}
	status, err := c.read(ctx, c.pool.jwksURL, &document)
	advice := fmt.Sprintf("AWS_COGNITO_USER_POOL_ID is %s and AWS_REGION %s; check both, and the endpoint if one is set", c.pool.client.UserPoolID, c.pool.client.Region)
	switch {
	case status == 0 || status >= http.StatusInternalServerError:
		return nil, fmt.Errorf("read the keys: %w", err)
	case status != http.StatusOK:
		return []finding{{fmt.Sprintf("there are no keys at %s (status %d): most likely there is no such user pool", c.pool.jwksURL, status), advice}}, nil
	}
	usable := err == nil && slices.ContainsFunc(document.Keys, func(k struct {
		Type string `json:"kty"`
		ID   string `json:"kid"`
	}) bool {
		return k.Type == "RSA" && k.ID != ""
	})
	if !usable {
		return []finding{{fmt.Sprintf("what is at %s is no set of RSA keys, so no token can be verified", c.pool.jwksURL), advice}}, nil
	}
	return nil, nil
}

// lookAtIssuer compares the name that the pool gives itself with those that are
// accepted. A pool without the document is not asked further.
func (c poolCheck) lookAtIssuer(ctx context.Context) []finding {
	var document struct{ Issuer string }
	base := strings.TrimSuffix(c.pool.jwksURL, pathKeys)
	if _, err := c.read(ctx, base+pathOpenID, &document); err != nil || document.Issuer == "" {
		return nil
	}
	if slices.Contains(c.pool.issuers, document.Issuer) {
		return nil
	}
	return []finding{{fmt.Sprintf("the pool's tokens are issued by %.200q, which is not accepted, so nobody can sign in", document.Issuer),
		"behind an endpoint of your own set PORCHLIGHT_ISSUER to that; otherwise check AWS_REGION and the pool's id"}}
}

// lookAtClient asks for a person who does not exist. A wrong password, which is
// the right answer, and a wrong secret have one code, so the secret is tried
// first with an operation that refuses only that. Emulators may not have it;
// the verdict on whether the pool answers is left to the sign-in.
func (c poolCheck) lookAtClient(ctx context.Context) ([]finding, error) {
	nobody := "nobody-" + strings.ToLower(rand.Text()) + "@example.com"
	_, err := c.client.ResendConfirmationCode(ctx, nobody)
	id := c.pool.client.ClientID
	switch {
	case code(err) == "ResourceNotFoundException":
		return []finding{{"the app client " + id + " does not exist", "copy AWS_COGNITO_USER_POOL_CLIENT_ID from the user pool's list of app clients"}}, nil
	case errors.Is(err, cognito.ErrNotAuthorized) && c.pool.client.ClientSecret == "":
		return []finding{{"the app client " + id + " has a secret and none is set", "set AWS_COGNITO_USER_POOL_CLIENT_SECRET"}}, nil
	case errors.Is(err, cognito.ErrNotAuthorized):
		return []finding{{"the secret is not that of the app client " + id, "copy AWS_COGNITO_USER_POOL_CLIENT_SECRET again, or unset it for a client without one"}}, nil
	}
	var found []finding
	if errors.Is(err, cognito.ErrUserNotFound) {
		found = append(found, finding{"the app client " + id + " tells who has an account", "set its PreventUserExistenceErrors to ENABLED"})
	}
	_, err = c.client.SignIn(ctx, nobody, rand.Text()+"-aA1")
	switch {
	case errors.Is(err, cognito.ErrInvalidParameter):
		found = append(found, finding{"the app client " + id + " does not allow sign-in with a password", "add ALLOW_USER_PASSWORD_AUTH to its ExplicitAuthFlows"})
	case code(err) == "ResourceNotFoundException":
		found = append(found, finding{"the app client " + id + " does not exist", "copy AWS_COGNITO_USER_POOL_CLIENT_ID from the user pool's list of app clients"})
	case errors.Is(err, cognito.ErrTooManyRequests), errors.Is(err, cognito.ErrUnavailable):
		return nil, err
	}
	return found, nil
}

// code returns the pool's name for the error, or "".
func code(err error) string {
	if e, ok := errors.AsType[*cognito.Error](err); ok {
		return e.Code
	}
	return ""
}

// read reads a JSON document. status is 0 when there was no answer.
func (c poolCheck) read(ctx context.Context, url string, into any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	client := c.pool.keysClient
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return res.StatusCode, fmt.Errorf("status %d", res.StatusCode)
	}
	return res.StatusCode, json.NewDecoder(io.LimitReader(res.Body, maxDocument)).Decode(into)
}
