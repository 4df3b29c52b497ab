//go:build !js

package ui

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"porchlight/shared/api"
	"porchlight/shared/claims"
)

const postID = "018f0000-0000-7000-8000-000000000900" // of the first of somePosts

func eve() *claims.Display {
	return &claims.Display{Subject: "sub-eve", Handle: "eve", Name: "Eve", Groups: []string{claims.GroupModerators}}
}

// reactedPosts are posts with all that can be made of one: reposts, counters,
// hidden.
func reactedPosts() []api.Post {
	posts := somePosts(3)
	posts[0].Author, posts[0].Likes, posts[0].Replies, posts[0].Liked = ada().Subject, 3, 1, true
	posts[1].Hidden, posts[1].Reposts, posts[1].Reposted = true, 12, true
	posts[1].Message = "See https://example.com/?a=1&b=2, and <https://example.org>."
	original := posts[2]
	posts[2] = api.Post{ID: "018f0000-0000-7000-8000-00000000aaaa", Author: "sub-eve", Handle: "eve", Name: `E"<b>`,
		Created: evening(), RepostOf: original.ID, Original: &original}
	return posts
}

func aThread(replies int) *api.Thread {
	t := &api.Thread{Post: reactedPosts()[0]}
	for _, reply := range somePosts(9)[1 : replies+1] {
		reply.Parent = t.Post.ID
		t.Replies = append(t.Replies, reply)
	}
	return t
}

func threadPage(who *claims.Display, replies int) api.Page {
	p := api.Page{Path: api.PostPath(postID), Now: evening(), Session: who, Thread: aThread(replies)}
	if who != nil {
		p.Form = map[string]string{"id": firstID}
	}
	return p
}

// removalPage asks whether to delete the post.
func removalPage(post api.Post) api.Page {
	return api.Page{Path: api.PostPath(post.ID) + api.ActDelete, Now: evening(), Session: ada(),
		Thread: &api.Thread{Post: post}, Form: map[string]string{"next": "/u/ada#p-1"}}
}

// listPages are those of posts, people and searches, and the home page with
// reactions.
func listPages() map[string]api.Page {
	now := evening()
	who := api.Person{Subject: "sub-ada", Handle: "ada", Name: `Ada "Countess" <Lovelace>`, Joined: now}
	feed := api.Feed{Posts: reactedPosts(), Next: "018f"}
	refused, gone := threadPage(ada(), 2), threadPage(ada(), 0)
	refused.Form = map[string]string{"id": firstID, "message": "kept\n<b>", "next": ""}
	refused.Problem = refusal("message")
	gone.Thread, gone.Session, gone.Problem = nil, nil, problem(api.ProblemNotFound, 404)
	goneReply := gone
	goneReply.Session, goneReply.Form = ada(), map[string]string{"message": "for nobody <i>"}
	more, reply := threadPage(ada(), 3), threadPage(eve(), 0)
	more.Thread.Next = more.Thread.Replies[2].ID
	reply.Thread.Post.Parent, reply.Thread.Parent = "018f", &somePosts(1)[0]
	reply.Thread.Parent.ID = "018f"
	search := func(q string, s *api.Search, p *api.Problem) api.Page {
		return api.Page{Path: api.PathSearch, Now: now, Form: map[string]string{"q": q}, Search: s, Problem: p}
	}
	return map[string]api.Page{
		"home reactions": {Path: api.PathHome, Now: now, Feed: &feed, Session: ada()},
		"home moderator": {Path: api.PathHome, Now: now, Feed: &feed, Session: eve()},
		"thread":         threadPage(ada(), 2),
		"thread guest":   threadPage(nil, 1),
		"thread empty":   threadPage(eve(), 0),
		"thread more":    more,
		"thread reply":   reply,
		"thread refused": refused,
		"removal":        removalPage(aThread(0).Post),
		"removal gone":   {Path: api.PostPath(postID) + api.ActDelete, Now: now, Problem: problem(api.ProblemNotFound, 404)},
		"thread gone":    gone,
		"thread lost":    goneReply,
		"profile":        {Path: "/u/ada", Now: now, Session: ada(), Profile: &api.UserPosts{Person: who, Feed: feed}},
		"profile guest":  {Path: "/u/ada", Now: now, Profile: &api.UserPosts{Person: who, Feed: feed}},
		"profile empty":  {Path: "/u/ada", Now: now, Profile: &api.UserPosts{Person: who}},
		"profile gone":   {Path: "/u/ada", Now: now, Problem: problem(api.ProblemNotFound, 404)},
		"search":         search("", &api.Search{}, nil),
		"search found":   search(`a"b <c>`, &api.Search{Query: `a"b <c>`, People: []api.Person{who}, Feed: feed}, nil),
		"search none":    search("zebra", &api.Search{Query: "zebra"}, nil),
		"search refused": search("x", nil, refusal("q")),
	}
}

