package httpapi

import (
	"context"
	"errors"
	"net/url"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/session"
	"porchlight/shared/api"
)

// signUp asks the pool for an account. The answer is the same when the address
// has one already: its owner gets a mail, whoever asked learns nothing.
func (s *server) signUp(c *call, req api.SignUp) (api.Done, error) {
	ctx := c.r.Context()
	if err := s.Limits.Take(ctx, limit.SignUpAddress, limit.Address(s.address(c.r))); err != nil {
		return api.Done{}, err
	}
	taken, err := s.Feed.HandleTaken(ctx, req.Handle)
	if err != nil {
		return api.Done{}, err
	}
	if taken {
		return api.Done{}, errHandleTaken
	}
	defer s.settle(ctx, s.Now())
	_, err = s.Pool.SignUp(ctx, cognito.NewUser{Email: req.Email, Password: req.Password, Name: req.Name, Handle: req.Handle})
	if errors.Is(err, cognito.ErrUsernameExists) {
		err = s.remind(ctx, req.Email)
	}
	if err != nil {
		return api.Done{}, s.signUpRefused(ctx, err)
	}
	s.event(c.r, "sign-up")
	if err := s.Sessions.Hold(ctx, c.w, session.Pending{Email: req.Email, Password: req.Password}); err != nil {
		return api.Done{}, err
	}
	return api.Done{Next: confirmPath(req.Email), Delivery: delivery(req.Email)}, nil
}

// signUpRefused tells a pool that takes no sign-up, or not this one by its own
// rules, from one that fails. Why is in the log, for whoever runs the pool.
func (s *server) signUpRefused(ctx context.Context, err error) error {
	if !errors.Is(err, cognito.ErrNotAuthorized) && !errors.Is(err, cognito.ErrInvalidParameter) {
		return err
	}
	s.Logger.Warn("sign-up refused by the user pool", "request", requestID(ctx), "error", err.Error())
	return errSignUp
}

// remind mails the owner of an address with which somebody signs up again: a
// fresh confirmation code or, for a confirmed account, one to recover it. It asks
// for both, of which the pool mails one: with PreventUserExistenceErrors it does
// not say which account is confirmed. Its limits and refusals are not told.
func (s *server) remind(ctx context.Context, email string) error {
	_, err := s.Pool.ResendConfirmationCode(ctx, email)
	if err := untold(err); err != nil {
		return err
	}
	err = s.Limits.Take(ctx, limit.RecoverAccount, email)
	if _, spent := errors.AsType[*limit.Exceeded](err); spent {
		return nil
	}
	if err == nil {
		_, err = s.Pool.ForgotPassword(ctx, email)
		err = untold(err)
	}
	return err
}

// untold keeps from a client what would tell whether an account exists; that
// the pool cannot be reached is no secret.
func untold(err error) error {
	if errors.Is(err, cognito.ErrUnavailable) || errors.Is(err, cognito.ErrTooManyRequests) || errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func confirmPath(email string) string {
	return api.PathConfirm + "?email=" + url.QueryEscape(email)
}
