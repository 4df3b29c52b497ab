package limit

import (
	"context"
	"fmt"
	"time"
)

const (
	// sweepSlice is how many states one transaction removes.
	sweepSlice = 100
	// sweepPause is the time between two sweeps. Nothing depends on it but the
	// space: a state whose time is over counts as none.
	sweepPause = time.Minute
)

// Sweep removes states whose time is over, in small slices.
func (l *Limiter) Sweep(ctx context.Context) error {
	for _, store := range []Store{l.local, l.shared} {
		for {
			n, err := store.Sweep(ctx, l.now(), sweepSlice)
			if err != nil {
				return fmt.Errorf("sweep limits: %w", err)
			}
			if n < sweepSlice {
				break
			}
		}
	}
	return nil
}

// Run sweeps until ctx ends. Its caller owns the goroutine and waits for it. An
// error is logged, and the next sweep tries again.
func (l *Limiter) Run(ctx context.Context) {
	tick := time.NewTicker(sweepPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := l.Sweep(ctx); err != nil && ctx.Err() == nil {
			l.log.WarnContext(ctx, "sweep of limits stopped", "error", err)
		}
	}
}
