// Package delta makes an update cost what has changed: it writes a program as
// the difference to the program of an earlier release, which browsers have, and
// keeps the programs of earlier releases so that there is something to write
// the difference to.
//
// # Why
//
// Browsers that speak Compression Dictionary Transport (RFC 9842) keep the old
// program when they are told to (Use-As-Dictionary), and name it by its hash
// when they ask for the new one (Available-Dictionary). Measured in bytes on the
// whole app, 990 000 in brotli 11, after an edit of some words, an edit inside a
// function, one more function (which renumbers those after it), and 2 800 new
// lines:
//
//	 38 006   28 094  135 737  503 532  taken, in 0.15 to 0.3 s and 76 MB
//	 39 900   42 959  159 626  688 382  SpeedBetterCompression, in half of that and 16 MB
//	127 747  116 438  399 614  825 377  zstd -3 --patch-from
//	 26 476   16 251   95 339  393 160  zstd -19 --patch-from, which Go has not
//
// A server comes to have the old program because every server puts its own into
// its data folder when it starts. Nobody has to do anything. Where it does not
// work out (a new folder, a server beside that never ran the old release, a
// release before the last Kept) browsers get the whole program, as before.
//
// The differences themselves are not kept. They would have to be trusted, as
// nothing else says what the bytes decode to, and a restart makes them again
// within a second, beside its work.
//
// zstd has no other importer. Its decoder, half of the module, is not linked:
// only tests read what is written here.
package delta

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Coding is the Content-Encoding of what Make returns (RFC 9842 section 5).
const Coding = "dcz"

// magic begins a body of that coding, and the dictionary's hash follows. To
// zstd both together are a frame to skip.
const magic = "\x5e\x2a\x4d\x18\x20\x00\x00\x00"

// Browsers have to take windows below minWindow bytes, or below 1.25 times the
// dictionary when that is more, but none from maxWindow on (RFC 9842 section 5).
const (
	minWindow = 8_000_000
	maxWindow = 128_000_000
)

// ErrWindow says that browsers need not read the difference, as the new program
// is so much larger than the old one.
var ErrWindow = errors.New("program too large for the dictionary")

// Make returns the bytes of next as the difference to old, a body in Coding; the
// same two give the same bytes. It takes 64 MB and the size of both in memory
// until it returns, and one processor. It returns ErrWindow.
func Make(old, next []byte) ([]byte, error) {
	if len(next) >= min(max(minWindow, len(old)/4*5), maxWindow) {
		return nil, fmt.Errorf("%w: %d bytes from %d", ErrWindow, len(next), len(old))
	}
	w, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderDictRaw(0, old),
		zstd.WithWindowSize(reach(old, next)),
		zstd.WithSingleSegment(true), // the window that is announced is the length of next
		zstd.WithEncoderCRC(false),   // TLS and the browser's own checks are enough
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true),
		zstd.WithZeroFrames(true), // nothing is a frame too
	)
	if err != nil {
		return nil, fmt.Errorf("make zstd writer: %w", err)
	}
	defer w.Close() // it has nothing to flush
	hash := HashOf(old)
	return w.EncodeAll(next, append([]byte(magic), hash[:]...)), nil
}

// reach returns how far back the encoder looks, a power of two: at least from a
// byte of next to the one at the same place in old.
func reach(old, next []byte) int {
	return max(zstd.MinWindowSize, 1<<bits.Len(uint(max(len(old), len(next)))))
}

// A Hash is the SHA-256 of a program.
type Hash [sha256.Size]byte

// HashOf returns the hash of the program.
func HashOf(program []byte) Hash { return sha256.Sum256(program) }

// ParseHash reads a hash in hex.
func ParseHash(s string) (Hash, error) {
	b, err := hex.DecodeString(s)
	if err == nil && len(b) != len(Hash{}) {
		err = fmt.Errorf("%d bytes long", len(b))
	}
	if err != nil {
		return Hash{}, fmt.Errorf("read hash: %w", err)
	}
	return Hash(b), nil
}

// String returns the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Available reads the values of the header Available-Dictionary: one byte
// sequence (RFC 8941 section 3.3.5) of a hash. Whatever else stands there is no
// dictionary.
func Available(values []string) (h Hash, ok bool) {
	if len(values) != 1 || len(values[0]) != base64.StdEncoding.EncodedLen(len(h))+2 {
		return Hash{}, false
	}
	s, begins := strings.CutPrefix(values[0], ":")
	s, ends := strings.CutSuffix(s, ":")
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if !begins || !ends || err != nil || len(b) != len(h) {
		return Hash{}, false
	}
	return Hash(b), true
}
