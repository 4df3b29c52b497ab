package serve

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/shared/api"
)

// TestMembersReplyLeavesNoTrace: to a guest the site is as if there were no reply
// for members below a post for everyone, whatever becomes of it.
func TestMembersReplyLeavesNoTrace(t *testing.T) {
	s := newTestSite(t)
	ann, bob, mod, guest := s.join(t, "ann"), s.join(t, "bob"), s.moderator(t), s.person(t)
	top := ann.post(t, api.NewPost{Message: "a porch"})
	bob.post(t, api.NewPost{Parent: top.ID, Message: "an open porch"})
	read[api.Post](t, ann.call(t, "PUT", api.PathPosts+"/"+top.ID+api.ActRepost), 200)
	routes := []string{
		api.PathFeed, api.PathFeed + "?limit=50", api.PathPosts + "/" + top.ID, api.PathPosts + "/" + top.ID + "?limit=1",
		api.PathUsers + "/ann/posts", api.PathUsers + "/bob/posts", api.PathSearchAPI + "?q=porch", api.PathSearchAPI + "?q=unspeakable",
		api.PathHome, api.PostPath(top.ID), api.UserPath("ann"), api.UserPath("bob"), api.PathSearch + "?q=porch",
	}
	seen := func(p *person) map[string]string {
		bodies := map[string]string{}
		for _, route := range routes {
			bodies[route] = counted(p.get(t, route).body)
		}
		return bodies
	}
	live, member := guest.follow(t, ""), ann.follow(t, "")
	last := "post " + ann.post(t, api.NewPost{Message: "what was before has been told"}).ID
	for _, f := range []*tape{live, member} {
		for f.next() != last {
		}
	}
	before := seen(guest)
	for _, route := range []string{api.PathFeed, api.PathHome, api.PostPath(top.ID), api.UserPath("ann"), api.PathSearch + "?q=porch"} {
		if !strings.Contains(before[route], `"replies":1`) {
			t.Fatalf("%s has no post with one reply: %s", route, before[route])
		}
	}

	inner := bob.post(t, api.NewPost{ID: newID(t), Parent: top.ID, Message: "unspeakable porch", Audience: api.AudienceMembers, ExpiresIn: "1d"})
	path := api.PathPosts + "/" + inner.ID
	if inner.Audience != api.AudienceMembers || inner.Expires == nil || !inner.Expires.Equal(inner.Created.Add(24*time.Hour)) {
		t.Errorf("the reply = %+v", inner)
	}
	member.want("post "+inner.ID, "counters "+top.ID+" 0/2/1")
	check := func(when string) {
		t.Helper()
		if diff := cmp.Diff(before, seen(guest)); diff != "" {
			t.Errorf("%s: a guest sees (-before +now):\n%s", when, diff)
		}
		for _, route := range []string{path, api.PostPath(inner.ID)} {
			if r := guest.get(t, route); r.status != 404 || strings.Contains(r.body, "unspeakable") {
				t.Errorf("%s: a guest's GET %s = %d", when, route, r.status)
			}
		}
		if r := guest.call(t, "PUT", path+api.ActLike); r.status != 401 {
			t.Errorf("%s: a guest's like = %d", when, r.status)
		}
	}
	check("written")
	for _, act := range []string{api.ActLike, api.ActRepost} {
		read[api.Post](t, ann.call(t, "PUT", path+act), 200)
	}
	check("liked and reposted")
	if th := read[api.Thread](t, ann.get(t, api.PathPosts+"/"+top.ID), 200); th.Post.Replies != 2 || len(th.Replies) != 2 {
		t.Errorf("a member sees %+v", th)
	}
	if r := ann.get(t, api.PostPath(top.ID)); !strings.Contains(r.body, "unspeakable") || !strings.Contains(r.body, "Members only") {
		t.Errorf("a member's page lacks the reply, or that it is for members: %d", r.status)
	}
	for _, method := range []string{"PUT", "DELETE"} {
		read[api.Post](t, mod.call(t, method, path+api.ActHidden), 200)
		check(method + " hidden")
	}
	if r := bob.call(t, "DELETE", path); r.status != 204 {
		t.Errorf("delete = %d", r.status)
	}
	check("deleted")
	live.want("post " + ann.post(t, api.NewPost{Message: "later"}).ID) // and nothing before
}

// counted is what a route says of posts: the text of an API, and of a page the
// posts that are in it for the program, which knows the time.
func counted(body string) string {
	if !strings.HasPrefix(body, "<") {
		return body
	}
	var posts []string
	for _, part := range strings.Split(body, `{"id":"`)[1:] {
		post, _, _ := strings.Cut(part, "}")
		posts = append(posts, post)
	}
	return strings.Join(posts, "\n")
}
