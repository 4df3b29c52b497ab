package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/feed"
	"porchlight/server/internal/session"
	"porchlight/server/internal/token"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// A caller is who sent a request; the zero caller is a guest.
type caller struct {
	viewer  feed.Viewer
	display claims.Display
	session *session.Session // nil for a guest and for a bearer token
	origin  string           // the sign-in that tokens come from, if it is known
}

func (c caller) signedIn() bool { return c.viewer.Sub != "" }

// caller tells who sent the request, by bearer token or by cookie. A token
// that is shown must be good; a cookie that is not known is a guest's.
func (s *server) caller(r *http.Request) (caller, error) {
	raw, ok, err := token.Bearer(r.Header)
	if err != nil {
		return caller{}, err
	}
	if !ok {
		return s.cookieCaller(r)
	}
	if s.Sessions.Presented(r) {
		return caller{}, errTwoIdentities
	}
	access, err := s.Tokens.Access(r.Context(), raw)
	if err != nil {
		return caller{}, err
	}
	return s.bearerCaller(r.Context(), raw, access)
}

func (s *server) cookieCaller(r *http.Request) (caller, error) {
	sess, err := s.Sessions.Load(r.Context(), r)
	if errors.Is(err, session.ErrNone) {
		return caller{}, nil
	}
	if err != nil {
		return caller{}, err
	}
	d := sess.Display
	d.Groups = sess.Access.Groups
	traceOf(r.Context()).sub = d.Subject
	return caller{viewer: viewerOf(d), display: d, session: &sess, origin: sess.Access.OriginID}, nil
}

// bearerCaller finds the profile of a token's subject. Who has never been here
// gets one from the pool's own record of them.
func (s *server) bearerCaller(ctx context.Context, raw string, access claims.Access) (caller, error) {
	traceOf(ctx).sub = access.Subject
	profile, err := s.Feed.Profile(ctx, access.Subject)
	if errors.Is(err, feed.ErrNotFound) {
		profile, err = s.firstSight(ctx, raw, access.Subject)
	}
	if err != nil {
		return caller{}, err
	}
	d := claims.Display{Subject: access.Subject, Handle: profile.Handle, Name: profile.Name, Groups: access.Groups}
	return caller{viewer: viewerOf(d), display: d, origin: access.OriginID}, nil
}

// firstSight asks the pool who the subject is. A token that the pool refuses is
// not valid, however well it verifies: the sign-in was ended there, the account
// is gone, or the token was issued for no person of the pool.
func (s *server) firstSight(ctx context.Context, raw, sub string) (feed.Profile, error) {
	user, err := s.Pool.GetUser(ctx, raw)
	if errors.Is(err, cognito.ErrNotAuthorized) || errors.Is(err, cognito.ErrUserNotFound) {
		err = fmt.Errorf("%w: %w", token.ErrInvalid, err)
	}
	if err != nil {
		return feed.Profile{}, err
	}
	return s.Feed.EnsureProfile(ctx, sub, user.Name, user.Handle)
}

func viewerOf(d claims.Display) feed.Viewer {
	return feed.Viewer{Sub: d.Subject, Handle: d.Handle, Name: d.Name, Moderator: slices.Contains(d.Groups, claims.GroupModerators)}
}

// member is caller for routes that a guest may not use.
func (s *server) member(r *http.Request) (caller, error) {
	c, err := s.caller(r)
	if err == nil && !c.signedIn() {
		err = errNotSignedIn
	}
	if err == nil {
		err = checkSub(r, c)
	}
	return c, err
}

// checkSub refuses a request that says it is somebody else's. Two such headers
// say nothing, so they are refused too.
func checkSub(r *http.Request, c caller) error {
	said := r.Header.Values(api.HeaderSub)
	if len(said) == 0 || len(said) == 1 && said[0] == api.EscapeSub(c.viewer.Sub) {
		return nil
	}
	return errOtherPerson
}

// owner is member for routes that only a browser session may use: they change
// what signs a person in.
func (s *server) owner(r *http.Request) (*session.Session, error) {
	c, err := s.cookieCaller(r)
	if err != nil {
		return nil, err
	}
	if c.session == nil {
		return nil, errNotSignedIn
	}
	return c.session, checkSub(r, c)
}

// checkVersion refuses a browser program that speaks another version.
func checkVersion(r *http.Request) error {
	if v := r.Header.Get(api.HeaderVersion); v != "" && v != version {
		return errOutdated
	}
	return nil
}
