package serve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errLocked says that another process holds the lock.
var errLocked = errors.New("locked by another process")

// lockFolder takes the folder of the SQLite database for this process. A second
// one on it would keep a newest page that it never hears is old, and would not
// hear of sign-outs; several servers need PostgreSQL. The lock goes with the
// process, however it ends.
func lockFolder(dir string) (release func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, "porchlight.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	err = tryLock(f)
	if err == nil {
		return f.Close, nil
	}
	if errors.Is(err, errLocked) {
		err = fmt.Errorf("the data folder %s is in use by another server: stop that, or set PORCHLIGHT_DATA_DIR to another (several servers share a PostgreSQL: PORCHLIGHT_DATABASE_URL)", dir)
	}
	return nil, errors.Join(err, f.Close())
}
