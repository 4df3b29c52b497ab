package serve

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/server/internal/localpool"
	"porchlight/server/internal/sqlitedb"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// moderator joins and signs in again, as one of the pool's moderators.
func (s *testSite) moderator(t *testing.T) *person {
	t.Helper()
	p := s.join(t, "mod")
	if err := s.pool.AddUserToGroup(t.Context(), "mod@example.com", "moderators"); err != nil {
		t.Fatal(err)
	}
	if r := p.json(t, api.PathSignIn, api.SignIn{Email: "mod@example.com", Password: goodPassword}); r.status != 200 {
		t.Fatalf("sign-in of the moderator = %d %s", r.status, r.body)
	}
	return p
}

func (p *person) call(t *testing.T, method, path string) reply {
	t.Helper()
	return p.do(t, method, path, nil, "")
}

// read decodes an answer that has to be of the status.
func read[T any](t *testing.T, r reply, status int) (v T) {
	t.Helper()
	if r.status != status {
		t.Fatalf("status = %d, want %d: %.300s", r.status, status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%v in %.300s", err, r.body)
	}
	return v
}

func (p *person) post(t *testing.T, n api.NewPost) api.Post {
	t.Helper()
	return read[api.Post](t, p.json(t, api.PathPosts, n), 201)
}

func newID(t *testing.T) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

func TestThreadOverHTTP(t *testing.T) {
	s := newTestSite(t)
	ann, bob, guest := s.join(t, "ann"), s.join(t, "bob"), s.person(t)
	top := ann.post(t, api.NewPost{Message: "top", ExpiresIn: "1d"})
	path := api.PathPosts + "/" + top.ID
	req := api.NewPost{ID: newID(t), Parent: top.ID, Message: "reply"}
	first := bob.json(t, api.PathPosts, req)
	if again := bob.json(t, api.PathPosts, req); again.status != first.status || again.body != first.body {
		t.Errorf("a repeat = %d %s, want %d %s", again.status, again.body, first.status, first.body)
	}
	req.Message = "other"
	if r := bob.json(t, api.PathPosts, req); r.status != 409 || !r.problem(t).OfKind(api.ProblemConflict) {
		t.Errorf("same id, other content = %d %s", r.status, r.body)
	}
	th := read[api.Thread](t, guest.get(t, path+"?limit=1"), 200)
	if th.Post.Replies != 1 || len(th.Replies) != 1 || th.Replies[0].Parent != top.ID || th.Next != "" {
		t.Errorf("thread = %+v", th)
	}
	for _, call := range []struct {
		name         string
		who          *person
		method, path string
		status       int
	}{
		{"of nothing", guest, "GET", api.PathPosts + "/" + newID(t), 404},
		{"no id", guest, "GET", api.PathPosts + "/x", 404},
		{"bad limit", guest, "GET", path + "?limit=x", 422},
		{"bad after", guest, "GET", path + "?after=x", 422},
		{"delete by a guest", guest, "DELETE", path, 401},
		{"delete by another", bob, "DELETE", path, 403},
		{"delete", ann, "DELETE", path, 204},
		{"delete again", ann, "DELETE", path, 204},
		{"gone", guest, "GET", path, 404},
		{"reply gone", bob, "GET", api.PathPosts + "/" + req.ID, 404},
		{"like of the gone", bob, "PUT", path + "/like", 404},
		{"wrong method", bob, "POST", path + "/like", 405},
	} {
		if r := call.who.call(t, call.method, call.path); r.status != call.status {
			t.Errorf("%s = %d %s, want %d", call.name, r.status, r.body, call.status)
		}
	}
	if r := bob.json(t, api.PathPosts, api.NewPost{Parent: top.ID, Message: "late"}); r.status != 404 || !r.problem(t).OfKind(api.ProblemNotFound) {
		t.Errorf("reply to a gone post = %d %s", r.status, r.body)
	}
}

func TestReactionsOverHTTP(t *testing.T) {
	s := newTestSite(t)
	ann, bob, guest := s.join(t, "ann"), s.join(t, "bob"), s.person(t)
	path := api.PathPosts + "/" + ann.post(t, api.NewPost{Message: "top"}).ID
	for _, act := range []string{api.ActLike, api.ActRepost} {
		if r := guest.call(t, "PUT", path+act); r.status != 401 {
			t.Errorf("guest's PUT %s = %d", act, r.status)
		}
		for _, method := range []string{"PUT", "PUT", "DELETE", "DELETE", "PUT"} {
			read[api.Post](t, bob.call(t, method, path+act), 200)
		}
	}
	f := bob.feed(t)
	if len(f.Posts) != 2 || f.Posts[0].Original == nil || !f.Posts[1].Liked || !f.Posts[1].Reposted || f.Posts[1].Likes != 1 || f.Posts[1].Reposts != 1 {
		t.Errorf("feed of who reacted = %+v", f)
	}
	if f := ann.feed(t); f.Posts[1].Liked || f.Posts[1].Reposted || f.Posts[1].Likes != 1 {
		t.Errorf("feed of another = %+v", f)
	}
}

// TestHiddenLeavesNoTrace looks on every route that shows posts.
func TestHiddenLeavesNoTrace(t *testing.T) {
	s := newTestSite(t)
	ann, bob, mod, guest := s.join(t, "ann"), s.join(t, "bob"), s.moderator(t), s.person(t)
	top := ann.post(t, api.NewPost{Message: "unspeakable porch"})
	path := api.PathPosts + "/" + top.ID
	answer := bob.post(t, api.NewPost{Parent: top.ID, Message: "unspeakable porch too"})
	for _, act := range []string{api.ActLike, api.ActRepost} {
		read[api.Post](t, bob.call(t, "PUT", path+act), 200)
	}
	for _, p := range []*person{ann, bob} {
		if r := p.call(t, "PUT", path+api.ActHidden); r.status != 403 || !r.problem(t).OfKind(api.ProblemForbidden) {
			t.Errorf("hiding by a member = %d %s", r.status, r.body)
		}
	}
	for range 2 {
		if p := read[api.Post](t, mod.call(t, "PUT", path+api.ActHidden), 200); !p.Hidden {
			t.Errorf("hidden post = %+v", p)
		}
	}
	routes := []string{
		api.PathFeed, api.PathFeed + "?limit=50", path, api.PathPosts + "/" + answer.ID,
		api.PathUsers + "/ann/posts", api.PathUsers + "/bob/posts", api.PathSearchAPI + "?q=porch",
		api.PathHome, api.PostPath(top.ID), api.PostPath(answer.ID), api.UserPath("ann"), api.UserPath("bob"), api.PathSearch + "?q=porch",
	}
	for name, p := range map[string]*person{"guest": guest, "author": ann, "replier": bob} {
		for _, route := range routes {
			r := p.get(t, route)
			body := r.body
			if r.status == 404 { // the page says its own address
				body = strings.NewReplacer(`"path":"`+route, "").Replace(body)
			}
			for _, trace := range []string{"unspeakable", top.ID, answer.ID} {
				if strings.Contains(body, trace) {
					t.Errorf("%s sees %q on %s", name, trace, route)
				}
			}
		}
		for _, act := range []string{api.ActLike, api.ActRepost} {
			if r := p.call(t, "PUT", path+act); r.status != 404 && name != "guest" {
				t.Errorf("%s: PUT %s = %d", name, act, r.status)
			}
		}
	}
	for _, route := range routes[:7] {
		if r := mod.get(t, route); r.status != 200 || !strings.Contains(r.body, "unspeakable") {
			t.Errorf("the moderator does not see it on %s: %d %.200s", route, r.status, r.body)
		}
	}
	read[api.Post](t, mod.call(t, "DELETE", path+api.ActHidden), 200)
	if f := guest.feed(t); len(f.Posts) != 2 {
		t.Errorf("feed after it is shown again = %+v", f)
	}
}

// TestMembersOnly: no route gives a guest what is for members.
func TestMembersOnly(t *testing.T) {
	s := newTestSite(t)
	ann, guest := s.join(t, "ann"), s.person(t)
	top := ann.post(t, api.NewPost{Message: "whisper", Audience: api.AudienceMembers})
	answer := ann.post(t, api.NewPost{Parent: top.ID, Message: "whisper back"})
	read[api.Post](t, ann.call(t, "PUT", api.PathPosts+"/"+top.ID+api.ActRepost), 200)
	for _, route := range []string{
		api.PathFeed, api.PathUsers + "/ann/posts", api.PathSearchAPI + "?q=back", api.PathHome, api.UserPath("ann"), api.PathSearch + "?q=back",
	} {
		for p, want := range map[*person]bool{ann: true, guest: false} {
			if r := p.get(t, route); r.status != 200 || strings.Contains(r.body, "whisper") != want && strings.HasPrefix(route, "/api/") || !want && strings.Contains(r.body, "whisper") {
				t.Errorf("%s shows it: want %v, %d", route, want, r.status)
			}
		}
	}
	for _, id := range []string{top.ID, answer.ID} {
		for _, path := range []string{api.PathPosts + "/" + id, api.PostPath(id)} {
			if r := guest.get(t, path); r.status != 404 || strings.Contains(r.body, "whisper") {
				t.Errorf("GET %s by a guest = %d", path, r.status)
			}
			if r := ann.get(t, path); r.status != 200 {
				t.Errorf("GET %s by a member = %d", path, r.status)
			}
		}
	}
}

func TestProfileOverHTTP(t *testing.T) {
	s := newTestSite(t)
	ann, bob := s.join(t, "ann"), s.join(t, "bob")
	ann.post(t, api.NewPost{Message: "under the old handle"})
	patch := func(p *person, body string) reply {
		t.Helper()
		return p.do(t, "PATCH", api.PathProfileAPI, http.Header{"Content-Type": {api.TypeJSON}}, body)
	}
	got := read[api.Person](t, patch(ann, `{"handle":"Annie"}`), 200)
	if got.Handle != "annie" || got.Name != "ann" || got.Subject == "" {
		t.Errorf("PATCH = %+v", got)
	}
	if again := read[api.Person](t, patch(ann, `{"handle":"annie"}`), 200); again != got {
		t.Errorf("PATCH(again) = %+v, want %+v", again, got)
	}
	if p := read[api.Person](t, ann.get(t, api.PathProfileAPI), 200); p != got {
		t.Errorf("GET = %+v, want %+v", p, got)
	}
	if d := ann.get(t, api.PathSession).body; !strings.Contains(d, `"handle":"annie"`) || !strings.Contains(d, "ann@example.com") {
		t.Errorf("the session shows %s", d)
	}
	for _, tt := range []struct {
		name, body, field string
		status            int
	}{
		{"taken", `{"handle":"annie"}`, "handle", 422}, {"given up by another", `{"handle":"ANN"}`, "handle", 422},
		{"empty name", `{"name":" "}`, "name", 422}, {"unknown member", `{"sub":"x"}`, "sub", 422}, {"wrong type", `{"name":1}`, "name", 422},
		{"no object", `[]`, "", 400}, {"huge", `{"name":"` + strings.Repeat("a", 1<<20) + `"}`, "", 413},
	} {
		r := patch(bob, tt.body)
		if r.status != tt.status || tt.field != "" && r.problem(t).Field(tt.field) == "" {
			t.Errorf("%s = %d %.300s", tt.name, r.status, r.body)
		}
	}
	if r := patch(s.person(t), `{}`); r.status != 401 {
		t.Errorf("PATCH by a guest = %d", r.status)
	}
	u := read[api.UserPosts](t, bob.get(t, api.PathUsers+"/ANN/posts"), 200)
	if u.Person != got || len(u.Posts) != 1 || u.Posts[0].Handle != "ann" {
		t.Errorf("posts under the old handle = %+v", u)
	}
	if r := bob.get(t, "/u/ann?before="+u.Posts[0].ID); r.status != 303 || r.header.Get("Location") != "/u/annie?before="+u.Posts[0].ID {
		t.Errorf("/u/ann = %d to %q", r.status, r.header.Get("Location"))
	}
	if r := bob.get(t, api.PathUsers+"/nobody/posts"); r.status != 404 {
		t.Errorf("nobody's posts = %d", r.status)
	}
	r := ann.form(t, api.PathProfile, "name", "Ann Lee", "handle", "ann")
	if r.status != 303 || r.header.Get("Location") != "/account?notice=profile-saved" {
		t.Errorf("form = %d to %q: %.300s", r.status, r.header.Get("Location"), r.body)
	}
	if r := bob.form(t, api.PathProfile, "name", "Bob", "handle", "annie"); r.status != 422 {
		t.Errorf("form with another's handle = %d", r.status)
	}
}

// TestPlainForms does with forms what the API does, and comes back.
func TestPlainForms(t *testing.T) {
	s := newTestSite(t)
	ann, bob, guest := s.join(t, "ann"), s.join(t, "bob"), s.person(t)
	top := ann.post(t, api.NewPost{Message: "top"})
	page := api.PostPath(top.ID)
	toggle := func(p *person, act, on, next string) reply {
		t.Helper()
		return p.form(t, page+act, "on", on, "next", next)
	}
	wantNext := func(name string, r reply, status int, next string) {
		t.Helper()
		if r.status != status || r.header.Get("Location") != next {
			t.Errorf("%s = %d to %q, want %d to %q: %.200s", name, r.status, r.header.Get("Location"), status, next, r.body)
		}
	}
	wantNext("reply", bob.form(t, page, "id", newID(t), "message", "a reply"), 303, page)
	wantNext("reply with next", bob.form(t, page, "message", "another", "next", "/u/ann"), 303, "/u/ann")
	wantNext("empty reply", bob.form(t, page, "message", " "), 422, "")
	wantNext("reply by a guest", guest.form(t, page, "message", "x"), 303, "/signin?next="+url.QueryEscape(page))
	wantNext("reply to nothing", bob.form(t, api.PostPath(newID(t)), "message", "x"), 404, "")
	wantNext("like", toggle(bob, api.ActLike, "true", "/#"+top.ID), 303, "/#"+top.ID)
	wantNext("like again", toggle(bob, api.ActLike, "true", ""), 303, page)
	wantNext("repost", toggle(bob, api.ActRepost, "true", "https://evil.example/"), 303, "/")
	wantNext("repost back", toggle(bob, api.ActRepost, "false", "//evil.example"), 303, "/")
	wantNext("neither on nor off", toggle(bob, api.ActLike, "maybe", ""), 422, "")
	wantNext("hide by a member", toggle(bob, api.ActHidden, "true", ""), 403, "")
	wantNext("JSON", bob.json(t, page+api.ActLike, api.Toggle{On: "true"}), 415, "")
	th := read[api.Thread](t, bob.get(t, api.PathPosts+"/"+top.ID), 200)
	if th.Post.Likes != 1 || !th.Post.Liked || th.Post.Reposts != 0 || len(th.Replies) != 2 {
		t.Errorf("thread after the forms = %+v", th)
	}
	if r := bob.form(t, page, "message", strings.Repeat("é", api.MaxMessageRunes+1)); !strings.Contains(r.body, strings.Repeat("é", 100)) {
		t.Error("a refused reply is not shown again")
	}
	foreign := http.Header{"Content-Type": {api.TypeForm}, "Sec-Fetch-Site": {"cross-site"}}
	wantNext("from another site", ann.do(t, "POST", page+api.ActLike, foreign, "on=true"), 403, "")
}

// TestDeleteAsks: a plain form deletes nothing before its question was answered.
func TestDeleteAsks(t *testing.T) {
	s := newTestSite(t)
	ann, bob, mod, guest := s.join(t, "ann"), s.join(t, "bob"), s.moderator(t), s.person(t)
	top := ann.post(t, api.NewPost{Message: "the lantern post", Audience: api.AudienceMembers})
	page := api.PostPath(top.ID)
	question, nowhere := page+api.ActDelete, api.PostPath(newID(t))+api.ActDelete
	back := question + "?next=" + url.QueryEscape("/u/ann?before=x")
	signIn := func(to string) string { return "/signin?next=" + url.QueryEscape(to) }
	html := func(p *person, path string) reply {
		return p.do(t, "GET", path, http.Header{"Accept": {"text/html"}}, "")
	}
	tests := []struct {
		name   string
		answer func() reply
		status int
		next   string
		says   string
	}{
		{"the question", func() reply { return html(ann, back) }, 200, "", "Delete this post?"},
		{"the question again", func() reply { return html(ann, back) }, 200, "", "the lantern post"},
		{"where it leads back to", func() reply { return html(ann, back) }, 200, "", `href="/u/ann?before=x"`},
		{"leads to this site only", func() reply { return html(ann, question+"?next=https://evil.example/") }, 200, "", `name="next" value="/"`},
		{"asked by a guest", func() reply { return html(guest, back) }, 303, signIn(back), ""},
		{"asked by another", func() reply { return html(bob, question) }, 403, "", "Only who wrote a post can delete it."},
		{"asked by a moderator", func() reply { return html(mod, question) }, 403, "", "Only who wrote a post can delete it."},
		{"asked of nothing", func() reply { return html(ann, nowhere) }, 404, "", "Nobody lives here"},
		{"asked of no id", func() reply { return html(ann, "/p/x/delete") }, 404, "", "Nobody lives here"},
		{"not sure", func() reply { return ann.form(t, question, "next", "/u/ann?before=x") }, 303, back, ""},
		{"not sure, nowhere to go", func() reply { return ann.form(t, question) }, 303, question + "?next=%2F", ""},
		{"sure of something else", func() reply { return ann.form(t, question, "sure", "yes") }, 422, "", ""},
		{"an old form", func() reply { return ann.form(t, question, "on", "true") }, 422, "", ""},
		{"sure twice", func() reply {
			return ann.do(t, "POST", question, http.Header{"Content-Type": {api.TypeForm}}, "sure=true&sure=true")
		}, 422, "", ""},
		{"by JSON", func() reply { return ann.json(t, question, api.Removal{Sure: "true"}) }, 415, "", ""},
		{"from another site", func() reply {
			return ann.do(t, "POST", question, http.Header{"Content-Type": {api.TypeForm}, "Sec-Fetch-Site": {"cross-site"}}, "sure=true")
		}, 403, "", ""},
		{"by a guest", func() reply { return guest.form(t, question, "sure", "true") }, 303, signIn(page), ""},
		{"by another", func() reply { return bob.form(t, question, "sure", "true") }, 403, "", ""},
		{"still there", func() reply { return html(ann, page) }, 200, "", "the lantern post"},
		{"sure", func() reply { return ann.form(t, question, "sure", "true", "next", "/u/ann?before=x") }, 303, "/u/ann?before=x", ""},
		{"gone", func() reply { return html(ann, page) }, 404, "", "Nobody lives here"},
		{"pressed again", func() reply { return ann.form(t, question, "sure", "true", "next", "/#p-1") }, 303, "/?notice=deleted", ""},
		{"back, and again, to its own page", func() reply { return ann.form(t, question, "sure", "true", "next", page+"?after=x") }, 303, "/?notice=deleted", ""},
		{"the question after it", func() reply { return html(ann, back) }, 404, "", "Nobody lives here"},
		{"of nothing", func() reply { return ann.form(t, nowhere, "sure", "true") }, 303, "/?notice=deleted", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.answer()
			if r.status != tt.status || r.header.Get("Location") != tt.next || !strings.Contains(r.body, tt.says) {
				t.Errorf("answer = %d to %q, want %d to %q with %q: %.300s", r.status, r.header.Get("Location"), tt.status, tt.next, tt.says, r.body)
			}
		})
	}
}

