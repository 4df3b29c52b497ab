package localpool

import (
	"context"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// sweepEvery is how often requests make the pool forget what has expired.
const sweepEvery = 10 * time.Minute

// sweepIfDue sweeps when the last time is long enough ago. A failure is logged
// and nothing else: what has expired is never used, swept or not.
func (p *Pool) sweepIfDue(ctx context.Context) {
	now, last := p.now(), p.swept.Load()
	if now.UnixMicro() < last+sweepEvery.Microseconds() || !p.swept.CompareAndSwap(last, now.UnixMicro()) {
		return
	}
	if err := p.sweep(ctx, now); err != nil && ctx.Err() == nil {
		p.log.ErrorContext(ctx, "user pool could not sweep", "err", err)
	}
}

func (p *Pool) sweep(ctx context.Context, now time.Time) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, s := range []struct {
			query  string
			before time.Time
		}{
			{"DELETE FROM code WHERE expires <= ?", now},
			{"DELETE FROM mail WHERE expires <= ?", now},
			{"DELETE FROM quota WHERE since <= ?", now.Add(-quotaWindow)},
			{"DELETE FROM lockout WHERE until <= ?", now.Add(-lockoutMemory)},
			// Access tokens may outlive their refresh token, and ask for this row.
			{"DELETE FROM sign_in WHERE expires <= ?", now.Add(-maxAccessLife)},
		} {
			if _, err := tx.Exec(s.query, s.before); err != nil {
				return err
			}
		}
		return nil
	})
}
