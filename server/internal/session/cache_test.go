package session

import (
	"encoding/binary"
	"testing"
	"time"
)

func cached(n int, at time.Time) *entry {
	e := &entry{read: at}
	binary.BigEndian.PutUint32(e.row.Key[4:], uint32(n))
	return e
}

func TestCacheAge(t *testing.T) {
	at := time.Unix(1000, 0)
	for _, test := range []struct {
		name string
		life time.Duration
		now  time.Time
		want bool
	}{
		{"at once", 5 * time.Second, at, true},
		{"almost", 5 * time.Second, at.Add(5*time.Second - 1), true},
		{"too old", 5 * time.Second, at.Add(5 * time.Second), false},
		{"clock set back", 5 * time.Second, at.Add(-1), false},
		{"no cache", 0, at, false},
	} {
		c, e := newCache(test.life), cached(1, at)
		c.put(e, c.mark(e.row.Key))
		if got := c.get(e.row.Key, test.now); (got == e) != test.want {
			t.Errorf("%s: get = %v, want found %v", test.name, got, test.want)
		}
	}
}

// TestCacheIsBounded: also when all keys fall into one shard.
func TestCacheIsBounded(t *testing.T) {
	c, at := newCache(5*time.Second), time.Unix(1000, 0)
	var last *entry
	for n := range 10 * cacheEntries / cacheShards {
		last = cached(n, at)
		c.put(last, c.mark(last.row.Key))
	}
	if got, most := len(c.shards[0].entries), cacheEntries/cacheShards; got != most {
		t.Errorf("shard holds %d entries, want %d", got, most)
	}
	if c.get(last.row.Key, at) != last {
		t.Error("get(last put) = nil, want it")
	}
}

// TestCacheLateReader: who read the store before a session ended cannot put it
// back afterwards.
func TestCacheLateReader(t *testing.T) {
	c, e := newCache(5*time.Second), cached(1, time.Unix(1000, 0))
	before := c.mark(e.row.Key)
	c.drop(e.row.Key)
	c.put(e, before)
	if c.get(e.row.Key, e.read) != nil {
		t.Error("get after drop = the entry of a late reader, want none")
	}
	c.put(e, c.mark(e.row.Key))
	if c.get(e.row.Key, e.read) != e {
		t.Error("get after a new read = none, want the entry")
	}
}

func TestCacheKeepsNewerVersion(t *testing.T) {
	c, old, young := newCache(5*time.Second), cached(1, time.Unix(1000, 0)), cached(1, time.Unix(1000, 0))
	old.row.Version, young.row.Version = 1, 2
	c.put(young, c.mark(young.row.Key))
	c.put(old, c.mark(old.row.Key))
	if got := c.get(young.row.Key, young.read); got != young {
		t.Errorf("get = version %d, want 2", got.row.Version)
	}
}

func TestCachePurge(t *testing.T) {
	c, at := newCache(5*time.Second), time.Unix(1000, 0)
	for n := range 100 {
		e := cached(n, at.Add(time.Duration(n)*time.Second))
		e.row.Key[0] = byte(n)
		c.put(e, c.mark(e.row.Key))
	}
	c.purge(at.Add(99 * time.Second))
	left := 0
	for i := range c.shards {
		left += len(c.shards[i].entries)
	}
	if left != 5 {
		t.Errorf("purge left %d entries, want 5", left)
	}
}
