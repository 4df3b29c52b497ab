package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/config"
	"porchlight/server/internal/feed"
	"porchlight/server/internal/httpapi"
	"porchlight/server/internal/hub"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/pwa"
	"porchlight/server/internal/session"
	"porchlight/server/internal/token"
	"porchlight/web"
)

// A site is everything behind the listener.
type site struct {
	handler    http.Handler
	pages      *pwa.PWA
	background []func(context.Context)
	closers    []func() error
	logger     *slog.Logger
}

// close closes what open opened, the last first.
func (s *site) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		if err := s.closers[i](); err != nil {
			s.logger.Error("close", "error", err.Error())
		}
	}
}

// open builds the site, read top to bottom.
func open(ctx context.Context, c config.Config, logger *slog.Logger) (_ *site, err error) {
	s := &site{logger: logger}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := dataDir(c.DataDir); err != nil {
		return nil, err
	}
	store, p, err := s.openData(ctx, c)
	if err != nil {
		return nil, err
	}
	client, err := cognito.New(p.client)
	if err != nil {
		return nil, err
	}
	keys, err := token.NewKeyStore(token.KeysConfig{URL: p.jwksURL, Client: p.keysClient, Logger: logger})
	if err != nil {
		return nil, err
	}
	verifier, err := token.New(token.Config{Issuers: p.issuers, ClientIDs: append([]string{p.client.ClientID}, c.APIClientIDs...), Keys: keys, Denials: store.Denials})
	if err != nil {
		return nil, err
	}
	ring, err := keyring(c)
	if err != nil {
		return nil, err
	}
	sessions, err := session.New(session.Config{
		Store: store.Sessions, Keys: ring, Refresher: refresher{client, verifier}, Secure: c.Secure(),
		Idle: c.SessionIdle, Absolute: c.SessionAbsolute, Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	live, err := hub.New(hub.Config{Post: feed.Entry(store.Feed), Send: store.Notify, Logger: logger})
	if err != nil {
		return nil, err
	}
	posts, err := feed.New(feed.Config{Store: store.Feed, Shared: store.Shared, Changed: live.Changed, Logger: logger})
	if err != nil {
		return nil, err
	}
	limits, err := limit.New(limit.Config{Store: store.Limits, Key: ring.Derive("limits")})
	if err != nil {
		return nil, err
	}
	s.pages, err = pwa.New(pwa.Config{Assets: web.FS(), Secure: c.Secure(), Programs: filepath.Join(c.DataDir, "programs"), Logger: logger})
	if err != nil {
		return nil, err
	}
	s.handler, err = httpapi.New(httpapi.Config{
		Pool: client, Sessions: sessions, Tokens: verifier, Feed: posts, Live: live, Limits: limits, Pages: s.pages,
		Hosts: c.Hosts(), Proxies: c.TrustedProxies, Inbox: p.inbox, Secure: c.Secure(), Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	s.background = append(s.background, keys.Run, sessions.Run, posts.Run, limits.Run, verifier.Run, live.Run, later(s.pages.Run))
	if store.Shared {
		s.background = append(s.background, follow(store, posts, live, logger))
	}
	if store.Index != nil {
		s.background = append(s.background, func(ctx context.Context) { store.Index(ctx, logger) })
	}
	if !c.Local() {
		s.background = append(s.background, poolCheck{pool: p, client: client, logger: logger}.run)
	}
	return s, nil
}

// settle is how long the first visitors have the processor for themselves.
const settle = 2 * time.Second

// later runs what nobody waits for, settle after the start.
func later(run func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		select {
		case <-time.After(settle):
			run(ctx)
		case <-ctx.Done():
		}
	}
}

// openData opens the stores and, in local mode, the pool, both at once: they are
// most of what a start waits for.
func (s *site) openData(ctx context.Context, c config.Config) (store stores, p pool, err error) {
	var storeErr error
	var wg sync.WaitGroup
	wg.Go(func() { store, storeErr = openStores(ctx, c) })
	p, err = s.openPool(ctx, c)
	wg.Wait()
	if storeErr != nil {
		return store, p, storeErr
	}
	s.closers = append(s.closers, store.Close)
	return store, p, err
}

// dataDir makes the folder and makes sure that it can be written to.
func dataDir(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".write-test-*"); err == nil {
			f.Close()
			err = os.Remove(f.Name())
		}
	}
	if err != nil {
		return fmt.Errorf("the data folder can't be written to (set PORCHLIGHT_DATA_DIR to one that can): %w", err)
	}
	return nil
}

// keyring returns the configured session keys or, without any, one that is
// kept in a file beside the database.
func keyring(c config.Config) (*session.Keyring, error) {
	if k := c.SessionKey.Reveal(); k != "" {
		return session.ParseKeyring(k)
	}
	return session.LoadKeyring(filepath.Join(c.DataDir, "session.key"))
}
