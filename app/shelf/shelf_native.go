//go:build !js

package shelf

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Shelf keeps texts by name. Its methods may be used concurrently; in the
// browser they must not run on the UI goroutine.
type Shelf struct {
	mu    sync.Mutex
	texts map[string]string
}

// Open returns the shelf of the name. On the machine each is new and empty.
func Open(name string) *Shelf { return &Shelf{texts: map[string]string{}} }

// Put keeps text under the name in place of what was there.
func (s *Shelf) Put(ctx context.Context, name, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[name] = text
	return nil
}

// Replace forgets everything and keeps the texts by their names, or changes
// nothing.
func (s *Shelf) Replace(_ context.Context, texts map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = maps.Clone(texts)
	return nil
}

// Get returns what is kept under the name, or ErrNone.
func (s *Shelf) Get(_ context.Context, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, ok := s.texts[name]; ok {
		return text, nil
	}
	return "", ErrNone
}

// All returns everything that is kept, in the order of the names.
func (s *Shelf) All(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.texts)) {
		all = append(all, s.texts[name])
	}
	return all, nil
}

// Delete forgets what is kept under the name, if anything is.
func (s *Shelf) Delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.texts, name)
	return nil
}

// Clear forgets everything.
func (s *Shelf) Clear(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.texts)
	return nil
}
