package httpapi

import (
	"context"
	"net/http"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/limit"
	"porchlight/shared/api"
)

// profile answers the caller's own profile.
func (s *server) profile(w http.ResponseWriter, r *http.Request) error {
	_, p, err := s.ownProfile(r)
	if err != nil {
		return err
	}
	return encode(w, http.StatusOK, p.Person())
}

func (s *server) ownProfile(r *http.Request) (caller, feed.Profile, error) {
	c, err := s.member(r)
	if err != nil {
		return c, feed.Profile{}, err
	}
	p, err := s.Feed.EnsureProfile(r.Context(), c.viewer.Sub, c.viewer.Name, c.viewer.Handle)
	return c, p, err
}

// patchProfile changes what the body names and answers the profile.
func (s *server) patchProfile(w http.ResponseWriter, r *http.Request) error {
	if kind, err := mediaType(r); err != nil || kind != api.TypeJSON {
		return errMediaType
	}
	c, p, err := s.ownProfile(r)
	if err != nil {
		return err
	}
	req := api.ProfileChange{Name: p.Name, Handle: p.Handle}
	if err := decodeJSON(w, r, &req); err != nil {
		return err
	}
	if p, err = s.saveProfile(r.Context(), c, req); err != nil {
		return err
	}
	return encode(w, http.StatusOK, p.Person())
}

// changeProfile is the plain form of patchProfile; it has both fields.
func (s *server) changeProfile(c *call, req api.ProfileChange) (api.Done, error) {
	who, err := s.member(c.r)
	if err != nil {
		return api.Done{}, err
	}
	_, err = s.saveProfile(c.r.Context(), who, req)
	return api.Done{Next: api.PathAccount + "?notice=" + api.NoticeProfileSaved}, err
}

// saveProfile changes the profile and what the caller's sessions show of it.
func (s *server) saveProfile(ctx context.Context, c caller, req api.ProfileChange) (feed.Profile, error) {
	if err := s.Limits.Take(ctx, limit.Posts, c.viewer.Sub); err != nil {
		return feed.Profile{}, err
	}
	p, err := s.Feed.ChangeProfile(ctx, c.viewer, req)
	if err != nil {
		return p, err
	}
	d := c.display
	if c.session == nil { // a bearer token does not know the address
		sessions, err := s.Sessions.List(ctx, p.Sub)
		if err != nil {
			return p, err
		}
		if len(sessions) > 0 {
			d.Email = sessions[0].Display.Email
		}
	}
	d.Handle, d.Name = p.Handle, p.Name
	return p, s.Sessions.SetDisplay(ctx, p.Sub, d)
}
