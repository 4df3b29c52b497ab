package session

import (
	"context"
	"time"
)

const (
	sweepEvery = 10 * time.Minute
	sweepSlice = 100                   // rows in one transaction
	sweepPause = 20 * time.Millisecond // between two, for other writers
)

// Sweep deletes the rows whose life is over, in small slices so that others can
// write in between, and forgets what the cache no longer serves.
func (m *Manager) Sweep(ctx context.Context) error {
	m.cache.purge(m.now())
	for {
		now := m.now()
		n, err := m.store.Sweep(ctx, now, now.Add(-m.idle), sweepSlice)
		if err != nil {
			return unavailable("sweep sessions", err)
		}
		if n < sweepSlice {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(sweepPause):
		}
	}
}

// Run sweeps at once and then every 10 minutes until ctx ends. A sweep that
// does not work is logged and repeated at the next.
func (m *Manager) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := m.Sweep(ctx); err != nil && ctx.Err() == nil {
			m.log.WarnContext(ctx, "sessions not swept", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
