//go:build !js

package ui

import (
	"strings"
	"testing"

	"porchlight/shared/api"
)

func TestRemovalAsks(t *testing.T) {
	post := aThread(2).Post
	tests := []struct {
		name       string
		page       api.Page
		says       string
		asks       bool
		next, keep string
	}{
		{"its author", removalPage(post), "and its replies with it", true, "/u/ada#p-1", "/u/ada#p-1"},
		{"nowhere to go back to", func() api.Page { p := removalPage(post); p.Form = nil; return p }(), "Delete this post?", true, "/", "/"},
		{"another", func() api.Page { p := removalPage(post); p.Session = eve(); return p }(), "Only who wrote a post can delete it.", false, "", ""},
		{"a guest", func() api.Page { p := removalPage(post); p.Session = nil; return p }(), "Only who wrote a post can delete it.", false, "", ""},
		{"gone", listPages()["removal gone"], "Nobody lives here", false, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := parse(t, HTML(tt.page))
			if !strings.Contains(content(root), tt.says) {
				t.Errorf("the page says %q, want %q", content(root), tt.says)
			}
			var next, keep string
			forms := all(one(t, root, "main"), "form")
			if len(forms) == 1 {
				next = attr(inputs(forms[0])["next"], "value")
				keep = attr(one(t, forms[0], "a"), "href")
			}
			if len(forms) > 1 || (len(forms) == 1) != tt.asks || next != tt.next || keep != tt.keep {
				t.Errorf("%d forms lead to %q and back to %q, want %q and %q", len(forms), next, keep, tt.next, tt.keep)
			}
		})
	}
}

// With the program the answer can be taken back, as everywhere.
func TestRemovalWithProgram(t *testing.T) {
	s := member(somePosts(1)...)
	post := aThread(0).Post
	b := openTab(t, s, removalPage(post))
	(&removal{p: b.Program, Of: post.ID}).remove()
	b.settle()
	if b.at() != "/u/ada" || !b.says("Undo") || s.count("DELETE /api/posts/"+post.ID) != 0 {
		t.Errorf("at %q the page says %q", b.at(), content(b.page()))
	}
	s.answer("GET /api/posts/"+post.ID, api.Thread{Post: post})
	b.goTo(api.PostPath(post.ID) + api.ActDelete)
	if !b.says("You can take that back") {
		t.Errorf("asked again, the page says %q", content(b.page()))
	}
}

// On a bad line the shell may stand at the address: the program asks, too.
func TestRemovalFromShell(t *testing.T) {
	post := aThread(0).Post
	s := member()
	s.answer("GET /api/posts/"+post.ID, api.Thread{Post: post})
	b := openTab(t, s, api.Page{})
	b.goTo(api.PostPath(post.ID) + api.ActDelete + "?next=%2Fu%2Fada")
	if n := len(all(one(t, b.page(), "main"), "form")); n != 1 || !b.says("Delete this post?") {
		t.Errorf("%d forms; the page says %q", n, content(b.page()))
	}
	s = guest()
	s.answer("GET /api/posts/"+post.ID, api.Thread{Post: post})
	b = openTab(t, s, api.Page{})
	b.goTo(api.PostPath(post.ID) + api.ActDelete)
	if want := "/signin?next=" + "%2Fp%2F" + post.ID + "%2Fdelete"; b.at() != want {
		t.Errorf("a guest is at %q, want %q", b.at(), want)
	}
}
