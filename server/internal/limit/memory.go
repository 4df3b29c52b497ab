package limit

import (
	"context"
	"maps"
	"sync"
	"time"
)

// Bounds of memory: 64 × 1024 states are about 10 MB.
const (
	memoryShards = 64
	shardStates  = 1024
)

// memory is a Store for one process, for the rule that must not cost a write to
// the disk. It is full at memoryShards × shardStates; then a new state takes the
// place of one that soon ends, whose subject starts again. So a flood of addresses can loosen this rule, and not fill the memory.
type memory struct {
	shards [memoryShards]shard
}

type shard struct {
	mu     sync.Mutex
	states map[Key]State
}

func newMemory() *memory {
	m := new(memory)
	for i := range m.shards {
		m.shards[i].states = map[Key]State{}
	}
	return m
}

// shard returns the part that holds the key. Keys are hashes, so every byte is
// as good as another.
func (m *memory) shard(key Key) *shard { return &m.shards[key[0]%memoryShards] }

// State implements Store.
func (m *memory) State(_ context.Context, key Key) (State, error) {
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.states[key], nil
}

// take counts one, or returns how long the bound refuses: what Update would do,
// without a function to call, as every request for the feed does it.
func (m *memory) take(key Key, b Bound, now time.Time) time.Duration {
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	old, there := s.states[key]
	state, wait := old.take(b, now)
	if wait == 0 {
		s.set(key, state, there)
	}
	return wait
}

// Update implements Store.
func (m *memory) Update(_ context.Context, key Key, change func(State) State) error {
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	old, there := s.states[key]
	state := change(old)
	if state == (State{}) {
		delete(s.states, key)
		return nil
	}
	s.set(key, state, there)
	return nil
}

func (s *shard) set(key Key, state State, there bool) {
	if !there && len(s.states) >= shardStates {
		s.makeRoom()
	}
	s.states[key] = state
}

// makeRoom removes the state that ends first among a few.
func (s *shard) makeRoom() {
	var first Key
	seen := 0
	for key, state := range s.states { // in no order
		if seen == 0 || state.Until.Before(s.states[first].Until) {
			first = key
		}
		if seen++; seen == 8 {
			break
		}
	}
	delete(s.states, first)
}

// Sweep implements Store.
func (m *memory) Sweep(_ context.Context, now time.Time, limit int) (int, error) {
	n := 0
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		maps.DeleteFunc(s.states, func(_ Key, state State) bool {
			over := n < limit && !now.Before(state.Until)
			if over {
				n++
			}
			return over
		})
		s.mu.Unlock()
	}
	return n, nil
}
