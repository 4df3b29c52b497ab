package pwa

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"porchlight/app/ui"
	"porchlight/shared/api"
	"porchlight/shared/claims"
	"porchlight/web"
)

// The script that shows what the device keeps knows every element and attribute
// of a member's feed. It would leave out what it does not know.
func TestKeptNames(t *testing.T) {
	source, err := fs.ReadFile(web.FS(), keptScript)
	if err != nil {
		t.Fatal(err)
	}
	list := func(name string) []string {
		found := regexp.MustCompile(`(?s)const ` + name + ` = new Set\(\((.*?)\)\.split`).FindSubmatch(source)
		if found == nil {
			t.Fatalf("%s has no list %s", keptScript, name)
		}
		return strings.Fields(regexp.MustCompile(`"\s*\+\s*"|"`).ReplaceAllString(string(found[1]), ""))
	}
	elements, attributes := list("ELEMENTS"), list("ATTRIBUTES")
	doc, err := html.Parse(strings.NewReader(ui.HTML(fullPage())))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || slices.Contains([]string{"html", "head", "body"}, n.Data) {
			continue
		}
		seen++
		if !slices.Contains(elements, n.Data) {
			t.Errorf("the element %s is not in the list", n.Data)
		}
		for _, a := range n.Attr {
			if !slices.Contains(attributes, a.Key) {
				t.Errorf("the attribute %s of %s is not in the list", a.Key, n.Data)
			}
		}
	}
	if seen < 100 {
		t.Errorf("the page has %d elements: this shows nothing", seen)
	}
	for _, name := range slices.Concat(elements, attributes) {
		if strings.HasPrefix(name, "on") || slices.Contains([]string{"script", "iframe", "object", "base", "style", "src", "srcdoc", "formaction"}, name) {
			t.Errorf("%s must not come from a storage", name)
		}
	}
}

// fullPage is a moderator's feed with all that a post can have.
func fullPage() api.Page {
	page := realPages()["member"]
	page.Session = &claims.Display{Subject: page.Session.Subject, Handle: "ada", Name: "Ada", Groups: []string{claims.GroupModerators}}
	page.Form = map[string]string{"id": page.Feed.Posts[0].ID}
	original := page.Feed.Posts[0]
	original.Liked, original.Likes, original.Hidden, original.Audience = true, 2, true, api.AudienceMembers
	page.Feed.Posts = append(page.Feed.Posts, original, api.Post{ID: "0190a5b0-7b2a-7cc0-8000-000000000009", Author: "x", Handle: "bob", Name: "Bob", RepostOf: original.ID, Original: &original})
	page.Feed.Next = original.ID
	return page
}
