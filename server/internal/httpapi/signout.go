package httpapi

import (
	"context"
	"errors"
	"net/http"

	"porchlight/server/internal/hub"
	"porchlight/server/internal/session"
	"porchlight/shared/api"
)

// signOut ends the session of the cookie, here and at the pool. It works for
// everybody: who has no session is signed out already.
func (s *server) signOut(c *call, _ api.SignOut) (api.Done, error) {
	ctx := c.r.Context()
	ended, err := s.Sessions.End(ctx, c.w, c.r)
	if err != nil && !errors.Is(err, session.ErrNone) {
		return api.Done{}, err
	}
	if err == nil {
		if err := s.retire(ctx, ended); err != nil {
			return api.Done{}, err
		}
		s.event(c.r, "sign-out", "sub", ended.Display.Subject)
	}
	clearDevice(c.w, c.r)
	return api.Done{Next: signedOut(c.r)}, nil
}

// clearDevice has the browser clear what the site keeps there. The program does
// that itself, person by person. While something waits there to be sent, of
// others perhaps, it is left to the program: it does so when it runs next.
func clearDevice(w http.ResponseWriter, r *http.Request) {
	if !byProgram(r) && !unsent(r) {
		w.Header().Set("Clear-Site-Data", `"storage"`)
	}
}

// signedOut is the page that follows a sign-out.
func signedOut(r *http.Request) string {
	notice := api.NoticeSignedOut
	if unsent(r) && !byProgram(r) {
		notice = api.NoticeSignedOutKept
	}
	return api.PathSignIn + "?notice=" + notice
}

func byProgram(r *http.Request) bool { return r.Header.Get(api.HeaderVersion) != "" }
func unsent(r *http.Request) bool    { return len(r.CookiesNamed(api.CookieUnsent)) > 0 }

// retire makes the tokens of an ended session useless: those that the pool
// issued for it are denied here at once, and the refresh token is revoked
// there. The pool's answer does not matter to who signs out.
func (s *server) retire(ctx context.Context, ended session.Session) error {
	defer s.endLive(ended.ID, ended.Access.OriginID)
	if ended.Access.OriginID != "" {
		if err := s.Tokens.Deny(ctx, ended.Access.OriginID); err != nil {
			return err
		}
	}
	if ended.RefreshToken == "" { // no key opens its row any more
		return nil
	}
	if err := s.Pool.RevokeToken(ctx, ended.RefreshToken); err != nil {
		s.Logger.Warn("refresh token not revoked at the pool", "request", requestID(ctx), "error", err.Error())
	}
	return nil
}

// endAll ends every session of a person, and refuses every token of theirs
// that exists, those of sign-ins elsewhere too. It may take a second.
func (s *server) endAll(ctx context.Context, sub string) error {
	theirs := func(w hub.Who) bool { return w.Sub == sub }
	if _, err := s.Sessions.EndAll(ctx, sub); err != nil {
		return err
	}
	s.Live.End(theirs)
	defer s.Live.End(theirs) // and those that came back with a token
	return s.Tokens.RevokeBefore(ctx, sub)
}
