package feed

import "sync"

// maxProfiles is how many profiles are kept, about 200 bytes each.
const maxProfiles = 8192

// profiles keeps the profiles of those who come by: a bearer token names its
// sub only. They are kept as newest keeps pages: what was read before a drop is
// not put in after it.
type profiles struct {
	mu    sync.Mutex
	off   bool // nothing is kept
	drops uint64
	kept  map[string]Profile // by sub
}

// get returns the kept profile, or the zero Profile and the mark for put.
func (c *profiles) get(sub string) (Profile, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[sub], c.drops
}

// put keeps a profile that was read after the mark was taken.
func (c *profiles) put(p Profile, mark uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off || c.drops != mark {
		return
	}
	if c.kept == nil || len(c.kept) >= maxProfiles {
		c.kept = map[string]Profile{}
	}
	c.kept[p.Sub] = p
}

// drop forgets all. Profiles change seldom.
func (c *profiles) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	clear(c.kept)
}

func (c *profiles) follow(hears bool) {
	c.mu.Lock()
	c.off = !hears
	c.mu.Unlock()
	c.drop()
}
