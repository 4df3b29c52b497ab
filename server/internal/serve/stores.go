package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"porchlight/server/internal/config"
	"porchlight/server/internal/feed"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/postgres"
	"porchlight/server/internal/session"
	"porchlight/server/internal/sqlite"
	"porchlight/server/internal/token"
)

// stores are where everything is kept but the local pool: all in one SQLite
// file, or all in one PostgreSQL, which other servers may share.
type stores struct {
	Feed     feed.Store
	Sessions session.Store
	Denials  token.DenyStore
	Limits   limit.Store
	// Shared says that other servers may write to the stores. Then Notify tells
	// them of it, and Listen hears them.
	Shared bool
	Notify func(ctx context.Context, note string) error
	Listen func(ctx context.Context, l postgres.Listener)
	// Index brings what an older program has stored into the search, while the
	// server runs; nil when the stores have none of that.
	Index func(ctx context.Context, logger *slog.Logger)
	Close func() error
}

// openStores opens those that the configuration names.
func openStores(ctx context.Context, c config.Config) (stores, error) {
	if url := c.DatabaseURL.Reveal(); url != "" {
		s, err := postgres.Open(ctx, url)
		if err != nil {
			return stores{}, fmt.Errorf("open the database that PORCHLIGHT_DATABASE_URL names: %w", err)
		}
		return stores{
			Feed: s.Feed(), Sessions: s.Sessions(), Denials: s.Denials(), Limits: s.Limits(),
			Shared: true, Notify: s.Notify, Listen: s.Listen, Close: s.Close,
		}, nil
	}
	release, err := lockFolder(c.DataDir)
	if err != nil {
		return stores{}, err
	}
	s, err := sqlite.Open(ctx, filepath.Join(c.DataDir, "porchlight.db"))
	if err != nil {
		return stores{}, errors.Join(fmt.Errorf("open the database in %s: %w", c.DataDir, err), release())
	}
	shut := func() error { return errors.Join(s.Close(), release()) }
	return stores{Feed: s.Feed(), Sessions: s.Sessions(), Denials: s.Denials(), Limits: s.Limits(), Index: s.Index, Close: shut}, nil
}
