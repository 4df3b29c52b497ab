package token

// CacheLen counts the tokens that the verifier remembers.
func CacheLen(v *Verifier) int {
	n := 0
	for i := range v.cache.shard {
		n += len(v.cache.shard[i].entries)
	}
	return n
}
