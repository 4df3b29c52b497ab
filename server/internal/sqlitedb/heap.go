package sqlitedb

import (
	"sync"

	"modernc.org/libc"
)

// journalChunk is what SQLite allocates for the journal of a savepoint: a
// chunk of 1024 bytes (memjournal.c) with the header of its own allocator.
const journalChunk = 1032

// holdHeap keeps one block of that size. The allocator gives a page back to the
// system when the last block on it is freed, and maps another for the next: with
// nothing else of the size alive that was at every write, and made a group of
// writes three times slower.
var holdHeap = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	libc.Xmalloc(tls, journalChunk) // for as long as the program runs
})
