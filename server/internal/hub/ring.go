package hub

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"porchlight/shared/api"
)

// ringSize is how many events back a reader may resume, for each class.
const ringSize = 1024

// maxPosition bounds what is read as a position, in bytes.
const maxPosition = 64

// A ring is the newest events of one class, as frames: each is a server-sent
// event as it goes over the wire (HTML standard, section 9.2), the same bytes
// for every reader.
type ring struct {
	name string // begins every position

	mu     sync.RWMutex
	last   uint64 // the number of the newest event; the first has 1
	frames [ringSize][]byte
	moved  chan struct{} // closed at the next event
}

func newRing(name string) *ring { return &ring{name: name, moved: make(chan struct{})} }

// at returns the position of an event.
func (r *ring) at(number uint64) string { return r.name + strconv.FormatUint(number, 10) }

func (r *ring) position() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.at(r.last)
}

// put adds an event, given as JSON, and wakes the readers.
func (r *ring) put(data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.frames[r.last%ringSize] = frame(r.at(r.last), data)
	close(r.moved)
	r.moved = make(chan struct{})
}

// frame encodes an event. JSON has no line ends in it.
func frame(position string, data []byte) []byte {
	return fmt.Appendf(nil, "id: %s\ndata: %s\n\n", position, data)
}

// after fills into with the frames that follow the event, and returns how many
// it got, and what is closed when there are more. ok is false when some are not
// there any more.
func (r *ring) after(number uint64, into [][]byte) (n int, moved <-chan struct{}, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.last-number > ringSize {
		return 0, nil, false
	}
	for n < len(into) && number < r.last {
		number++
		into[n] = r.frames[number%ringSize]
		n++
	}
	return n, r.moved, true
}

// since returns how many events followed the one.
func (r *ring) since(number uint64) uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.last - number
}

// resume returns the number of the event to go on after. ok is false when the
// position is not one of this ring, or too old; then the stream begins with the
// newest event.
func (r *ring) resume(position string) (number uint64, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	digits, ours := strings.CutPrefix(position, r.name)
	if ours && len(position) <= maxPosition {
		n, err := strconv.ParseUint(digits, 10, 64)
		if err == nil && r.at(n) == position && n <= r.last && r.last-n <= ringSize {
			return n, true
		}
	}
	return r.last, false
}

// resync is the frame for a reader that begins after the event.
func (r *ring) resync(number uint64) []byte {
	return frame(r.at(number), encode(api.Event{Kind: api.EventResync}))
}

func encode(e api.Event) []byte {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings, numbers and booleans can be encoded
	}
	return data
}

// publish tells an event to the class and those that see more.
func (h *Hub) publish(e api.Event, from Class) { h.publishTo(e, from, nobody) }

// publishTo tells an event to the classes from one to before another.
func (h *Hub) publishTo(e api.Event, from, to Class) {
	data := encode(e)
	for c := from; c < to; c++ {
		h.rings[c].put(data)
	}
}
