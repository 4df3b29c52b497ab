package token

import (
	"strings"
	"sync"
	"sync/atomic"

	"porchlight/shared/claims"
)

const (
	defaultEntries = 1 << 14
	shards         = 64 // one for each base64url character
	evictSample    = 8
)

// entry is a verified access token. Only asked changes.
type entry struct {
	claims     claims.Access
	until      int64  // Unix second from which it must be verified again
	generation uint64 // of the keys that verified it
	origin     uint16 // slots of the deny list's marks
	subject    uint16
	asked      atomic.Int64 // when the deny list was last read: nanoseconds since denials.start
}

// cache remembers verified tokens by their text. It never holds a token that
// was refused. Shards are chosen by a character of the signature, which is as
// good as random, and hold a part of the bound each.
type cache struct {
	perShard int
	shard    [shards]cacheShard
}

// cacheShard holds tokens that were verified by one generation of keys.
type cacheShard struct {
	mu         sync.RWMutex
	generation uint64
	entries    map[string]*entry
	_          [64]byte // keeps the locks of neighbours off one cache line
}

// newCache returns a cache of about that many entries: at least one a shard.
func newCache(entries int) *cache {
	if entries < 0 {
		return &cache{}
	}
	if entries == 0 {
		entries = defaultEntries
	}
	return &cache{perShard: (entries + shards - 1) / shards}
}

// of returns the shard of a token. Its last character would not do: only four
// of that one's bits are used in a signature of 256 bytes.
func (c *cache) of(raw string) *cacheShard {
	if len(raw) < 2 {
		return &c.shard[0]
	}
	return &c.shard[raw[len(raw)-2]%shards]
}

// get returns the entry of raw that was verified by keys of that generation,
// or nil.
func (c *cache) get(raw string, generation uint64) *entry {
	s := c.of(raw)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.generation != generation {
		return nil
	}
	return s.entries[raw]
}

// put remembers an entry. The first of newer keys empties the shard; one that
// was verified by older keys, while they changed, is dropped.
func (c *cache) put(raw string, e *entry) {
	if c.perShard == 0 {
		return
	}
	s := c.of(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.generation < s.generation {
		return
	}
	if e.generation > s.generation || s.entries == nil {
		s.generation, s.entries = e.generation, make(map[string]*entry)
	}
	if _, ok := s.entries[raw]; !ok && len(s.entries) >= c.perShard {
		s.evict()
	}
	s.entries[strings.Clone(raw)] = e
}

// evict drops, of a few entries that the map's random order names, the one
// that runs out first.
func (s *cacheShard) evict() {
	var victim string
	var first int64
	n := 0
	for raw, e := range s.entries {
		if n == 0 || e.until < first {
			victim, first = raw, e.until
		}
		if n++; n == evictSample {
			break
		}
	}
	delete(s.entries, victim)
}