// TestFormsGetAnotherID sends forms whose id will never do. The form that comes
// back has one that does, or what was typed could never be posted.
func TestFormsGetAnotherID(t *testing.T) {
	s := newTestSite(t)
	ann := s.join(t, "ann")
	top := ann.post(t, api.NewPost{Message: "top"})
	old := feedtest.ID(time.Now().Add(-feed.MaxAge-time.Hour), 0).String()
	tests := []struct {
		name, page, id string
		status         int
	}{
		{"post with the id of another", "/", top.ID, 409},
		{"post with an id from long ago", "/", old, 422},
		{"post with no id at all", "/", "junk", 422},
		{"reply with the id of another", api.PostPath(top.ID), top.ID, 409},
		{"reply with an id from long ago", api.PostPath(top.ID), old, 422},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := ann.form(t, tt.page, "id", tt.id, "message", "typed with care")
			if r.status != tt.status || !strings.Contains(r.body, "typed with care") {
				t.Fatalf("form = %d, want %d with what was typed: %.300s", r.status, tt.status, r.body)
			}
			if r := ann.form(t, tt.page, "id", formID(t, r.body), "message", tt.name); r.status != 303 {
				t.Errorf("the form sent again = %d, want 303: %.300s", r.status, r.body)
			}
		})
	}
}

