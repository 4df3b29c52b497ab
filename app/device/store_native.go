//go:build !js

package device

import (
	"context"
	"sync"
)

// memory is the store on the machine, for tests.
type memory struct {
	mu   sync.Mutex
	text string
}

func open() store { return &memory{} }

func (m *memory) load(context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.text == "" {
		return "", ErrNone
	}
	return m.text, nil
}

func (m *memory) save(_ context.Context, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text = text
	return nil
}

func (m *memory) wipe(ctx context.Context) error { return m.save(ctx, "") }
