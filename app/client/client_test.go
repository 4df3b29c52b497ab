//go:build !js

package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/app/client"
	"porchlight/shared/api"
)

// TestCalls checks what each call sends, and that it hands on what comes back.
func TestCalls(t *testing.T) {
	done := api.Done{Next: "/x", Delivery: &api.Delivery{Destination: "a***@e***", ResendAfter: 30}}
	tests := []struct {
		name    string
		call    func(ctx context.Context, c *client.Client) (any, error)
		request string
		body    string
		answer  any
	}{
		{"sign up", func(ctx context.Context, c *client.Client) (any, error) {
			return c.SignUp(ctx, api.SignUp{Name: "A", Email: "e", Handle: "h", Password: "p"})
		}, "POST /signup", `{"name":"A","email":"e","handle":"h","password":"p"}`, done},
		{"confirm", func(ctx context.Context, c *client.Client) (any, error) {
			return c.Confirm(ctx, api.Confirm{Email: "e", Code: "1"})
		}, "POST /confirm", `{"email":"e","code":"1"}`, done},
		{"resend", func(ctx context.Context, c *client.Client) (any, error) {
			return c.Resend(ctx, api.Resend{Email: "e"})
		}, "POST /confirm/resend", `{"email":"e"}`, done},
		{"sign in", func(ctx context.Context, c *client.Client) (any, error) {
			return c.SignIn(ctx, api.SignIn{Email: "e", Password: "p", Next: "/n"})
		}, "POST /signin", `{"email":"e","password":"p","next":"/n"}`, done},
		{"recover", func(ctx context.Context, c *client.Client) (any, error) {
			return c.Recover(ctx, api.Recover{Email: "e"})
		}, "POST /recover", `{"email":"e"}`, done},
		{"recover confirm", func(ctx context.Context, c *client.Client) (any, error) {
			return c.RecoverConfirm(ctx, api.RecoverConfirm{Email: "e", Code: "1", Password: "p"})
		}, "POST /recover/confirm", `{"email":"e","code":"1","password":"p"}`, done},
		{"sign out", func(ctx context.Context, c *client.Client) (any, error) { return c.SignOut(ctx) }, "POST /signout", `{}`, done},
		{"newest page", func(ctx context.Context, c *client.Client) (any, error) { return c.Feed(ctx, "", 0) },
			"GET /api/feed", "", api.Feed{Posts: []api.Post{{ID: "1"}}, Next: "1"}},
		{"older page", func(ctx context.Context, c *client.Client) (any, error) { return c.Feed(ctx, "a&b", 5) },
			"GET /api/feed?before=a%26b&limit=5", "", api.Feed{Posts: []api.Post{}}},
		{"post", func(ctx context.Context, c *client.Client) (any, error) {
			return c.CreatePost(ctx, api.NewPost{ID: "1", Message: "m", ExpiresIn: "1h", Audience: "members"})
		}, "POST /api/posts", `{"id":"1","message":"m","expires_in":"1h","audience":"members"}`, api.Post{ID: "1", Message: "m"}},
		{"thread", func(ctx context.Context, c *client.Client) (any, error) { return c.Thread(ctx, "a/b", "c d") },
			"GET /api/posts/a%2Fb?after=c+d", "", api.Thread{Post: api.Post{ID: "1"}, Replies: []api.Post{}}},
		{"user", func(ctx context.Context, c *client.Client) (any, error) { return c.UserPosts(ctx, "ann", "") },
			"GET /api/users/ann/posts", "", api.UserPosts{Person: api.Person{Handle: "ann"}, Feed: api.Feed{Posts: []api.Post{}}}},
		{"search", func(ctx context.Context, c *client.Client) (any, error) { return c.Search(ctx, "a&b", "1") },
			"GET /api/search?before=1&q=a%26b", "", api.Search{Query: "a&b", Feed: api.Feed{Posts: []api.Post{}}}},
		{"like", func(ctx context.Context, c *client.Client) (any, error) { return c.Like(ctx, "1", true) },
			"PUT /api/posts/1/like", "", api.Post{ID: "1", Liked: true}},
		{"unlike", func(ctx context.Context, c *client.Client) (any, error) { return c.Like(ctx, "1", false) },
			"DELETE /api/posts/1/like", "", api.Post{ID: "1"}},
		{"repost", func(ctx context.Context, c *client.Client) (any, error) { return c.Repost(ctx, "1", true) },
			"PUT /api/posts/1/repost", "", api.Post{ID: "1"}},
		{"hide", func(ctx context.Context, c *client.Client) (any, error) { return c.Hide(ctx, "1", true) },
			"PUT /api/posts/1/hidden", "", api.Post{ID: "1", Hidden: true}},
		{"delete", func(ctx context.Context, c *client.Client) (any, error) { return nil, c.DeletePost(ctx, "1") },
			"DELETE /api/posts/1", "", nil},
		{"profile", func(ctx context.Context, c *client.Client) (any, error) {
			return c.ChangeProfile(ctx, api.ProfileChange{Name: "A", Handle: "ann"})
		}, "PATCH /api/profile", `{"name":"A","handle":"ann"}`, api.Person{Handle: "ann"}},
		{"sessions", func(ctx context.Context, c *client.Client) (any, error) { return c.Sessions(ctx) },
			"GET /api/sessions", "", api.Sessions{Sessions: []api.Session{{ID: "1", Current: true}}}},
		{"end session", func(ctx context.Context, c *client.Client) (any, error) { return nil, c.EndSession(ctx, "a/b") },
			"DELETE /api/sessions/a%2Fb", "", nil},
		{"end sessions", func(ctx context.Context, c *client.Client) (any, error) { return nil, c.EndSessions(ctx) },
			"DELETE /api/sessions", "", nil},
		{"change password", func(ctx context.Context, c *client.Client) (any, error) {
			return nil, c.ChangePassword(ctx, api.ChangePassword{Previous: "a", Password: "b"})
		}, "POST /api/password", `{"previous":"a","password":"b"}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var request, body string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				request = r.Method + " " + r.URL.RequestURI()
				b, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				body = string(b)
				if kind := r.Header.Get("Content-Type"); (kind == api.TypeJSON) != (body != "") {
					t.Errorf("Content-Type = %q for %q", kind, body)
				}
				if v := r.Header.Get(api.HeaderVersion); v != strconv.Itoa(api.Version) || r.Header.Get("Accept") != api.TypeJSON {
					t.Errorf("%s = %q, Accept = %q", api.HeaderVersion, v, r.Header.Get("Accept"))
				}
				if test.answer == nil {
					w.WriteHeader(http.StatusNoContent)
					return
				}
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				_ = json.NewEncoder(w).Encode(test.answer) // the client's side is checked
			}))
			defer s.Close()
			got, err := test.call(t.Context(), client.Over(s.URL, s.Client()))
			if err != nil {
				t.Fatal(err)
			}
			if request != test.request || body != test.body {
				t.Errorf("sent %s %s, want %s %s", request, body, test.request, test.body)
			}
			if diff := cmp.Diff(test.answer, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// answering is a transport that gives every request the same answer.
type answering struct {
	status      int
	kind, retry string
	body        string
}

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	h := http.Header{"Content-Type": {a.kind}}
	if a.retry != "" {
		h.Set("Retry-After", a.retry)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func TestRefusals(t *testing.T) {
	const wrong = `{"type":"/problems/not-authorized","title":"Unauthorized","status":401,"detail":"No.","errors":[{"pointer":"#/email","detail":"Bad."}]}`
	tests := []struct {
		name    string
		answer  answering
		is      error  // want errors.Is
		problem string // want a problem of the kind
		status  int
		retry   int
	}{
		{name: "problem", answer: answering{401, api.TypeProblem, "", wrong}, problem: api.ProblemNotAuthorized, status: 401},
		{name: "problem with charset", answer: answering{401, "Application/Problem+JSON; charset=utf-8", "", wrong}, problem: api.ProblemNotAuthorized, status: 401},
		{name: "status of the answer counts", answer: answering{403, api.TypeProblem, "", wrong}, problem: api.ProblemNotAuthorized, status: 403},
		{name: "retry in the header", answer: answering{429, api.TypeProblem, "17", `{"type":"/problems/too-many-requests"}`}, problem: api.ProblemTooMany, status: 429, retry: 17},
		{name: "retry in the body", answer: answering{429, api.TypeProblem, "17", `{"type":"/problems/too-many-requests","retry_after":3}`}, problem: api.ProblemTooMany, status: 429, retry: 3},
		{name: "retry at a date", answer: answering{503, api.TypeProblem, "Mon, 04 May 2026 19:30:00 GMT", `{"type":"/problems/unavailable"}`}, problem: api.ProblemUnavailable, status: 503},
		{name: "retry in the past", answer: answering{503, api.TypeProblem, "-5", `{"type":"/problems/unavailable"}`}, problem: api.ProblemUnavailable, status: 503},
		{name: "outdated", answer: answering{409, api.TypeProblem, "", `{"type":"/problems/outdated"}`}, is: client.ErrOutdated},
		{name: "conflict is no news of a version", answer: answering{409, api.TypeProblem, "", `{"type":"/problems/conflict"}`}, problem: api.ProblemConflict, status: 409},
		{name: "a proxy's page", answer: answering{502, "text/html", "", "<h1>Bad gateway</h1>"}, problem: api.ProblemUnavailable, status: 502},
		{name: "broken problem", answer: answering{500, api.TypeProblem, "", "{"}, problem: api.ProblemUnavailable, status: 500},
		{name: "a captive portal's page", answer: answering{200, "text/html", "", "<h1>Pay here</h1>"}, is: client.ErrAnswer},
		{name: "redirect", answer: answering{304, "", "", ""}, is: client.ErrAnswer},
		{name: "broken JSON", answer: answering{200, api.TypeJSON, "", `{"next":`}, is: client.ErrAnswer},
		{name: "wrong type", answer: answering{200, api.TypeJSON, "", `{"next":5}`}, is: client.ErrAnswer},
		{name: "endless", answer: answering{200, api.TypeJSON, "", strings.Repeat(" ", 5<<20)}, is: client.ErrOffline},
	}
	for _, test := range tests {
		c := client.Over("http://porch.test", &http.Client{Transport: test.answer})
		_, err := c.SignIn(t.Context(), api.SignIn{})
		if test.is != nil {
			if !errors.Is(err, test.is) {
				t.Errorf("%s: SignIn = %v, want %v", test.name, err, test.is)
			}
			continue
		}
		p, ok := errors.AsType[*api.Problem](err)
		if !ok || !p.OfKind(test.problem) || p.Status != test.status || p.RetryAfter != test.retry {
			t.Errorf("%s: SignIn = %#v, want a %s with status %d, retry %d", test.name, err, test.problem, test.status, test.retry)
		}
	}
}

type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client.Over("http://porch.test", &http.Client{Transport: silent{}})
		begin := time.Now()
		if _, err := c.Session(t.Context()); !errors.Is(err, client.ErrOffline) {
			t.Errorf("Session(silence) = %v, want ErrOffline", err)
		}
		if took := time.Since(begin); took != client.Timeout {
			t.Errorf("gave up after %v, want %v", took, client.Timeout)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.Session(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrOffline) {
			t.Errorf("Session(cancelled) = %v, want context.Canceled alone", err)
		}
	})
}

func TestUnreachable(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	if _, err := client.New(s.URL).Feed(t.Context(), "", 0); !errors.Is(err, client.ErrOffline) {
		t.Errorf("Feed(closed server) = %v, want ErrOffline", err)
	}
}

// TestAs: a request of one person says whose it is, and others don't.
func TestAs(t *testing.T) {
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Values(api.HeaderSub)...)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer s.Close()
	c := client.Over(s.URL, s.Client())
	for _, c := range []*client.Client{c, c.As("a-1"), c.As("ü\n 2"), c} {
		if err := c.DeletePost(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a-1", "%C3%BC%0A+2"}; !slices.Equal(got, want) {
		t.Errorf("%s = %q, want %q", api.HeaderSub, got, want)
	}
}
