package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/feed"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/session"
	"porchlight/server/internal/token"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// signIn proves an identity with a password. Unknown account and wrong password
// are refused in the same words; a right password of an unconfirmed account
// leads on to confirm it. Only refusals count against the limits.
func (s *server) signIn(c *call, req api.SignIn) (api.Done, error) {
	ctx := c.r.Context()
	address := limit.Address(s.address(c.r))
	if err := s.Limits.Take(ctx, limit.SignInAddress, address); err != nil {
		return api.Done{}, err
	}
	if err := s.Limits.Take(ctx, limit.SignInAccount, req.Email); err != nil {
		return api.Done{}, err
	}
	done, err := s.enter(c, req)
	if refusedCredentials(err) {
		s.event(c.r, "sign-in refused")
		return api.Done{}, errCredentials
	}
	s.uncount(ctx, limit.SignInAddress, address)
	if err == nil {
		s.forgive(ctx, limit.SignInAccount, req.Email)
		s.event(c.r, "sign-in", "sub", traceOf(ctx).sub)
		return done, nil
	}
	s.uncount(ctx, limit.SignInAccount, req.Email)
	if errors.Is(err, cognito.ErrUserNotConfirmed) {
		err = s.unconfirmed(c, req)
	}
	return api.Done{}, err
}

func refusedCredentials(err error) bool {
	return errors.Is(err, cognito.ErrNotAuthorized) || errors.Is(err, cognito.ErrUserNotFound) || errors.Is(err, cognito.ErrInvalidParameter)
}

// unconfirmed mails a fresh code and returns the problem that leads on to
// where it is asked for.
func (s *server) unconfirmed(c *call, req api.SignIn) error {
	ctx := c.r.Context()
	if s.Limits.Take(ctx, limit.ResendAccount, req.Email) == nil {
		_, err := s.Pool.ResendConfirmationCode(ctx, req.Email)
		if err := untold(err); err != nil {
			return err
		}
	}
	if err := s.Sessions.Hold(ctx, c.w, session.Pending{Email: req.Email, Password: req.Password, Next: req.Next}); err != nil {
		return err
	}
	p := problemOf(http.StatusForbidden, api.ProblemNotConfirmed, "Confirm your address first: a code is in the mail.")
	p.Next = confirmPath(req.Email) + "&notice=" + api.NoticeCodeSent
	return p
}

// enter signs in at the pool and starts a session.
func (s *server) enter(c *call, req api.SignIn) (api.Done, error) {
	tokens, err := s.Pool.SignIn(c.r.Context(), req.Email, req.Password)
	if err != nil {
		return api.Done{}, err
	}
	if err := s.begin(c, tokens, req.Email); err != nil {
		return api.Done{}, err
	}
	return api.Done{Next: api.SafeNext(req.Next)}, nil
}

// begin verifies the pool's tokens and starts a session with them.
func (s *server) begin(c *call, tokens cognito.Tokens, email string) error {
	ctx := c.r.Context()
	access, id, err := s.verify(ctx, tokens)
	if err != nil {
		return err
	}
	profile, err := s.recognize(ctx, tokens.Access, id)
	if err != nil {
		return err
	}
	traceOf(ctx).sub = access.Subject
	_, err = s.Sessions.Start(ctx, c.w, c.r, session.Grant{
		AccessToken: tokens.Access, RefreshToken: tokens.Refresh, Access: access,
		Display: claims.Display{Subject: access.Subject, Handle: profile.Handle, Name: profile.Name, Email: email, Groups: access.Groups},
	})
	return err
}

// recognize returns who signed in, from the ID token or, where the client may not
// read the attributes or the pool leaves them out, from the pool's record.
func (s *server) recognize(ctx context.Context, accessToken string, id claims.ID) (feed.Profile, error) {
	if id.Name == "" && id.PreferredUsername == "" {
		return s.firstSight(ctx, accessToken, id.Subject)
	}
	return s.Feed.EnsureProfile(ctx, id.Subject, id.Name, id.PreferredUsername)
}

// verify checks both tokens of an answer, and that they are of one person. A
// pool whose tokens do not verify is not to be trusted: that is our fault or
// its, never the person's.
func (s *server) verify(ctx context.Context, tokens cognito.Tokens) (claims.Access, claims.ID, error) {
	access, err := s.Tokens.Access(ctx, tokens.Access)
	if err != nil {
		return access, claims.ID{}, fmt.Errorf("verify the pool's access token: %w", ours(err))
	}
	id, err := s.Tokens.ID(ctx, tokens.ID)
	if err != nil {
		return access, id, fmt.Errorf("verify the pool's ID token: %w", ours(err))
	}
	if id.Subject != access.Subject {
		return access, id, errors.New("the pool's two tokens are of two subjects")
	}
	return access, id, nil
}

// ours takes token.ErrInvalid out of an error about a token straight from the
// pool: it would tell the client that a token of its own is bad.
func ours(err error) error {
	if errors.Is(err, token.ErrInvalid) {
		return errors.New(err.Error())
	}
	return err
}

func (s *server) forgive(ctx context.Context, rule limit.Rule, subject string) {
	if err := s.Limits.Reset(ctx, rule, subject); err != nil {
		s.Logger.Warn("limit not reset", "request", requestID(ctx), "error", err.Error())
	}
}

// uncount takes back what Take has counted for an attempt that got no verdict.
func (s *server) uncount(ctx context.Context, rule limit.Rule, subject string) {
	if err := s.Limits.Return(ctx, rule, subject); err != nil {
		s.Logger.Warn("limit not taken back", "request", requestID(ctx), "error", err.Error())
	}
}
