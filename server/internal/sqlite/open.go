// Package sqlite keeps what the server stores in one SQLite file: posts and
// profiles, sessions, the deny list and the limits. Each part has a store of
// its own type, which passes the contract suite of the package that uses it.
//
// Migrations are in migrations/; a released one never changes.
package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"porchlight/server/internal/sqlitedb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the open database. Its methods may be called concurrently.
type Store struct {
	db *sqlitedb.DB
}

// Open opens the file at path, makes it when it is not there, and brings its
// schema up to date. The caller closes it.
func Open(ctx context.Context, path string) (*Store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{Path: path, Migrations: files})
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return &Store{db: db}, nil
}

// Close finishes what is being written and closes the file.
func (s *Store) Close() error { return s.db.Close() }