// TestButtons checks who is offered what on a post.
func TestButtons(t *testing.T) {
	tests := []struct {
		page string
		post int
		acts []string
		says string
	}{
		{"home reactions", 0, []string{"like false", "repost true", "delete"}, ""},
		{"home reactions", 1, []string{"like true", "repost false"}, ""},
		{"home reactions", 2, []string{"like true", "repost true"}, `E"<b> reposted`},
		{"home moderator", 0, []string{"like false", "repost true", "hidden true"}, ""},
		{"home moderator", 1, []string{"like true", "repost false", "hidden false"}, "Hidden by a moderator"},
		{"thread guest", 0, []string{"like false", "repost true"}, ""},
	}
	for _, test := range tests {
		article := all(parse(t, HTML(everyPage()[test.page])), "article")[test.post]
		var acts []string
		for _, f := range all(article, "form") {
			parts := strings.Split(attr(f, "action"), "/")
			act := parts[len(parts)-1]
			if on := inputs(f)["on"]; on != nil {
				act += " " + attr(on, "value")
			}
			acts = append(acts, act)
			next, here := attr(inputs(f)["next"], "value"), everyPage()[test.page].Path
			if next != "" && next != here+"#"+attr(article, "id") || next != "" && api.SafeNext(next) != next {
				t.Errorf("%s: after %s comes %q", test.page, acts[len(acts)-1], next)
			}
		}
		if !slices.Equal(acts, test.acts) || !strings.Contains(content(article), test.says) {
			t.Errorf("%s, post %d: the acts are %q, want %q; it says %q", test.page, test.post, acts, test.acts, content(article))
		}
	}
}

func inputs(form *html.Node) map[string]*html.Node {
	found := map[string]*html.Node{}
	for _, n := range all(form, "input") {
		found[attr(n, "name")] = n
	}
	return found
}

// TestPressed checks that buttons say their state and number in words.
func TestPressed(t *testing.T) {
	root := parse(t, HTML(everyPage()["home reactions"]))
	buttons := all(all(root, "article")[0], "button")
	if attr(buttons[0], "aria-pressed") != "true" || attr(buttons[0], "aria-label") != "Like, 3 likes" || content(buttons[0]) != "3" {
		t.Errorf("the button to like: %v %q", buttons[0].Attr, content(buttons[0]))
	}
	if attr(buttons[1], "aria-pressed") != "false" || attr(buttons[1], "aria-label") != "Repost, 0 reposts" || content(buttons[1]) != "" {
		t.Errorf("the button to repost: %v %q", buttons[1].Attr, content(buttons[1]))
	}
}

// TestLostText checks that what was written for a page that is gone is there.
func TestLostText(t *testing.T) {
	root := parse(t, HTML(everyPage()["thread lost"]))
	if got := content(root); !strings.Contains(got, "for nobody <i>") || !strings.Contains(got, "Nobody lives here") {
		t.Errorf("the page says %q", got)
	}
	root = parse(t, HTML(everyPage()["thread refused"]))
	if got := content(byID(root, "message")); got != "kept\n<b>" {
		t.Errorf("the reply is %q", got)
	}
}

func TestListTitles(t *testing.T) {
	tests := map[string]string{
		"thread":         `A post by N · Porchlight`,
		"thread reply":   `A reply by N · Porchlight`,
		"thread gone":    "Nobody lives here · Porchlight",
		"profile":        `Ada "Countess" <Lovelace> · Porchlight`,
		"profile gone":   "Nobody lives here · Porchlight",
		"search refused": "Search · Porchlight",
	}
	for name, want := range tests {
		if got := Title(everyPage()[name]); got != want {
			t.Errorf("Title(%s) = %q, want %q", name, got, want)
		}
	}
	long := threadPage(nil, 0)
	long.Thread.Post.Message = strings.Repeat("é\n", 400)
	if got := Description(long); len([]rune(got)) > 200 || strings.Contains(got, "\n") || !strings.HasPrefix(got, "N: é é") {
		t.Errorf("Description(long) = %q", got)
	}
}
