package localpool

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// hashing says what a password hash costs. The zero value is the default of
// defaultHashing; tests take less.
type hashing struct {
	memory   uint32 // KiB
	passes   uint32
	lanes    uint8
	atOnce   int           // hashes that run at the same time
	patience time.Duration // how long one waits for its turn
}

// defaultHashing is one of those that the OWASP password storage cheat sheet asks
// for; they are equal in strength. This one takes less memory than its first.
func defaultHashing() hashing {
	return hashing{memory: 9 << 10, passes: 4, lanes: 1, atOnce: 1, patience: 5 * time.Second}
}

const (
	saltBytes = 16
	hashBytes = 32
)

// hash returns the password's argon2id hash in PHC string format.
func (h hashing) hash(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	sum := argon2.IDKey([]byte(password), salt, h.passes, h.memory, h.lanes, hashBytes)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, h.memory, h.passes, h.lanes, b64(salt), b64(sum))
}

// matches reports whether phc is a hash of the password. An empty phc matches
// nothing and costs as much as one that hash made.
func (h hashing) matches(phc, password string) (bool, error) {
	cost, salt, sum := h, make([]byte, saltBytes), make([]byte, hashBytes)
	if phc != "" {
		var err error
		if cost, salt, sum, err = parsePHC(phc); err != nil {
			return false, err
		}
	}
	got := argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, cost.lanes, uint32(len(sum)))
	return subtle.ConstantTimeCompare(got, sum) == 1 && phc != "", nil
}

var errPHC = errors.New("stored password hash is malformed")

// parsePHC reads what hash wrote, and refuses costs that would hang the
// program: the database may have come from elsewhere.
func parsePHC(phc string) (cost hashing, salt, sum []byte, err error) {
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, errPHC
	}
	n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &cost.memory, &cost.passes, &cost.lanes)
	if err != nil || n != 3 || cost.passes < 1 || cost.passes > 16 || cost.lanes < 1 || cost.memory > 256<<10 {
		return cost, nil, nil, errPHC
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(sum) < 16 || len(sum) > 64 {
		return cost, nil, nil, errPHC
	}
	return cost, salt, sum, nil
}

// A hasher lets only so many hashes run at once.
type hasher struct {
	hashing
	slots chan struct{}
}

func newHasher(h hashing) *hasher {
	if h == (hashing{}) {
		h = defaultHashing()
	}
	return &hasher{h, make(chan struct{}, h.atOnce)}
}

// run calls fn in its turn. It answers TooManyRequestsException when the turn
// does not come within patience or before ctx ends.
func (h *hasher) run(ctx context.Context, fn func() error) error {
	timeout := time.NewTimer(h.patience)
	defer timeout.Stop()
	select {
	case h.slots <- struct{}{}:
	case <-timeout.C:
		return errBusy()
	case <-ctx.Done():
		return errBusy()
	}
	defer func() { <-h.slots }()
	return fn()
}

// hashInTurn returns the hash of the password, in its turn.
func (h *hasher) hashInTurn(ctx context.Context, password string) (phc string, err error) {
	err = h.run(ctx, func() error {
		phc = h.hash(password)
		return nil
	})
	return phc, err
}
