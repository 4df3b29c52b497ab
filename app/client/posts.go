package client

import (
	"context"
	"net/url"

	"porchlight/shared/api"
)

// Thread returns the post with the ID and its replies that come after the one
// with the ID after; "" is from the first.
func (c *Client) Thread(ctx context.Context, id, after string) (t api.Thread, err error) {
	err = c.call(ctx, "GET", post(id)+page("after", after, 0), nil, &t)
	return t, err
}

// UserPosts returns a person and their posts that are older than the one with
// the ID before; "" is from the newest.
func (c *Client) UserPosts(ctx context.Context, handle, before string) (u api.UserPosts, err error) {
	err = c.call(ctx, "GET", api.PathUsers+"/"+url.PathEscape(handle)+"/posts"+page("before", before, 0), nil, &u)
	return u, err
}

// Search returns what has all words of the query, older than the post with the
// ID before; "" is from the newest.
func (c *Client) Search(ctx context.Context, query, before string) (s api.Search, err error) {
	q := url.Values{"q": {query}}
	if before != "" {
		q.Set("before", before)
	}
	err = c.call(ctx, "GET", api.PathSearchAPI+"?"+q.Encode(), nil, &s)
	return s, err
}

// Like likes the post or, without on, takes that back, and returns the post.
func (c *Client) Like(ctx context.Context, id string, on bool) (api.Post, error) {
	return c.react(ctx, id, api.ActLike, on)
}

// Repost shows the post again under one's own name, or takes that back.
func (c *Client) Repost(ctx context.Context, id string, on bool) (api.Post, error) {
	return c.react(ctx, id, api.ActRepost, on)
}

// Hide hides the post from all but moderators, or shows it again.
func (c *Client) Hide(ctx context.Context, id string, on bool) (api.Post, error) {
	return c.react(ctx, id, api.ActHidden, on)
}

func (c *Client) react(ctx context.Context, id, act string, on bool) (p api.Post, err error) {
	method := "DELETE"
	if on {
		method = "PUT"
	}
	err = c.call(ctx, method, post(id)+act, nil, &p)
	return p, err
}

// DeletePost deletes one's own post. What is gone already is deleted.
func (c *Client) DeletePost(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", post(id), nil, nil)
}

// ChangeProfile replaces display name and handle.
func (c *Client) ChangeProfile(ctx context.Context, r api.ProfileChange) (p api.Person, err error) {
	err = c.call(ctx, "PATCH", api.PathProfileAPI, r, &p)
	return p, err
}

func post(id string) string { return api.PathPosts + "/" + url.PathEscape(id) }
