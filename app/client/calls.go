package client

import (
	"context"
	"net/url"
	"strconv"

	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// SignUp asks for an account. Done says where the code went.
func (c *Client) SignUp(ctx context.Context, r api.SignUp) (api.Done, error) {
	return c.form(ctx, api.PathSignUp, r)
}

// Confirm proves the address of a new account, which signs the person in when
// this browser also asked for the account.
func (c *Client) Confirm(ctx context.Context, r api.Confirm) (api.Done, error) {
	return c.form(ctx, api.PathConfirm, r)
}

// Resend asks for another confirmation code.
func (c *Client) Resend(ctx context.Context, r api.Resend) (api.Done, error) {
	return c.form(ctx, api.PathConfirmResend, r)
}

// SignIn starts a session.
func (c *Client) SignIn(ctx context.Context, r api.SignIn) (api.Done, error) {
	return c.form(ctx, api.PathSignIn, r)
}

// Recover asks for a code that allows a new password.
func (c *Client) Recover(ctx context.Context, r api.Recover) (api.Done, error) {
	return c.form(ctx, api.PathRecover, r)
}

// RecoverConfirm sets a new password and starts a session.
func (c *Client) RecoverConfirm(ctx context.Context, r api.RecoverConfirm) (api.Done, error) {
	return c.form(ctx, api.PathRecoverConfirm, r)
}

// SignOut ends the session.
func (c *Client) SignOut(ctx context.Context) (api.Done, error) {
	return c.form(ctx, api.PathSignOut, api.SignOut{})
}

func (c *Client) form(ctx context.Context, path string, r any) (done api.Done, err error) {
	err = c.call(ctx, "POST", path, r, &done)
	return done, err
}

// Session returns who is signed in. A guest gets a problem of kind
// api.ProblemNotSignedIn.
func (c *Client) Session(ctx context.Context) (d claims.Display, err error) {
	err = c.call(ctx, "GET", api.PathSession, nil, &d)
	return d, err
}

// Feed returns the page of at most limit posts that are older than the post
// with the ID before; "" is the newest page and 0 is api.DefaultLimit.
func (c *Client) Feed(ctx context.Context, before string, limit int) (f api.Feed, err error) {
	err = c.call(ctx, "GET", api.PathFeed+page("before", before, limit), nil, &f)
	return f, err
}

// page is the query for one page of a list.
func page(from, id string, limit int) string {
	q := url.Values{}
	if id != "" {
		q.Set(from, id)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// CreatePost writes a post. With an ID it may be repeated: the server answers
// a repeat as it did the first time.
func (c *Client) CreatePost(ctx context.Context, p api.NewPost) (post api.Post, err error) {
	err = c.call(ctx, "POST", api.PathPosts, p, &post)
	return post, err
}

// Sessions returns the person's own sessions, the one seen last first.
func (c *Client) Sessions(ctx context.Context) (s api.Sessions, err error) {
	err = c.call(ctx, "GET", api.PathSessions, nil, &s)
	return s, err
}

// EndSession signs out the person's own session with the ID.
func (c *Client) EndSession(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", api.PathSessions+"/"+url.PathEscape(id), nil, nil)
}

// EndSessions signs the person out everywhere, here too.
func (c *Client) EndSessions(ctx context.Context) error {
	return c.call(ctx, "DELETE", api.PathSessions, nil, nil)
}

// ChangePassword replaces the password of the person who is signed in. The
// server may ask to sign in again first: api.ProblemReauthenticate.
func (c *Client) ChangePassword(ctx context.Context, r api.ChangePassword) error {
	return c.call(ctx, "POST", api.PathPassword, r, nil)
}
