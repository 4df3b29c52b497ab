// Package pwa is the browser's side of the server: the document around every
// page, rendered on the server from the same components that the browser
// program uses, the files that a page loads, the service worker, the web app
// manifest, and the policy under which all of that runs.
//
// # Why
//
// go-app's own http.Handler is not used at all. In v10.1.11 it writes
// attributes without HTML escaping, serves files from the working directory for
// some spellings of "/web/..", fetches robots.txt from whatever host the request
// names, answers every method and every path, has one entity tag for all pages,
// and covers the page with a loader until the program runs. Each of those could
// be wrapped, and together nothing would be left of it: what it does beside is
// the document, the scripts and the worker, which are here.
//
// A page is complete before the program arrives: the document has its HTML and,
// as JSON, the data that it was made from, so that the program's first
// rendering is what stands there already. web/js/boot.js has the program made
// ready after the first paint, by web/js/prepare.js in another thread, and starts
// it when it is wanted, web/js/takeover.js hands it the nodes of the page, and
// web/js/kept.js brings the page back where there is no network. Before the
// program is there web/js/send.js, which travels with boot.js, sends the front
// door's forms, so that what follows needs no new document.
// After a plain `go build ./server` there is no program: pages are the same and
// leave the script out.
//
// Compression: files are compressed when they are built, so that starting
// costs none of it. Pages are compressed as they are sent, but only those that
// repeat nothing of the request. The known attacks on compressed answers
// (BREACH) need a page that has both a secret and text of the attacker's
// choice from the request; pages here carry no secret beside what the person
// sees on them, and without the second part there is nothing to guess with.
//
// Updates: a browser that has the program of an earlier release downloads the
// new one as the difference, where it and the server can (package delta). To
// anything out of order (a header that is not understood, a program that is not
// kept, a difference that is not ready) the answer is the whole program.
//
// Pages have no entity tag: they are made for one person at one time.
package pwa

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"

	"porchlight/server/internal/pwa/bundle"
	"porchlight/shared/api"
)

// Config says what to serve.
type Config struct {
	// Assets is the folder web. Required.
	Assets fs.FS
	// Version names the release. A change of it, as of any file, makes browsers
	// offer a reload.
	Version string
	// Secure says that the site is reached by https.
	Secure bool
	// Programs is a folder for the programs of this and earlier releases, from
	// which updates get small. Empty means none. Run uses it, New does not.
	Programs string
	// Logger is told of a damaged build. Nil means none.
	Logger *slog.Logger
}

// PWA serves pages and files. It is safe for concurrent use.
type PWA struct {
	config Config
	logger *slog.Logger
	assets map[string]*asset // by name
	routes map[string]http.HandlerFunc
	frame  frame
	// program is the build's entry for the program, zero without one.
	program bundle.File
	// workerSource is web/js/worker.js.
	workerSource string
	compressors  compressors
	render       func(api.Page) view
}

// New loads the assets. It compresses nothing, so that a server answers within
// milliseconds of its start.
func New(c Config) (*PWA, error) {
	if c.Assets == nil {
		return nil, errors.New("pwa: Config.Assets is missing")
	}
	p := &PWA{config: c, logger: c.Logger, assets: make(map[string]*asset), render: renderUI}
	if p.logger == nil {
		p.logger = slog.New(slog.DiscardHandler)
	}
	if err := p.load(); err != nil {
		return nil, fmt.Errorf("pwa: %w", err)
	}
	p.frame = p.newFrame()
	p.routes = p.newRoutes()
	return p, nil
}

// load reads the manifest of the build and the assets. A manifest that is
// damaged or missing costs the program and the small sizes, not the pages.
func (p *PWA) load() error {
	web := p.config.Assets
	m, err := bundle.Read(web)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || errors.Is(err, bundle.ErrMalformed) {
		p.logger.Warn("built assets ignored", "err", err)
	}
	names, err := sourceNames(web)
	if err != nil {
		return err
	}
	worker, err := fs.ReadFile(web, "js/worker.js")
	if err != nil {
		return fmt.Errorf("read worker: %w", err)
	}
	p.workerSource = string(worker)
	for _, name := range names {
		a, err := loadSource(web, name, m)
		if err != nil {
			return err
		}
		p.assets[name] = a
	}
	return p.loadProgram(m)
}

// loadProgram takes the program and the script that runs it, or neither.
func (p *PWA) loadProgram(m bundle.Manifest) error {
	program, ok := m.File(bundle.Program)
	exec, ok2 := m.File(bundle.Exec)
	if !ok || !ok2 {
		return nil
	}
	for _, f := range []bundle.File{program, exec} {
		a, err := loadBuilt(p.config.Assets, f)
		if err != nil {
			return err
		}
		p.assets[f.Name] = a
	}
	p.program = program
	if p.config.Programs != "" {
		p.assets[bundle.Program].updates = new(updates)
	}
	return nil
}

// HasProgram reports whether the browser program was built. Without it pages
// are plain HTML and there is no service worker.
func (p *PWA) HasProgram() bool { return p.assets[bundle.Program] != nil }

// Paths returns the patterns, for http.ServeMux, of what Handler answers.
// Each names one file: there are no folders, so what is not listed does not
// exist.
func (p *PWA) Paths() []string {
	patterns := make([]string, 0, len(p.routes))
	for path := range p.routes {
		patterns = append(patterns, "GET "+path)
	}
	slices.Sort(patterns)
	return patterns
}

// Handler answers GET and HEAD for the paths of Paths, letter for letter: an
// escaped or unclean spelling is not the path. All else is 404 or 405.
func (p *PWA) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, ok := p.routes[r.URL.EscapedPath()]
		if !ok {
			p.refuse(w, http.StatusNotFound)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			p.refuse(w, http.StatusMethodNotAllowed)
			return
		}
		h(w, r)
	})
}

func (p *PWA) refuse(w http.ResponseWriter, status int) {
	h := w.Header()
	p.common(h)
	h.Set("Cache-Control", cacheNever)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status) + "\n")) // the client has gone when this fails
}

func (p *PWA) newRoutes() map[string]http.HandlerFunc {
	routes := map[string]http.HandlerFunc{
		PathManifest: p.file(p.webManifest()),
		PathRobots:   p.file(robots()),
		PathShell:    p.shell(),
	}
	for _, a := range p.assets {
		routes[a.path] = p.asset(a, cacheForever)
	}
	if icon := p.firstAsset("icons/favicon.ico", "icons/icon-192.png", "icons/icon.svg"); icon != nil {
		routes[PathFavicon] = p.asset(icon, cacheRevalidate)
	}
	if p.HasProgram() {
		routes[PathWorker] = p.file(p.worker())
	}
	return routes
}

func (p *PWA) asset(a *asset, cache string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, a, answer{cache, assetPolicy(a.name)}) }
}

func (p *PWA) firstAsset(names ...string) *asset {
	for _, name := range names {
		if a := p.assets[name]; a != nil {
			return a
		}
	}
	return nil
}