// formID returns the id in the page's form for a post.
func formID(t *testing.T, page string) string {
	t.Helper()
	for input := range strings.SplitSeq(page, "<input ") {
		input, _, _ = strings.Cut(input, ">")
		if _, value, ok := strings.Cut(input, `value="`); ok && strings.Contains(input, `name="id"`) {
			value, _, _ = strings.Cut(value, `"`)
			return value
		}
	}
	t.Fatalf("no form with an id in %.300s", page)
	return ""
}

func TestSearchOverHTTP(t *testing.T) {
	s := newTestSite(t)
	ann, guest := s.join(t, "ann"), s.person(t)
	for _, text := range []string{"first porch", "second porch", "third"} {
		ann.post(t, api.NewPost{Message: text})
	}
	f := read[api.Search](t, guest.get(t, api.PathSearchAPI+"?q=PORCH&limit=1"), 200)
	if len(f.Posts) != 1 || f.Posts[0].Message != "second porch" || f.Next != f.Posts[0].ID {
		t.Errorf("search = %+v", f)
	}
	f = read[api.Search](t, guest.get(t, api.PathSearchAPI+"?q=porch&before="+f.Next), 200)
	if len(f.Posts) != 1 || f.Posts[0].Message != "first porch" || f.Next != "" {
		t.Errorf("second page = %+v", f)
	}
	if f = read[api.Search](t, guest.get(t, api.PathSearchAPI+"?q=@an"), 200); len(f.People) != 1 || f.People[0].Handle != "ann" {
		t.Errorf("search for a person = %+v", f)
	}
	for _, q := range []string{`"`, `" OR "porch`, "porch*", "NEAR(porch)", "words:third", "-porch ^", "\u0000porch", strings.Repeat("x", 5000), ""} {
		r := guest.get(t, api.PathSearchAPI+"?q="+url.QueryEscape(q))
		if r.status != 200 && r.status != 422 {
			t.Errorf("search for %.20q = %d %.200s", q, r.status, r.body)
		}
		if r := guest.get(t, api.PathSearch+"?q="+url.QueryEscape(q)); r.status != 200 && r.status != 422 {
			t.Errorf("search page for %.20q = %d", q, r.status)
		}
	}
}

