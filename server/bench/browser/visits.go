package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"porchlight/shared/api"
)

// A site is a running server behind a line.
type site struct {
	*server
	line *line
	dir  string // for the browsers' profiles
}

// A result is what one run measured, by the names in rows.
type result map[string]float64

// run measures once, in new profiles.
func (s *site) run(ctx context.Context, p profile) (r result, err error) {
	r = make(result)
	for _, part := range []func(context.Context, profile, string, result) error{s.look, s.comeIn} {
		dir, err := os.MkdirTemp(s.dir, "profile-")
		if err != nil {
			return nil, err
		}
		err = part(ctx, p, dir, r)
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// with starts a browser on the profile's folder and ends it after f.
func (s *site) with(ctx context.Context, p profile, dir string, f func(t *tab) error) error {
	s.line.use(p.shape)
	t, err := launch(ctx, p, filepath.Join(dir, "chromium"), s.line.address())
	if err != nil {
		return err
	}
	defer t.close()
	return f(t)
}

// look opens the sign-in page for the first time and touches nothing.
func (s *site) look(ctx context.Context, p profile, dir string, r result) error {
	return s.with(ctx, p, dir, func(t *tab) error {
		if err := t.visit(s.url() + api.PathSignIn); err != nil {
			return err
		}
		for row, mark := range map[string]string{"paint": "paint", "form": "form", "running": "running"} {
			ms, err := t.wait(mark)
			if err != nil {
				return err
			}
			r[row] = ms
		}
		if err := t.idle(s.line); err != nil {
			return err
		}
		r["bytes"] = float64(s.line.down.bytes()) / 1024
		return nil
	})
}

// comeIn signs in at the first possible moment, then comes back: with a network,
// without, and without after the access token has expired.
func (s *site) comeIn(ctx context.Context, p profile, dir string, r result) error {
	err := s.with(ctx, p, dir, func(t *tab) (err error) {
		if r["cold"], err = s.signIn(t); err != nil {
			return err
		}
		return t.idle(s.line)
	})
	if err != nil {
		return err
	}
	err = s.with(ctx, p, dir, func(t *tab) (err error) {
		if r["repeat"], err = s.feed(t); err != nil {
			return err
		}
		return t.idle(s.line)
	})
	if err != nil {
		return err
	}
	s.line.cut(true)
	defer s.line.cut(false)
	return s.with(ctx, p, dir, func(t *tab) (err error) {
		if err := t.offline(); err != nil {
			return err
		}
		if r["offline"], err = s.feed(t); err != nil {
			return err
		}
		if err := t.before(later); err != nil {
			return err
		}
		r["expired"], err = s.feed(t)
		return err
	})
}

// frugal signs in with Save-Data, where the program waits for a hand: what is
// loaded then is all that reading the feed and writing a post need.
func (s *site) frugal(ctx context.Context, p profile) (kib float64, err error) {
	dir, err := os.MkdirTemp(s.dir, "profile-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return kib, s.with(ctx, p, dir, func(t *tab) error {
		if err := call(t, emulation.SetDataSaverOverride, emulation.SetDataSaverOverrideParams{DataSaverEnabled: new(true)}); err != nil {
			return err
		}
		if _, err := s.signIn(t); err != nil {
			return err
		}
		if err := t.idle(s.line); err != nil {
			return err
		}
		state, err := evaluate[string](t, `document.documentElement.dataset.program + " " + Boolean(document.querySelector("form [name=message]"))`)
		if err == nil && state != "waiting true" {
			err = fmt.Errorf("with Save-Data, program and form for a post are %q", state)
		}
		kib = float64(s.line.down.bytes()) / 1024
		return err
	})
}

func (s *site) feed(t *tab) (ms float64, err error) {
	if err := t.visit(s.url() + api.PathHome); err != nil {
		return 0, err
	}
	return t.wait("feed")
}

// signIn opens the sign-in page, fills the form the moment that it is usable,
// and presses the button.
func (s *site) signIn(t *tab) (ms float64, err error) {
	if err := t.visit(s.url() + api.PathSignIn); err != nil {
		return 0, err
	}
	if _, err := t.wait("form"); err != nil {
		return 0, err
	}
	for _, in := range [][2]string{{"email", email}, {"password", password}} {
		if _, err := evaluate[bool](t, fmt.Sprintf(`(document.querySelector("#signin [name=%s]").focus(), true)`, in[0])); err != nil {
			return 0, err
		}
		if err := call(t, input.InsertText, input.InsertTextParams{Text: in[1]}); err != nil {
			return 0, err
		}
	}
	spot, err := evaluate[[2]float64](t, `(() => {
		const b = document.querySelector("#signin [type=submit]");
		b.scrollIntoView({ block: "nearest", behavior: "instant" });
		const box = b.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`)
	if err != nil {
		return 0, err
	}
	if err := chromedp.Do(t.ctx, chromedp.MouseClickXY(spot[0], spot[1])); err != nil {
		return 0, err
	}
	return t.wait("feed")
}
