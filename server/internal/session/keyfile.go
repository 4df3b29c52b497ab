package session

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// LoadKeyring reads the key file beside the database, written as ParseKeyring
// takes it, and makes one with a new key, mode 0600, when there is none. Of
// several processes that do so at once one makes it and all read the same. A
// file that others may read, or that holds no key, is an error, and is left as
// it is.
func LoadKeyring(path string) (*Keyring, error) {
	k, err := readKeyring(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := makeKeyFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make session key: %w", err)
	}
	return readKeyring(path)
}

func readKeyring(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read session key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read session key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read session key: %s is no file", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read session key: others may read %s: want mode 0600", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyText+1))
	if err != nil {
		return nil, fmt.Errorf("read session key: %w", err)
	}
	k, err := ParseKeyring(string(text))
	if err != nil {
		return nil, fmt.Errorf("read session key %s: %w", path, err)
	}
	return k, nil
}

// makeKeyFile writes a temporary file and links it to path: the name appears
// with the whole key or not at all, and an existing file is never replaced
// (fs.ErrExist).
func makeKeyFile(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	var key [32]byte
	rand.Read(key[:])
	_, err = f.WriteString(hex.EncodeToString(key[:]) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	if runtime.GOOS == "windows" { // a folder cannot be opened for this
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
