package httpapi

import (
	"net/url"

	"porchlight/server/internal/limit"
	"porchlight/shared/api"
)

// recover mails a code that allows a new password. The answer is the same for
// every address.
func (s *server) recover(c *call, req api.Recover) (api.Done, error) {
	ctx := c.r.Context()
	if err := s.Limits.Take(ctx, limit.RecoverAddress, limit.Address(s.address(c.r))); err != nil {
		return api.Done{}, err
	}
	if err := s.Limits.Take(ctx, limit.RecoverAccount, req.Email); err != nil {
		return api.Done{}, err
	}
	defer s.settle(ctx, s.Now())
	_, err := s.Pool.ForgotPassword(ctx, req.Email)
	if err := untold(err); err != nil {
		return api.Done{}, err
	}
	s.forgive(ctx, limit.CodeAccount, req.Email) // the new code has its own tries
	s.event(c.r, "recovery asked for")
	return api.Done{
		Next:     api.PathRecoverConfirm + "?email=" + url.QueryEscape(req.Email) + "&notice=" + api.NoticeCodeSent,
		Delivery: delivery(req.Email),
	}, nil
}

// recoverConfirm sets a new password with a code, ends what the old one had
// opened, and signs in.
func (s *server) recoverConfirm(c *call, req api.RecoverConfirm) (api.Done, error) {
	ctx := c.r.Context()
	if err := s.Limits.Take(ctx, limit.CodeAccount, req.Email); err != nil {
		return api.Done{}, err
	}
	if err := s.Pool.ConfirmForgotPassword(ctx, req.Email, req.Code, req.Password); err != nil {
		return api.Done{}, s.codeRefused(c, req.Email, err)
	}
	s.forgive(ctx, limit.CodeAccount, req.Email)
	s.forgive(ctx, limit.SignInAccount, req.Email)
	s.event(c.r, "password reset")
	if err := s.renew(c, req.Email, req.Password); err != nil {
		return api.Done{}, err
	}
	return api.Done{Next: api.PathHome}, nil
}

// renew follows a change of the password: every session and token that the old
// one had opened ends, at the pool and here, and a new session begins.
func (s *server) renew(c *call, email, password string) error {
	ctx := c.r.Context()
	tokens, err := s.Pool.SignIn(ctx, email, password)
	if err != nil {
		return err
	}
	access, _, err := s.verify(ctx, tokens)
	if err != nil {
		return err
	}
	if err := s.Pool.GlobalSignOut(ctx, tokens.Access); err != nil {
		// The password is new and what follows ends everything here: to refuse
		// now would help nobody.
		s.Logger.Warn("not signed out everywhere at the pool", "request", requestID(ctx), "error", err.Error())
	}
	if err := s.endAll(ctx, access.Subject); err != nil {
		return err
	}
	if tokens, err = s.Pool.SignIn(ctx, email, password); err != nil {
		return err
	}
	return s.begin(c, tokens, email)
}
