package session

import (
	"sync"
	"time"
)

const (
	cacheShards  = 16
	cacheEntries = 4096 // in all; about 5 kB each
)

// cache keeps opened rows for a few seconds. It is bounded, and what was
// dropped cannot be put back by a reader who had read the store before: put
// wants the mark that was taken before that read.
type cache struct {
	life   time.Duration // 0: keep nothing
	shards [cacheShards]shard
}

type shard struct {
	mu      sync.Mutex
	drops   uint64
	entries map[Key]*entry
}

// mark is a point in a shard's history.
type mark uint64

func newCache(life time.Duration) *cache {
	c := &cache{life: life}
	for i := range c.shards {
		c.shards[i].entries = make(map[Key]*entry)
	}
	return c
}

// shard finds the key's part. Keys are hashes: any byte is as good as another.
func (c *cache) shard(key Key) *shard { return &c.shards[key[0]%cacheShards] }

// get returns the entry if it was read less than life ago; nil is a miss.
func (c *cache) get(key Key, now time.Time) *entry {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[key]
	if e == nil || c.old(e, now) {
		return nil
	}
	return e
}

// old is true also of an entry from the future: the clock was set back.
func (c *cache) old(e *entry, now time.Time) bool {
	age := now.Sub(e.read)
	return age < 0 || age >= c.life
}

// mark is to be taken before the store is read.
func (c *cache) mark(key Key) mark {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return mark(s.drops)
}

// put keeps the entry, unless something of its shard was dropped since m was
// taken or a newer version is there.
func (c *cache) put(e *entry, m mark) {
	if c.life == 0 {
		return
	}
	s := c.shard(e.row.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.entries[e.row.Key]
	if mark(s.drops) != m || old != nil && old.row.Version > e.row.Version {
		return
	}
	if old == nil && len(s.entries) >= cacheEntries/cacheShards {
		c.evict(s, e.read)
	}
	s.entries[e.row.Key] = e
}

// evict looks at a few entries and removes the old ones among them, or the last
// looked at. Maps are walked in no order, so no key can be kept out for long.
func (c *cache) evict(s *shard, now time.Time) {
	const looks = 8
	looked := 0
	for key, e := range s.entries {
		looked++
		if c.old(e, now) || looked == looks {
			delete(s.entries, key)
		}
		if looked == looks {
			return
		}
	}
}

// drop forgets the key at once.
func (c *cache) drop(key Key) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops++
	delete(s.entries, key)
}

// purge forgets what is old, so that tokens do not linger in memory.
func (c *cache) purge(now time.Time) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for key, e := range s.entries {
			if c.old(e, now) {
				delete(s.entries, key)
			}
		}
		s.mu.Unlock()
	}
}
