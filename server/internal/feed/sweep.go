package feed

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

const (
	// sweepSlice is how many posts one transaction of the sweeper removes. Five
	// hundred held the writer for up to 124 ms; everyone waits for the writer.
	sweepSlice = 100
	// sweepPause is the time between two sweeps. Expired posts that are still
	// there slow the newest page: 13 ms instead of 0.1 when 100 000 of them
	// stand on top.
	sweepPause = 10 * time.Second
)

// Sweep removes from the disk what has expired and what belonged to removed
// posts, in small slices, and returns how many posts had expired. It stops when
// ctx ends.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	posts, err := s.inSlices(ctx, s.sweepSome)
	if err != nil {
		return posts, fmt.Errorf("sweep expired posts: %w", err)
	}
	if _, err := s.inSlices(ctx, s.store.Clear); err != nil {
		return posts, fmt.Errorf("clear what belonged to removed posts: %w", err)
	}
	if _, err := s.inSlices(ctx, s.store.Forget); err != nil {
		return posts, fmt.Errorf("forget removed posts: %w", err)
	}
	return posts, nil
}

// sweepSome removes a slice of what has expired, and tells once of each counter
// that this changed.
func (s *Service) sweepSome(ctx context.Context, now time.Time, limit int) (int, error) {
	n, uncounted, err := s.store.Sweep(ctx, now, limit)
	type counter struct {
		post     uuid.UUID
		audience string
	}
	told := map[counter]bool{}
	for _, p := range uncounted {
		c := counter{p.Parent, p.Audience}
		if !told[c] {
			s.changed(Swept, p)
		}
		told[c] = true
	}
	if err != nil {
		return n, s.failed(err)
	}
	return n, nil
}

// inSlices calls remove until nothing is left.
func (s *Service) inSlices(ctx context.Context, remove func(context.Context, time.Time, int) (int, error)) (total int, err error) {
	for {
		n, err := remove(ctx, s.now(), sweepSlice)
		total += n
		if err != nil || n < sweepSlice {
			return total, err
		}
	}
}

// Run sweeps until ctx ends. Its caller owns the goroutine and waits for it. An
// error is logged, and the next sweep tries again.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(sweepPause)
	defer tick.Stop()
	for {
		n, err := s.Sweep(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.WarnContext(ctx, "sweep stopped", "error", err)
		case n > 0:
			s.log.DebugContext(ctx, "swept expired posts", "count", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
