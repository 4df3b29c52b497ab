package httpapi

import (
	"errors"
	"net/url"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/session"
	"porchlight/shared/api"
)

// confirm proves an address with a code, and signs in whoever chose the
// password in this browser within the last hour.
func (s *server) confirm(c *call, req api.Confirm) (api.Done, error) {
	ctx := c.r.Context()
	if err := s.Limits.Take(ctx, limit.CodeAccount, req.Email); err != nil {
		return api.Done{}, err
	}
	err := s.Pool.ConfirmSignUp(ctx, req.Email, req.Code)
	again := errors.Is(err, cognito.ErrAlreadyConfirmed)
	if err != nil && !again {
		return api.Done{}, s.codeRefused(c, req.Email, err)
	}
	held, heldErr := s.Sessions.Held(ctx, c.r, req.Email)
	if again && errors.Is(heldErr, session.ErrNone) {
		return api.Done{}, s.codeRefused(c, req.Email, err)
	}
	if !again {
		s.forgive(ctx, limit.CodeAccount, req.Email)
		s.event(c.r, "confirmed")
	}
	if errors.Is(heldErr, session.ErrNone) {
		return api.Done{Next: api.PathSignIn + "?notice=" + api.NoticeConfirmed + "&email=" + url.QueryEscape(req.Email)}, nil
	}
	if heldErr != nil {
		return api.Done{}, heldErr
	}
	return s.enterHeld(c, held)
}

// enterHeld signs in with the password that was chosen before the code was
// asked for. It counts as any sign-in does: the account may be somebody
// else's, confirmed long ago, and the password a guess.
func (s *server) enterHeld(c *call, held session.Pending) (api.Done, error) {
	done, err := s.signIn(c, api.SignIn{Email: held.Email, Password: held.Password, Next: held.Next})
	if errors.Is(err, errCredentials) {
		return api.Done{}, errCode
	}
	if err != nil {
		return api.Done{}, err
	}
	return done, s.Sessions.Release(c.r.Context(), c.w, c.r)
}

// resend sends a fresh code. The answer is the same for every address.
func (s *server) resend(c *call, req api.Resend) (api.Done, error) {
	ctx := c.r.Context()
	if err := s.Limits.Take(ctx, limit.ResendAccount, req.Email); err != nil {
		return api.Done{}, err
	}
	defer s.settle(ctx, s.Now())
	_, err := s.Pool.ResendConfirmationCode(ctx, req.Email)
	if err := untold(err); err != nil {
		return api.Done{}, err
	}
	s.forgive(ctx, limit.CodeAccount, req.Email) // the new code has its own tries
	return api.Done{Next: confirmPath(req.Email) + "&notice=" + api.NoticeCodeSent, Delivery: delivery(req.Email)}, nil
}

// codeRefused tells every refusal of a code in the same words:
// which of wrong, used, too old and no such account it was is not told. A code
// that got no verdict does not count.
func (s *server) codeRefused(c *call, email string, err error) error {
	for _, refusal := range []error{cognito.ErrCodeMismatch, cognito.ErrExpiredCode, cognito.ErrAlreadyConfirmed,
		cognito.ErrUserNotFound, cognito.ErrNotAuthorized, cognito.ErrInvalidParameter} {
		if errors.Is(err, refusal) {
			s.event(c.r, "code refused")
			return errCode
		}
	}
	s.uncount(c.r.Context(), limit.CodeAccount, email)
	return err
}
