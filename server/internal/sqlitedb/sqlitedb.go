// Package sqlitedb is the SQLite engine of Porchlight: one file, one writer, a
// few readers, and migrations. It is the only importer of
// zombiezen.com/go/sqlite; the stores on top speak SQL through Tx.
//
// # Why
//
// SQLite takes one writer at a time, and with synchronous=FULL each commit
// waits for the disk. So every write goes to one goroutine, which runs what is
// waiting in one transaction and commits it once: a call returns only after its
// own commit is on disk, and a hundred callers share one wait. Each call has a
// savepoint of its own, so one that fails takes back only itself.
//
// Readers are connections of their own on the write-ahead log. They never wait
// for the writer and see a consistent snapshot. Each is opened, in 0.4 ms, by
// the first read that needs it: eight of them were a third of a server's start.
//
// Group commit measured 18 times (on a busy machine) to 26 times the writes of
// one caller alone, on a disk that syncs in 0.15 ms (go test -bench GroupCommit).
// A slower disk gains more.
//
// The driver is the modernc engine without database/sql, which measured a third
// faster per page than through database/sql and needs no C compiler.
package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// Errors of this package. They are for stores, not for people.
var (
	// ErrConstraint says that a unique, check, not-null or foreign-key
	// constraint refused a statement.
	ErrConstraint = errors.New("constraint violated")
	// ErrClosed says that the database was closed before the call began.
	ErrClosed = errors.New("database is closed")
)

const (
	// defaultReaders is how many reading connections a database has when
	// Config does not say.
	defaultReaders = 4
	// busyTimeout is how long a connection waits for the lock of another
	// process. Within the process nobody waits for a lock.
	busyTimeout = 5 * time.Second
)

// What the connections have beside what openConn gives to all.
const (
	// synchronous=FULL: a commit is on disk when it returns, also when the power
	// fails. temp_store=MEMORY: what a savepoint may have to take back is kept in
	// small pieces instead of 64 KiB each, which made group commit 2.6 times as
	// fast (54 000 to 141 000 writes/s, BenchmarkGroupCommit).
	writerPragmas = "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;"
	// mmap_size: pages far from the newest are read without a copy.
	readerPragmas = "PRAGMA query_only=ON; PRAGMA mmap_size=268435456;"
)

// Config says what to open.
type Config struct {
	// Path is the database file. It and its folder are made when they are not
	// there; the file is readable by its owner only.
	Path string
	// Migrations holds files named NNNN_name.sql in its root. Each is applied
	// once, in the order of the numbers. Nil applies none.
	Migrations fs.FS
	// Readers is the number of reading connections; 0 is 4.
	Readers int
}

// DB is an open database. Its methods may be called concurrently.
type DB struct {
	path    string
	writer  *sqlite.Conn      // used by writeLoop alone
	readers chan *sqlite.Conn // nil is one that no read has needed yet
	queue   chan *job
	loop    sync.WaitGroup

	mu      sync.RWMutex  // held for reading while a job is put into queue
	closing chan struct{} // closed under mu
}

// Open opens the database file, brings its schema up to date and starts the
// writer. The caller closes it.
func Open(ctx context.Context, c Config) (*DB, error) {
	holdHeap()
	path, err := prepareFile(c.Path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	writer, err := openConn(path, writerPragmas)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := migrate(ctx, writer, c.Migrations); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), writer.Close())
	}
	n := c.Readers
	if n <= 0 {
		n = defaultReaders
	}
	db := &DB{
		path:    path,
		writer:  writer,
		readers: make(chan *sqlite.Conn, n),
		queue:   make(chan *job, maxBatch),
		closing: make(chan struct{}),
	}
	for range n {
		db.readers <- nil
	}
	db.loop.Go(db.writeLoop)
	return db, nil
}

// Close finishes the writes that have begun to wait, waits for the reads that
// run, and closes the file. Later calls answer ErrClosed; a second Close does
// nothing.
func (db *DB) Close() error {
	if !db.stop() {
		return nil
	}
	db.loop.Wait()
	if err := db.closeConns(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// stop lets no new call in; it reports whether it was the first to do so.
func (db *DB) stop() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.isClosing() {
		return false
	}
	close(db.closing)
	close(db.queue)
	return true
}

func (db *DB) isClosing() bool {
	select {
	case <-db.closing:
		return true
	default:
		return false
	}
}

// closeConns closes the readers, as they become free, and the writer last: the
// last connection to close empties the write-ahead log into the file.
func (db *DB) closeConns() error {
	var errs []error
	for range cap(db.readers) {
		if conn := <-db.readers; conn != nil {
			errs = append(errs, conn.Close())
		}
	}
	return errors.Join(append(errs, db.writer.Close())...)
}

// prepareFile returns the absolute path after making sure that the file exists
// and is its owner's alone. SQLite gives the log files beside it the same mode.
func prepareFile(path string) (string, error) {
	if path == "" {
		return "", errors.New("no path given")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	// An existing file is never opened here: closing any descriptor of it would
	// drop the locks that SQLite holds in this process (fcntl(2)).
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return path, ownFile(path)
	}
	if err != nil {
		return "", err
	}
	return path, f.Close()
}

// ownFile takes the permissions of others from an existing file.
func ownFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	if info.Mode().Perm() == 0o600 {
		return nil
	}
	return os.Chmod(path, 0o600)
}

// openConn opens one connection with what every connection has, and pragmas.
func openConn(path, pragmas string) (*sqlite.Conn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(busyTimeout)
	err = useWAL(conn)
	if err == nil {
		err = executeAll(conn, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"+pragmas)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// useWAL turns on the write-ahead log. Some network file systems cannot have
// one; there it is an error.
func useWAL(conn *sqlite.Conn) error {
	var mode string
	err := sqlitex.ExecuteTransient(conn, "PRAGMA journal_mode=wal", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error { mode = stmt.ColumnText(0); return nil },
	})
	if err == nil && mode != "wal" {
		err = fmt.Errorf("journal mode is %s, not wal", mode)
	}
	return err
}
