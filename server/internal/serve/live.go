package serve

import (
	"context"
	"log/slog"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/hub"
	"porchlight/server/internal/postgres"
)

// follow returns what hears of the changes that other servers make. Only while
// it does is the feed answered from memory. A server that ended between a write
// and its note leaves one page old: for as long as Still lets it be.
func follow(store stores, posts *feed.Service, live *hub.Hub, logger *slog.Logger) func(context.Context) {
	return func(ctx context.Context) {
		store.Listen(ctx, postgres.Listener{
			Up: func() {
				posts.Follow(true)
				live.Missed()
			},
			Heard: func(note string) { live.Hear(note, posts.Refresh) },
			Still: posts.Refresh,
			Down: func(err error) {
				posts.Follow(false)
				if ctx.Err() == nil {
					logger.WarnContext(ctx, "other servers not heard", "error", err.Error())
				}
			},
		})
	}
}
