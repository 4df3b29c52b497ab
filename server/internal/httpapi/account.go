package httpapi

import (
	"context"
	"errors"
	"net/http"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/session"
	"porchlight/shared/api"
)

// account is the page of one's own sessions and password.
func (s *server) account(w http.ResponseWriter, r *http.Request) error {
	c, err := s.cookieCaller(r)
	if err != nil {
		return err
	}
	if c.session == nil {
		return errNotSignedIn
	}
	p := s.newPage(api.PathAccount, c)
	p.Notice = knownNotice(r.URL.Query().Get("notice"))
	if p.Sessions, err = s.ownSessions(r.Context(), c.session); err != nil {
		return err
	}
	return s.Pages.Page(w, r, http.StatusOK, p)
}

// session answers who the caller is.
func (s *server) session(w http.ResponseWriter, r *http.Request) error {
	c, err := s.member(r)
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, c.display)
}

// sessions lists the caller's own.
func (s *server) sessions(w http.ResponseWriter, r *http.Request) error {
	own, err := s.owner(r)
	if err != nil {
		return err
	}
	list, err := s.ownSessions(r.Context(), own)
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, api.Sessions{Sessions: list})
}

func (s *server) ownSessions(ctx context.Context, own *session.Session) ([]api.Session, error) {
	list, err := s.Sessions.List(ctx, own.Display.Subject)
	if err != nil {
		return nil, err
	}
	sessions := make([]api.Session, len(list))
	for i, e := range list {
		sessions[i] = api.Session{ID: e.ID, Device: e.Device, FirstSeen: e.FirstSeen, LastSeen: e.LastSeen, Current: e.ID == own.ID}
	}
	return sessions, nil
}

// deleteSession signs out one of the caller's own sessions.
func (s *server) deleteSession(w http.ResponseWriter, r *http.Request) error {
	own, err := s.owner(r)
	if err != nil {
		return err
	}
	if err := s.endOne(w, r, own, r.PathValue("id")); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteSessions signs out everywhere.
func (s *server) deleteSessions(w http.ResponseWriter, r *http.Request) error {
	own, err := s.owner(r)
	if err != nil {
		return err
	}
	if err := s.endEverywhere(w, r, own); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// endSession is the form of both: without an id it signs out everywhere.
func (s *server) endSession(c *call, req api.EndSession) (api.Done, error) {
	own, err := s.owner(c.r)
	if err != nil {
		return api.Done{}, err
	}
	if req.ID != "" && req.ID != own.ID {
		return api.Done{Next: api.PathAccount}, s.endOne(c.w, c.r, own, req.ID)
	}
	done := api.Done{Next: signedOut(c.r)}
	if req.ID == own.ID {
		return done, s.endOne(c.w, c.r, own, req.ID)
	}
	return done, s.endEverywhere(c.w, c.r, own)
}

func (s *server) endOne(w http.ResponseWriter, r *http.Request, own *session.Session, id string) error {
	ctx := r.Context()
	if id == own.ID {
		ended, err := s.Sessions.End(ctx, w, r)
		if err != nil {
			return err
		}
		clearDevice(w, r)
		s.event(r, "sign-out", "sub", own.Display.Subject)
		return s.retire(ctx, ended)
	}
	ended, err := s.Sessions.EndOne(ctx, own.Display.Subject, id)
	if errors.Is(err, session.ErrNone) {
		return errSessionGone
	}
	if err != nil {
		return err
	}
	s.event(r, "sign-out of another session", "sub", own.Display.Subject)
	return s.retire(ctx, ended)
}

func (s *server) endEverywhere(w http.ResponseWriter, r *http.Request, own *session.Session) error {
	ctx := r.Context()
	if err := s.Pool.GlobalSignOut(ctx, own.AccessToken); err != nil {
		s.Logger.Warn("not signed out everywhere at the pool", "request", requestID(ctx), "error", err.Error())
	}
	if err := s.endAll(ctx, own.Display.Subject); err != nil {
		return err
	}
	_, err := s.Sessions.End(ctx, w, r) // its row is gone; this takes the cookie away
	if err != nil && !errors.Is(err, session.ErrNone) {
		return err
	}
	clearDevice(w, r)
	s.event(r, "sign-out everywhere", "sub", own.Display.Subject)
	return nil
}

// changePassword replaces the password. Knowing the old one is the fresh proof
// that such a change asks for.
func (s *server) changePassword(c *call, req api.ChangePassword) (api.Done, error) {
	ctx := c.r.Context()
	own, err := s.owner(c.r)
	if err != nil {
		return api.Done{}, err
	}
	if err := s.Limits.Take(ctx, limit.SignInAccount, own.Display.Email); err != nil {
		return api.Done{}, err
	}
	err = s.Pool.ChangePassword(ctx, own.AccessToken, req.Previous, req.Password)
	if errors.Is(err, cognito.ErrNotAuthorized) {
		s.event(c.r, "password change refused", "sub", own.Display.Subject)
		return api.Done{}, fieldsProblem([]api.FieldError{{Pointer: "#/previous", Detail: "This is not your password."}})
	}
	s.forgive(ctx, limit.SignInAccount, own.Display.Email)
	if err != nil {
		return api.Done{}, err
	}
	if err := s.renew(c, own.Display.Email, req.Password); err != nil {
		return api.Done{}, err
	}
	s.event(c.r, "password changed", "sub", own.Display.Subject)
	return api.Done{Next: api.PathAccount + "?notice=" + api.NoticePasswordChanged}, nil
}