// TestLikesInARow: what a like answered is on the next page that is asked for,
// whoever likes at once.
func TestLikesInARow(t *testing.T) {
	s := newTestSite(t)
	top := s.join(t, "ann").post(t, api.NewPost{Message: "top"})
	people := []*person{s.join(t, "bob"), s.join(t, "cleo"), s.join(t, "dora")}
	var wg sync.WaitGroup
	for _, p := range people {
		wg.Go(func() {
			for n := range 12 {
				method, on := "PUT", n%2 == 0
				if !on {
					method = "DELETE"
				}
				if r := p.call(t, method, api.PathPosts+"/"+top.ID+api.ActLike); r.status != 200 {
					t.Errorf("%s = %d %s", method, r.status, r.body)
				}
				if f := p.feed(t); f.Posts[0].Liked != on {
					t.Errorf("liked is %v after %s", f.Posts[0].Liked, method)
				}
			}
		})
	}
	wg.Wait()
	if f := people[0].feed(t); f.Posts[0].Likes != 0 {
		t.Errorf("%d likes in the end", f.Posts[0].Likes)
	}
}

func TestReactionLimit(t *testing.T) {
	s := newTestSite(t)
	p := s.join(t, "ann")
	path := api.PathPosts + "/" + p.post(t, api.NewPost{Message: "x"}).ID + api.ActLike
	start := time.Now()
	for range 120 {
		read[api.Post](t, p.call(t, "PUT", path), 200)
	}
	r := p.call(t, "PUT", path)
	if took := time.Since(start); took > 50*time.Second {
		t.Skipf("120 likes took %v", took)
	}
	if r.status != 429 || r.header.Get("Retry-After") == "" {
		t.Errorf("like 121 = %d %s", r.status, r.body)
	}
}

