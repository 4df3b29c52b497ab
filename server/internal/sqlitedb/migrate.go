package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// A migration is one file of Config.Migrations.
type migration struct {
	version int64
	name    string
}

// migrate applies the migrations that the database has not seen, each in a
// transaction of its own. Two processes that start at once take turns. A
// database that has seen one which the program does not know is newer than the
// program, and left alone.
func migrate(ctx context.Context, conn *sqlite.Conn, files fs.FS) error {
	if files == nil {
		return nil
	}
	known, err := listMigrations(files)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	const table = `CREATE TABLE IF NOT EXISTS migrations (
		version INTEGER PRIMARY KEY,
		name    TEXT    NOT NULL,
		applied INTEGER NOT NULL -- microseconds since 1970
	) STRICT`
	if err := sqlitex.ExecuteTransient(conn, table, nil); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := checkApplied(conn, known); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, m := range known {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if err := apply(conn, files, m); err != nil {
			return fmt.Errorf("migrate: apply %s: %w", m.name, err)
		}
	}
	return nil
}

// listMigrations returns the files in the order of their numbers.
func listMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	byVersion := map[int64]migration{}
	for _, name := range names {
		number, rest, _ := strings.Cut(name, "_")
		v, err := strconv.ParseUint(number, 10, 31)
		if err != nil || len(number) != 4 || rest == "" {
			return nil, fmt.Errorf("%s is not named NNNN_name.sql", name)
		}
		if other, ok := byVersion[int64(v)]; ok {
			return nil, fmt.Errorf("%s and %s have the same number", other.name, name)
		}
		byVersion[int64(v)] = migration{int64(v), name}
	}
	list := make([]migration, 0, len(byVersion))
	for _, v := range slices.Sorted(maps.Keys(byVersion)) {
		list = append(list, byVersion[v])
	}
	return list, nil
}

func checkApplied(conn *sqlite.Conn, known []migration) error {
	return sqlitex.Execute(conn, "SELECT version, name FROM migrations", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			m := migration{stmt.ColumnInt64(0), stmt.ColumnText(1)}
			if !slices.Contains(known, m) {
				return fmt.Errorf("the database has %s, which this program does not know", m.name)
			}
			return nil
		},
	})
}

// apply runs one migration unless the database has it.
func apply(conn *sqlite.Conn, files fs.FS, m migration) (err error) {
	script, err := fs.ReadFile(files, m.name)
	if err != nil {
		return err
	}
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return err
	}
	defer end(&err)
	insert := &sqlitex.ExecOptions{Args: []any{m.version, m.name, time.Now().UnixMicro()}}
	const record = "INSERT INTO migrations (version, name, applied) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
	if err := sqlitex.Execute(conn, record, insert); err != nil {
		return err
	}
	if conn.Changes() == 0 {
		return nil
	}
	return sqlitex.ExecuteScript(conn, string(script), nil)
}

// executeAll runs the statements of a script outside any transaction.
func executeAll(conn *sqlite.Conn, script string) error {
	for strings.TrimSpace(script) != "" {
		stmt, rest, err := conn.PrepareTransient(script)
		if err != nil {
			return err
		}
		_, err = stmt.Step()
		if err := errors.Join(err, stmt.Finalize()); err != nil {
			return err
		}
		script = script[len(script)-rest:]
	}
	return nil
}
