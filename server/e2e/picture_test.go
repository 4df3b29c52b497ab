package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"porchlight/shared/api"
)

// TestPicture takes the README's picture: the feed as a member sees it.
func TestPicture(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := open(t, s)
	mira, jonas, sena := s.member(t, "mira"), s.member(t, "jonas"), s.member(t, "sena")
	for _, line := range []struct {
		who  *person
		post api.NewPost
	}{
		{sena, api.NewPost{Message: "New here. Hello from number 14, the one with the blue door.", ExpiresIn: "never"}},
		{jonas, api.NewPost{Message: "The fig tree is heavy this year. Take what you can reach.", ExpiresIn: "3d"}},
		{mira, api.NewPost{Message: "Soup at seven. Bring a bowl, leave the rest to me.", ExpiresIn: "3h", Audience: api.AudienceMembers}},
	} {
		if _, err := line.who.api.CreatePost(t.Context(), line.post); err != nil {
			t.Fatal(err)
		}
	}
	p.enter(jonas)
	p.shows("article[data-post]", "Soup at seven.")
	for _, v := range views() {
		p.screen(v.width, min(v.height, 760), v.scheme)
		p.shoot("porchlight-" + v.name)
	}
}

// shoot keeps a picture of what is in the window.
func (p *tab) shoot(name string) {
	p.t.Helper()
	p.keep(name, chromedp.CaptureScreenshot())
}

// shootWhole keeps a picture of the page from top to end.
func (p *tab) shootWhole(name string) {
	p.t.Helper()
	p.keep(name, chromedp.FullScreenshot(100))
}

// lastPicture keeps a picture of a tab whose test has failed, if there is still
// something to see.
func (p *tab) lastPicture() {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	if png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		name := "failed-" + chromedp.FromContext(p.ctx).Target.TargetID.String()[:6]
		_ = os.WriteFile(filepath.Join(p.t.ArtifactDir(), name+".png"), png, 0o644)
	}
}

func (p *tab) keep(name string, shot chromedp.Action[[]byte]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, shot)
	if err == nil {
		err = os.WriteFile(filepath.Join(p.t.ArtifactDir(), name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Errorf("picture %s: %v", name, err)
	}
}
