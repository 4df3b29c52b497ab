package serve

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/config"
	"porchlight/server/internal/httpapi"
	"porchlight/server/internal/localpool"
	"porchlight/server/internal/session"
	"porchlight/server/internal/token"
)

// localEndpoint is the embedded pool's address. It is never looked up: the
// in-process transport answers for it (RFC 2606 reserves .invalid).
const localEndpoint = "https://local-user-pool.invalid"

// A pool is how the user pool is reached, wherever it is.
type pool struct {
	client     cognito.Config
	jwksURL    string
	keysClient *http.Client
	issuers    []string
	inbox      func(ctx context.Context, limit int) ([]httpapi.Mail, error)
}

func (s *site) openPool(ctx context.Context, c config.Config) (pool, error) {
	if !c.Local() {
		return cloudPool(c), nil
	}
	local, err := localpool.Open(ctx, localpool.Config{Dir: filepath.Join(c.DataDir, "pool"), Logger: s.logger})
	if err != nil {
		return pool{}, err
	}
	s.closers = append(s.closers, local.Close)
	client := cognito.InProcess(local)
	region, _, _ := strings.Cut(local.ID(), "_")
	return pool{
		client:     cognito.Config{Region: region, UserPoolID: local.ID(), ClientID: local.ClientID(), Endpoint: localEndpoint, HTTPClient: client},
		jwksURL:    token.JWKSURL(localEndpoint + "/" + local.ID()),
		keysClient: client,
		issuers:    []string{local.Issuer()},
		inbox:      localInbox(local),
	}, nil
}

func cloudPool(c config.Config) pool {
	client := cognito.Config{Region: c.Region, UserPoolID: c.UserPoolID, ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), Endpoint: c.Endpoint}
	p := pool{client: client, jwksURL: client.KeysURL(), issuers: client.Issuers()}
	if c.Endpoint != "" && c.Issuer != "" {
		p.issuers = append(p.issuers, c.Issuer)
	}
	return p
}

func localInbox(local *localpool.Pool) func(context.Context, int) ([]httpapi.Mail, error) {
	return func(ctx context.Context, limit int) ([]httpapi.Mail, error) {
		mails, err := local.Inbox(ctx, limit)
		if err != nil {
			return nil, err
		}
		list := make([]httpapi.Mail, len(mails))
		for i, m := range mails {
			list[i] = httpapi.Mail(m)
		}
		return list, nil
	}
}

// A refresher renews the tokens of a session at the pool and verifies them.
type refresher struct {
	client   *cognito.Client
	verifier *token.Verifier
}

// Refresh is session.Refresher's. Only the pool's own refusal ends a session.
func (f refresher) Refresh(ctx context.Context, refreshToken, username string) (session.Refreshed, error) {
	tokens, err := f.client.Refresh(ctx, refreshToken, username)
	if errors.Is(err, cognito.ErrNotAuthorized) || errors.Is(err, cognito.ErrTokenReuse) {
		return session.Refreshed{}, errors.Join(session.ErrRefused, err)
	}
	if err != nil {
		return session.Refreshed{}, err
	}
	if tokens.Refresh == "" {
		tokens.Refresh = refreshToken
	}
	access, err := f.verifier.Access(ctx, tokens.Access)
	if err != nil {
		// The pool has rotated: the session must keep the new refresh token.
		return session.Refreshed{RefreshToken: tokens.Refresh}, err
	}
	return session.Refreshed{AccessToken: tokens.Access, RefreshToken: tokens.Refresh, Access: access}, nil
}
