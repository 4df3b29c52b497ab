// Package client calls the server's API from the browser program, and from
// tests that run on the machine. It sends and understands JSON only.
//
// Every call answers with one of
//   - nil,
//   - a *api.Problem, which is what the server said,
//   - ErrOffline, when the server could not be reached or did not answer in
//     Timeout,
//   - ErrOutdated, when this program is older than the server wants,
//   - ErrAnswer, when what came back is not an answer of this API,
//   - the context's error, when the caller gave up.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"porchlight/app/fetch"
	"porchlight/shared/api"
)

// Timeout bounds one call, from sending to the last byte of the answer.
const Timeout = 20 * time.Second

// maxAnswer bounds an answer, in bytes: a page of the feed has at most
// api.MaxLimit posts, well under 1 MiB.
const maxAnswer = 4 << 20

var (
	// ErrOffline says that the server did not answer. The person should be told
	// that the network is gone and that nothing is lost.
	ErrOffline = errors.New("offline")
	// ErrOutdated says that the server speaks a newer version of the API. The
	// page has to be loaded again.
	ErrOutdated = errors.New("program is outdated")
	// ErrAnswer says that the answer is none of this API: a proxy's page, say.
	ErrAnswer = errors.New("unexpected answer")
)

// Client calls one server. Its methods may be used concurrently.
type Client struct {
	base string
	sub  string // whose all requests are; "" does not say
	wire fetch.Transport
}

// New returns a client for the server at base, such as "https://example.com". In
// the browser "" is the page's own.
func New(base string) *Client { return &Client{base: base} }

// As returns a client for requests of the person with the sub alone. While
// somebody else is signed in the server refuses those that only members may
// send, with a problem of kind api.ProblemOtherPerson.
func (c *Client) As(sub string) *Client {
	own := *c
	own.sub = sub
	return &own
}

// A response is an answer that has been read to its end.
type response struct {
	fetch.Response
	body []byte
}

// call sends body as JSON, unless it is nil, and decodes the answer into
// reply, unless that is nil or the answer has no content.
func (c *Client) call(ctx context.Context, method, path string, body, reply any) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	r := fetch.Request{Method: method, URL: c.base + path, Accept: api.TypeJSON, Sub: c.sub}
	if body != nil {
		var err error
		if r.Body, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	answer, err := c.send(ctx, r)
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err()
		}
		return errors.Join(ErrOffline, err)
	}
	return answer.decode(reply)
}

func (c *Client) send(ctx context.Context, r fetch.Request) (response, error) {
	answer, err := c.wire.Do(ctx, r)
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is too large")
	}
	return response{answer, body}, err
}

func (r response) decode(reply any) error {
	if r.Status < 200 || r.Status > 299 {
		return r.problem()
	}
	if reply == nil || r.Status == 204 {
		return nil
	}
	if r.Type != api.TypeJSON {
		return ErrAnswer
	}
	if err := json.Unmarshal(r.body, reply); err != nil {
		return errors.Join(ErrAnswer, err)
	}
	return nil
}

// problem returns the error that a refusal stands for. A refusal that is no
// problem document comes from something in between, such as a balancer.
func (r response) problem() error {
	p := &api.Problem{}
	if r.Type != api.TypeProblem || json.Unmarshal(r.body, p) != nil {
		if r.Status < 400 {
			return ErrAnswer
		}
		p = &api.Problem{Type: "/problems/" + api.ProblemUnavailable, Title: "Service Unavailable"}
	}
	if p.OfKind(api.ProblemOutdated) {
		return ErrOutdated
	}
	p.Status = r.Status
	if seconds, err := strconv.Atoi(r.RetryAfter); err == nil && seconds > 0 && p.RetryAfter == 0 {
		p.RetryAfter = seconds
	}
	return p
}
