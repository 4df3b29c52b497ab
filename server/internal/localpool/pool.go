package localpool

import (
	"cmp"
	"context"
	"crypto/rsa"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"porchlight/server/internal/sqlitedb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ownName is the name of the pool that the server uses, and of its client.
const ownName = "porchlight"

var regionPattern = pattern(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)

// Config says what to open.
type Config struct {
	// Dir is the folder of the database and the keys. It is made when it is not
	// there, readable by its owner only.
	Dir string
	// Region is the first part of a new pool's id; "" is us-east-1. A pool that
	// is there keeps its id.
	Region string
	// Admin lets the pool answer the operations for which AWS wants credentials
	// (CreateUserPool, AdminSetUserPassword …). It checks none: whoever reaches
	// the pool can then do anything to it.
	Admin bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger gets the pool's own failures; nil discards them.
	Logger *slog.Logger

	hashing hashing                         // zero is defaultHashing
	newKey  func() (*rsa.PrivateKey, error) // nil is generateKey
}

// Pool is an open folder of user pools. It is an http.Handler that speaks the
// Cognito API. Its methods may be called concurrently.
type Pool struct {
	id       string
	clientID string
	secret   []byte // keys the hashes of codes, and makes ghosts
	db       *sqlitedb.DB
	hasher   *hasher
	ops      map[string]operation
	adminOps map[string]operation
	admin    bool
	log      *slog.Logger
	clock    func() time.Time
	swept    atomic.Int64 // when sweep ran last, in microseconds
	dir      string       // of the key files
	newKey   func() (*rsa.PrivateKey, error)

	mu   sync.RWMutex
	keys map[string]signingKeys // by pool; never changed in place
}

// Open opens the folder. At the first time it makes a pool, an app client
// without a secret that signs in with passwords and rotates refresh tokens (60 s
// of grace), and the keys, which takes about a second. The caller closes it.
func Open(ctx context.Context, c Config) (*Pool, error) {
	p, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open user pool: %w", err)
	}
	return p, nil
}

func open(ctx context.Context, c Config) (*Pool, error) {
	if c.Dir == "" {
		return nil, errors.New("no folder given")
	}
	region := cmp.Or(c.Region, "us-east-1")
	if !regionPattern().MatchString(region) {
		return nil, fmt.Errorf("%q is not the name of a region", region)
	}
	p := &Pool{
		hasher: newHasher(c.hashing), log: c.Logger, clock: c.Now, keys: map[string]signingKeys{},
		dir: c.Dir, newKey: c.newKey, admin: c.Admin,
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.clock == nil {
		p.clock = time.Now
	}
	if p.newKey == nil {
		p.newKey = generateKey
	}
	p.ops, p.adminOps = p.operations(), p.adminOperations()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p.db, err = sqlitedb.Open(ctx, sqlitedb.Config{Path: filepath.Join(c.Dir, "pool.db"), Migrations: files})
	if err != nil {
		return nil, err
	}
	pools, err := p.prepare(ctx, region)
	if err == nil {
		err = p.openFiles(c.Dir, pools)
	}
	if err != nil {
		return nil, errors.Join(err, p.db.Close())
	}
	return p, nil
}

// prepare finds the pool and client of the server, or makes them, and returns
// the ids of every pool.
func (p *Pool) prepare(ctx context.Context, region string) (pools []string, err error) {
	err = p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		err := tx.Query("SELECT pool, client FROM own", nil, func(r sqlitedb.Row) error {
			p.id, p.clientID = r.Text(0), r.Text(1)
			return nil
		})
		if err == nil && p.id == "" {
			err = p.makeOwn(tx, region)
		}
		if err != nil {
			return err
		}
		return tx.Query("SELECT id FROM pool", nil, func(r sqlitedb.Row) error {
			pools = append(pools, r.Text(0))
			return nil
		})
	})
	return pools, err
}

// makeOwn makes the pool and client of the server.
func (p *Pool) makeOwn(tx *sqlitedb.Tx, region string) (err error) {
	now := p.now()
	p.id = region + "_" + randomString(alphanumeric, 9)
	if err := insertPool(tx, p.id, ownName, ownSettings(), now); err != nil {
		return err
	}
	own := ClientConfig{Name: ownName, Rotate: true, Grace: maxGrace}.withDefaults(p.id)
	if p.clientID, _, err = insertClient(tx, own, own.settings(), now); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO own (only, pool, client) VALUES (1, ?, ?)", p.id, p.clientID)
	return err
}

// openFiles reads the secret and the keys of the pools, or makes them.
func (p *Pool) openFiles(folder string, pools []string) (err error) {
	dir, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	if p.secret, err = openSecret(dir); err != nil {
		return err
	}
	for _, id := range pools {
		if p.keys[id], err = openKeys(dir, id, p.newKey); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the database after the requests that have begun.
func (p *Pool) Close() error { return p.db.Close() }

// ID returns the id of the pool that the server uses.
func (p *Pool) ID() string { return p.id }

// ClientID returns the id of the app client that the server uses.
func (p *Pool) ClientID() string { return p.clientID }

// Issuer returns the iss of the tokens of the pool that the server uses.
func (p *Pool) Issuer() string { return issuer(p.id) }

func (p *Pool) now() time.Time { return p.clock().UTC() }

// keysOf returns the keys of the pool, or ResourceNotFoundException.
func (p *Pool) keysOf(pool string) (signingKeys, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	keys, ok := p.keys[pool]
	if !ok {
		return signingKeys{}, &fault{kindNotFound, "User pool does not exist."}
	}
	return keys, nil
}

// accessKey returns the access key with the kid, and whose it is.
func (p *Pool) accessKey(kid string) (pool string, key signingKey, ok bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for id, keys := range p.keys {
		if keys.access.kid == kid {
			return id, keys.access, true
		}
	}
	return "", signingKey{}, false
}
