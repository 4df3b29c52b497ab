package pwa

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"porchlight/server/internal/pwa/bundle"
	"porchlight/shared/api"
)

// Paths with names of their own. Browsers look for most of them by name.
const (
	PathWorker   = "/worker.js"
	PathManifest = "/manifest.webmanifest"
	PathRobots   = "/robots.txt"
	PathFavicon  = "/favicon.ico"
	// PathShell is the page rendered for nobody. The worker keeps it and answers
	// with it where there is no network.
	PathShell = "/shell"
)

// A document is a small file made by the server.
type document struct {
	media  string
	policy string
	body   []byte
}

// file serves a document under a name that stays: it is revalidated each time.
func (p *PWA) file(d document) http.HandlerFunc {
	a := &asset{media: d.media, hash: bundle.Hash(d.body)}
	a.variants = []variant{
		gzipOnce(len(d.body), func() ([]byte, error) { return d.body, nil }),
		{coding: identity, open: func() (io.ReadSeeker, error) { return bytes.NewReader(d.body), nil }},
	}
	return func(w http.ResponseWriter, r *http.Request) {
		p.serve(w, r, a, answer{cache: cacheRevalidate, policy: d.policy})
	}
}

// shell answers with the page for nobody.
func (p *PWA) shell() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := p.Page(w, r, http.StatusOK, api.Page{}); err != nil {
			p.fail(w, "render shell", err)
		}
	}
}

// robots lets crawlers read the feed and the ways in, and keeps them out of
// what is nobody's page.
func robots() document {
	return document{media: "text/plain; charset=utf-8", policy: filePolicy,
		body: []byte("User-agent: *\nDisallow: /api/\nDisallow: /dev/\nDisallow: " + PathShell + "\nDisallow: " + api.PathAccount + "\n")}
}

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

type manifestShortcut struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// manifest is the web app manifest (W3C, "Web Application Manifest").
type manifest struct {
	ID              string             `json:"id"`
	Name            string             `json:"name"`
	ShortName       string             `json:"short_name"`
	Description     string             `json:"description"`
	Lang            string             `json:"lang"`
	StartURL        string             `json:"start_url"`
	Scope           string             `json:"scope"`
	Display         string             `json:"display"`
	BackgroundColor string             `json:"background_color"`
	ThemeColor      string             `json:"theme_color"`
	Categories      []string           `json:"categories"`
	Icons           []manifestIcon     `json:"icons"`
	Shortcuts       []manifestShortcut `json:"shortcuts"`
}

func (p *PWA) webManifest() document {
	m := manifest{
		ID: "/", Name: Name, ShortName: Name, Description: Description, Lang: "en",
		StartURL: api.PathHome, Scope: "/", Display: "standalone",
		BackgroundColor: colourLight, ThemeColor: colourLight,
		Categories: []string{"social"},
		Icons:      p.manifestIcons(),
		Shortcuts: []manifestShortcut{
			{"Write a post", api.PathHome + "#message"},
			{"Account", api.PathAccount},
		},
	}
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // strings only
	}
	return document{media: "application/manifest+json", policy: filePolicy, body: append(body, '\n')}
}

// manifestIcons lists the icons that are there. A maskable one fills its square,
// so that a phone can cut its own shape.
func (p *PWA) manifestIcons() []manifestIcon {
	icons := []manifestIcon{}
	for _, i := range []struct{ name, sizes, purpose string }{
		{"icons/icon-192.png", "192x192", "any"},
		{"icons/icon-512.png", "512x512", "any"},
		{"icons/maskable-192.png", "192x192", "maskable"},
		{"icons/maskable-512.png", "512x512", "maskable"},
		{"icons/icon.svg", "any", "any"},
	} {
		if a := p.assets[i.name]; a != nil {
			media, _, _ := strings.Cut(a.media, ";")
			icons = append(icons, manifestIcon{a.path, i.sizes, media, i.purpose})
		}
	}
	return icons
}

// worker is the service worker: its source after the two values that it needs.
func (p *PWA) worker() document {
	list := p.precache()
	values, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings only
	}
	body := "const VERSION = \"" + p.release(list) + "\";\nconst ASSETS = " + string(values) + ";\n" + p.workerSource
	return document{media: mediaTypes()[".js"], policy: workerPolicy, body: []byte(body)}
}

// release names what the worker keeps. It is the same on every server of one
// build, so it holds no rendered page: go-app writes attributes in random order.
func (p *PWA) release(list []string) string {
	parts := append(slices.Clone(list), p.config.Version, p.workerSource, p.frame.head, p.frame.script, string(p.webManifest().body))
	return bundle.Hash([]byte(strings.Join(parts, "\n")))[:16]
}

// precache lists what the worker keeps: all that a page needs to start with no
// network. Bitmaps are for the home screen and stay out.
func (p *PWA) precache() []string {
	list := []string{PathShell, PathManifest}
	for name, a := range p.assets {
		if path.Ext(name) != ".png" && path.Ext(name) != ".ico" {
			list = append(list, a.path)
		}
	}
	slices.Sort(list)
	return list
}
