package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// findBin returns the folder that has initdb and postgres: that of the path,
// or the newest of those that Debian's and Red Hat's packages make.
func findBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && hasServer(filepath.Dir(path)) {
			return filepath.Dir(path), nil
		}
	}
	best, newest := "", 0
	for _, place := range []string{"/usr/lib/postgresql/", "/usr/pgsql-"} {
		dirs, _ := filepath.Glob(place + "*/bin") // the pattern is well formed
		for _, dir := range dirs {
			version := strings.TrimSuffix(strings.TrimPrefix(dir, place), "/bin")
			if major, err := strconv.Atoi(version); err == nil && major > newest && hasServer(dir) {
				best, newest = dir, major
			}
		}
	}
	if best == "" {
		return "", errors.New("no PostgreSQL")
	}
	return best, nil
}

func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// credential returns whom to run as: nil, this process's own user, unless that
// is root, whom initdb refuses.
func credential() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("root can't run PostgreSQL, and there is no user postgres or nobody to run it as")
}
