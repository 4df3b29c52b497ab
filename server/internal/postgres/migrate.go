package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock of whoever migrates, a number of its own
// ("porchlit" in ASCII).
const migrationLock int64 = 0x706f7263686c6974

// A migration is a file NNNN_name.sql.
type migration struct {
	version int
	name    string
}

// migrate applies the migrations that the database has not seen, all in one
// transaction and under a lock: of servers that start at once, one does it and
// the others find it done. A database that has seen one which the program does
// not know is newer than the program, and left alone.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	known, err := listMigrations(migrations)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if err := prepareMigrations(ctx, tx); err != nil {
			return err
		}
		applied, err := appliedMigrations(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range applied {
			if !slices.Contains(known, m) {
				return fmt.Errorf("the database has %s, which this program does not know", m.name)
			}
		}
		for _, m := range known {
			if slices.Contains(applied, m) {
				continue
			}
			if err := apply(ctx, tx, m); err != nil {
				return fmt.Errorf("apply %s: %w", m.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// listMigrations returns the files in the order of their numbers, which begin
// with 1 and leave none out.
func listMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var list []migration
	for i, path := range names { // sorted
		name := strings.TrimPrefix(path, "migrations/")
		number, rest, _ := strings.Cut(name, "_")
		version, err := strconv.Atoi(number)
		if err != nil || len(number) != 4 || rest == "" || rest == ".sql" || version != i+1 {
			return nil, fmt.Errorf("%s is not named NNNN_name.sql with the next number", name)
		}
		list = append(list, migration{version, name})
	}
	return list, nil
}

// prepareMigrations takes the lock and makes the table that is kept of them. It
// asks for the table first: who may not make tables may run on one that is there.
func prepareMigrations(ctx context.Context, tx pgx.Tx) error {
	const begin = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'"
	if _, err := tx.Exec(ctx, begin); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("wait for another server's migration: %w", err)
	}
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass('migrations') IS NOT NULL").Scan(&there); err != nil || there {
		return err
	}
	_, err := tx.Exec(ctx, `CREATE TABLE migrations (
		version integer     NOT NULL PRIMARY KEY,
		name    text        NOT NULL,
		applied timestamptz NOT NULL DEFAULT now()
	)`)
	return err
}

func appliedMigrations(ctx context.Context, tx pgx.Tx) ([]migration, error) {
	rows, err := tx.Query(ctx, "SELECT version, name FROM migrations ORDER BY version")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (m migration, err error) {
		err = r.Scan(&m.version, &m.name)
		return m, err
	})
}

func apply(ctx context.Context, tx pgx.Tx, m migration) error {
	script, err := fs.ReadFile(migrations, "migrations/"+m.name)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, string(script)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO migrations (version, name) VALUES ($1, $2)", m.version, m.name)
	return err
}
