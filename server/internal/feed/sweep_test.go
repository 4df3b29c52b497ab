package feed_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/shared/api"
)

func TestSweepInSlices(t *testing.T) {
	s, c := newService(t)
	for i := range 250 {
		create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, uint16(i)).String(), Message: "x", ExpiresIn: "1h"})
	}
	create(t, s, ann, api.NewPost{ID: feedtest.ID(noon, 999).String(), Message: "stays", ExpiresIn: "never"})
	c.set(noon.Add(time.Hour))
	if n, err := s.Sweep(t.Context()); n != 250 || err != nil {
		t.Errorf("Sweep = %d, %v, want 250", n, err)
	}
	wantMessages(t, s, ann, "stays")
}

// TestRun lets the sweeper's own ticker take a post from the disk.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		s, err := feed.New(feed.Config{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		running, stop := context.WithCancel(ctx)
		var wg sync.WaitGroup
		wg.Go(func() { s.Run(running) })
		p := create(t, s, ann, api.NewPost{Message: "x", ExpiresIn: "1h"})
		onDisk := func() int {
			posts, err := store.Home(ctx, feed.Page{Before: uuid.Max, Limit: 10, View: feed.View{Members: true, Now: p.Created}})
			if err != nil {
				t.Fatal(err)
			}
			return len(posts)
		}
		time.Sleep(time.Hour - time.Second)
		if got := onDisk(); got != 1 {
			t.Errorf("%d posts before the end, want 1", got)
		}
		time.Sleep(20 * time.Second)
		if got := onDisk(); got != 0 {
			t.Errorf("%d posts soon after the end, want 0", got)
		}
		stop()
		wg.Wait()
	})
}
