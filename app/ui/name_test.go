//go:build !js

package ui

import (
	"strings"
	"testing"

	"porchlight/shared/api"
)

// A name of before that turns the direction of text turns nothing on any page:
// neither can it leave its element, nor is there anything of it in a title.
func TestNamesTurnNothing(t *testing.T) {
	const turning = "\u2069\u202eAnn\u2067\u202c"
	for name, page := range everyPage() {
		turn := func(post *api.Post) {
			post.Name = turning
			if post.Original != nil {
				post.Original = new(*post.Original)
				post.Original.Name = turning
			}
		}
		if s := page.Session; s != nil {
			s.Name = turning
		}
		if page.Feed != nil {
			for i := range page.Feed.Posts {
				turn(&page.Feed.Posts[i])
			}
		}
		if page.Thread != nil {
			turn(&page.Thread.Post)
		}
		if page.Profile != nil {
			page.Profile.Person.Name = turning
		}
		if page.Search != nil && len(page.Search.People) > 0 {
			page.Search.People[0].Name = turning
		}
		text := content(one(t, parse(t, HTML(page)), "body")) + Title(page) + Description(page)
		if strings.ContainsFunc(text, api.Turns) {
			t.Errorf("%s: a name turns the text: %q", name, text)
		}
	}
}