// TestOlderPostsAreFound starts on a file whose posts the search does not know, as
// an older program wrote them.
func TestOlderPostsAreFound(t *testing.T) {
	dir := t.TempDir()
	pool, err := localpool.Open(t.Context(), localpool.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	c := load(t, map[string]string{"PORCHLIGHT_DATA_DIR": dir})
	s, err := open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.close()
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: filepath.Join(dir, "porchlight.db")})
	if err != nil {
		t.Fatal(err)
	}
	id := uuid.Must(uuid.NewV7())
	err = db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
		const insert = "INSERT INTO posts (id, author, handle, name, message, audience, created) VALUES (?, 'sub', 'ann', 'Ann', 'An old lamp', 'everyone', ?)"
		_, err := tx.Exec(insert, id[:], time.Now())
		if err == nil {
			_, err = tx.Exec("INSERT INTO unindexed (up_to) VALUES (?)", id[:])
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	guest := newTestSiteOn(t, pool, map[string]string{"PORCHLIGHT_DATA_DIR": dir}).person(t)
	start := time.Now()
	for len(read[api.Search](t, guest.get(t, api.PathSearchAPI+"?q=lamp"), 200).Posts) != 1 {
		if time.Since(start) > patience {
			t.Fatal("a post of before the search is not found")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestRequestOfAnother: what says that it is somebody else's than who is signed
// in, by cookie or by token, is refused before anything is written.
func TestRequestOfAnother(t *testing.T) {
	s := newTestSite(t)
	ann, bob := s.join(t, "ann"), s.join(t, "bob")
	sub := func(p *person) string { return read[claims.Display](t, p.get(t, api.PathSession), 200).Subject }
	anns, bobs := sub(ann), sub(bob)
	top := bob.post(t, api.NewPost{Message: "top"})
	path := api.PathPosts + "/" + top.ID
	requests := []struct {
		method, path, body string
		status             int
	}{
		{"POST", api.PathPosts, `{"message":"mine"}`, 201},
		{"POST", api.PathHome, `{"message":"mine as well"}`, 200},
		{"PUT", path + api.ActLike, "", 200},
		{"PUT", path + api.ActRepost, "", 200},
		{"PATCH", api.PathProfileAPI, `{"name":"New"}`, 200},
		{"POST", api.PathPassword, `{"previous":"` + goodPassword + `","password":"` + goodPassword + `x"}`, 200},
		{"DELETE", path, "", 204},
		{"DELETE", api.PathSessions, "", 204},
	}
	send := func(p *person, method, path, body string, header http.Header) reply {
		t.Helper()
		header = maps.Clone(header)
		if body != "" {
			header.Set("Content-Type", api.TypeJSON)
		}
		return p.do(t, method, path, header, body)
	}
	access, _ := s.tokens(t, "bob@example.com")
	token := bearer(access)
	token[api.HeaderSub] = []string{anns}
	for _, tt := range []struct {
		name   string
		who    *person
		header http.Header
		status int
		kind   string
	}{
		{"another's", bob, http.Header{api.HeaderSub: {anns}}, 409, api.ProblemOtherPerson},
		{"another's by token", s.person(t), token, 409, api.ProblemOtherPerson},
		{"nobody's", bob, http.Header{api.HeaderSub: {""}}, 409, api.ProblemOtherPerson},
		{"two", bob, http.Header{api.HeaderSub: {bobs, anns}}, 409, api.ProblemOtherPerson},
		{"twice", bob, http.Header{api.HeaderSub: {bobs, bobs}}, 409, api.ProblemOtherPerson},
		{"huge", bob, http.Header{api.HeaderSub: {strings.Repeat("a", 8<<10)}}, 409, api.ProblemOtherPerson},
		{"of a guest", s.person(t), http.Header{api.HeaderSub: {bobs}}, 401, api.ProblemNotSignedIn},
	} {
		for _, q := range requests {
			if tt.name == "another's by token" && (q.path == api.PathPassword || q.path == api.PathSessions) {
				continue // with a cookie only
			}
			if got := send(tt.who, q.method, q.path, q.body, tt.header); got.status != tt.status || !got.problem(t).OfKind(tt.kind) {
				t.Errorf("%s: %s %s = %d %s, want %d %s", tt.name, q.method, q.path, got.status, got.body, tt.status, tt.kind)
			}
		}
	}
	if f := bob.feed(t); len(f.Posts) != 1 || f.Posts[0].Likes != 0 || f.Posts[0].Reposts != 0 || sub(bob) != bobs {
		t.Errorf("what was refused was done: %+v", f.Posts)
	}
	for _, q := range requests {
		if got := send(bob, q.method, q.path, q.body, http.Header{api.HeaderSub: {bobs}}); got.status != q.status {
			t.Errorf("one's own: %s %s = %d %s, want %d", q.method, q.path, got.status, got.body, q.status)
		}
	}
}
