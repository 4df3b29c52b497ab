package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/sqlitedb"
)

const (
	// indexLook is how many posts are looked through for some that are not in the
	// search. Nobody waits for who reads.
	indexLook = 1000
	// indexSlice is how many posts one transaction puts into the search, and
	// indexPause the time between two: everyone waits for the writer, which a slice
	// of short posts holds for 17 ms, and once in a while for 0.3 s.
	indexSlice = 100
	indexPause = 50 * time.Millisecond
	// indexRetry is the time before another try after an error.
	indexRetry = 10 * time.Second
)

// Index puts the posts that were written before there was a search into it, the
// newest first, until all are in or ctx ends. The next call goes on where one
// was ended, also in another life of the program. Its caller owns the goroutine
// and waits for it. Errors are logged, and it tries again.
func (s *Store) Index(ctx context.Context, logger *slog.Logger) {
	begun, total := false, 0
	for ctx.Err() == nil {
		n, err := s.Feed().indexAll(ctx, func() {
			if !begun {
				logger.InfoContext(ctx, "older posts on their way into the search")
			}
			begun = true
		})
		total += n
		switch {
		case err == nil && begun:
			logger.InfoContext(ctx, "older posts are in the search", "count", total)
			return
		case err == nil:
			return
		case ctx.Err() == nil:
			logger.WarnContext(ctx, "older posts not put into the search", "error", err.Error())
			sleep(ctx, indexRetry)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// indexAll goes on from where the file says, and returns how many posts it put
// into the search. It calls begin when there is anything to look through.
func (s *FeedStore) indexAll(ctx context.Context, begin func()) (total int, err error) {
	from, ok, err := s.unindexed(ctx)
	for ; ok && err == nil; ok = from != uuid.Nil {
		begin()
		var n int
		from, n, err = s.indexSome(ctx, from)
		total += n
		if n > 0 {
			sleep(ctx, indexPause)
		}
	}
	return total, err
}

// unindexed returns the ID from which on downwards posts are to be looked at; ok
// is false when there are none.
func (s *FeedStore) unindexed(ctx context.Context) (from uuid.UUID, ok bool, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query("SELECT up_to FROM unindexed", nil, func(r sqlitedb.Row) error {
			from, ok = uuid.UUID(r.Blob(0)), true
			return nil
		})
	})
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("read where the index stands: %w", err)
	}
	return from, ok, nil
}

const (
	olderPosts  = "SELECT id, place IS NULL AND repost_of IS NULL FROM posts WHERE id <= ?1 ORDER BY id DESC LIMIT ?2"
	withoutWord = "SELECT " + postColumns + " FROM posts WHERE id = ? AND place IS NULL"
)

// indexSome puts a slice of the posts from the ID on downwards into the search.
// It returns where to go on, uuid.Nil for nowhere, and how many it put. What it
// did is on disk with where it stands; a look that found nothing is not noted.
func (s *FeedStore) indexSome(ctx context.Context, from uuid.UUID) (next uuid.UUID, n int, err error) {
	var ids []uuid.UUID
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		ids, next, err = lookForOlder(tx, from)
		return err
	})
	if err != nil {
		return from, 0, fmt.Errorf("look for older posts: %w", err)
	}
	if len(ids) == 0 && next != uuid.Nil {
		return next, 0, nil
	}
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		n = 0
		for _, id := range ids {
			added, err := addOlder(tx, id)
			if err != nil {
				return err
			}
			n += added
		}
		return noteIndexed(tx, next)
	})
	if err != nil {
		return from, 0, fmt.Errorf("put older posts into the search: %w", err)
	}
	return next, n, nil
}

// lookForOlder returns at most indexSlice posts that are not in the search, from
// the ID on downwards, and where to go on after them.
func lookForOlder(tx *sqlitedb.Tx, from uuid.UUID) (ids []uuid.UUID, next uuid.UUID, err error) {
	seen := 0
	err = tx.Query(olderPosts, []any{from[:], indexLook}, func(r sqlitedb.Row) error {
		seen++
		next = before(uuid.UUID(r.Blob(0)))
		if r.Bool(1) {
			ids = append(ids, uuid.UUID(r.Blob(0)))
		}
		if len(ids) == indexSlice {
			return errEnough
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return ids, next, nil
	case err != nil:
		return nil, from, err
	case seen < indexLook:
		next = uuid.Nil
	}
	return ids, next, nil
}

// before returns the last ID that is smaller; that of uuid.Nil is itself.
func before(id uuid.UUID) uuid.UUID {
	if id == uuid.Nil {
		return id
	}
	for i := len(id) - 1; ; i-- {
		if id[i]--; id[i] != 0xff {
			return id
		}
	}
}

// addOlder puts a post into the search, if it is there still and not in it.
func addOlder(tx *sqlitedb.Tx, id uuid.UUID) (n int, err error) {
	p, err := queryPost(tx, withoutWord, id[:])
	if errors.Is(err, feed.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	place, err := addWords(tx, p)
	if errors.Is(err, errCrowded) { // it stays out: the others shall come in
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return tx.Exec("UPDATE posts SET place = ? WHERE id = ?", place, id[:])
}

// noteIndexed writes where to go on.
func noteIndexed(tx *sqlitedb.Tx, next uuid.UUID) error {
	if next == uuid.Nil {
		_, err := tx.Exec("DELETE FROM unindexed")
		return err
	}
	_, err := tx.Exec("UPDATE unindexed SET up_to = ?", next[:])
	return err
}
