package serve

import "runtime"

// heapFloor is what HoldHeap adds to the heap, in bytes.
const heapFloor = 8 << 20

// HoldHeap makes the garbage collector run less often, until the function that
// it returns is called.
//
// The collector runs when the heap has doubled. What lives in an idle server is
// 1 to 2 MB, so under load it would run some hundred times a second, each time with
// all its fixed costs: a tenth of the CPU time of a request for the feed. The
// bytes that are held count as living, but are never written to and so take no
// memory themselves; what they cost is that up to as many bytes of garbage more
// stand around. GOGC would do the same to a small heap, and five times as
// much to the large one of a server with many live readers.
func HoldHeap() (release func()) {
	held := make([]byte, heapFloor)
	return func() { runtime.KeepAlive(held) }
}
