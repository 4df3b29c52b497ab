package sqlitedb

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"
)

// Read runs fn on a reader, in a snapshot: all queries of fn see the database
// as it was at the first of them. Statements that write fail. fn's error is
// returned as it is. When ctx ends, a running query stops and Read returns
// ctx's error.
//
// fn must not keep tx or a Row. It may call Write; it must not call Read, which
// could wait for the connection that it holds.
func (db *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	conn, err := db.takeReader(ctx)
	if err != nil {
		return fmt.Errorf("read database: %w", err)
	}
	conn.SetInterrupt(ctx.Done())
	tx := &Tx{conn: conn}
	defer func() {
		tx.conn = nil
		conn.SetInterrupt(nil)
		rollback(conn)
		db.readers <- conn
	}()
	err = execute(conn, "BEGIN")
	if err == nil {
		err = fn(tx)
	}
	if sqlite.ErrCode(err) == sqlite.ResultInterrupt && ctx.Err() != nil {
		return fmt.Errorf("read database: %w", ctx.Err())
	}
	return err
}

func (db *DB) takeReader(ctx context.Context) (*sqlite.Conn, error) {
	if db.isClosing() {
		return nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case conn := <-db.readers:
		return db.opened(conn)
	case <-db.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// opened returns the reader, which is opened when it is nil. After a failure the
// next read tries again.
func (db *DB) opened(conn *sqlite.Conn) (*sqlite.Conn, error) {
	if conn != nil {
		return conn, nil
	}
	conn, err := openConn(db.path, readerPragmas)
	if err != nil {
		db.readers <- nil
		return nil, err
	}
	return conn, nil
}
