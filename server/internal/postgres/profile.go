package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/feed"
)

// classProfile is the class of the advisory locks of subs whose profile is
// being made or changed.
const classProfile int32 = 3

const profileColumns = `p.sub, p.handle, p.name, p.created`

func scanProfile(r pgx.CollectableRow) (p feed.Profile, err error) {
	err = r.Scan(&p.Sub, &p.Handle, &p.Name, (*stamp)(&p.Created))
	return p, err
}

// oneProfile is for a query of a batch that finds one profile or none.
func oneProfile(into *[]feed.Profile) func(pgx.Rows) error {
	return func(r pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(r, scanProfile)
		return err
	}
}

const (
	profileBySub = `SELECT ` + profileColumns + ` FROM profiles p WHERE p.sub = $1`

	profileByHandle = `SELECT ` + profileColumns + ` FROM handles h JOIN profiles p ON p.sub = h.sub
		WHERE h.handle = lower($1 COLLATE "C")`

	// profilesByPrefix is along the index from $1 to before $2.
	profilesByPrefix = `SELECT ` + profileColumns + ` FROM profiles p
		WHERE p.handle >= $1 AND p.handle < $2 ORDER BY p.handle LIMIT $3`

	// addProfile makes nothing when the sub has a profile or the handle an owner.
	addProfile = `WITH mine AS (
			INSERT INTO handles (handle, sub) SELECT lower($2 COLLATE "C"), $1
			WHERE NOT EXISTS (SELECT FROM profiles WHERE sub = $1)
			ON CONFLICT (handle) DO NOTHING RETURNING 1
		)
		INSERT INTO profiles (sub, handle, name, created) SELECT $1, $2, $3, $4::timestamptz FROM mine`
)

// AddProfile implements feed.Store.
func (s *FeedStore) AddProfile(ctx context.Context, p feed.Profile) (feed.Profile, error) {
	var stored []feed.Profile
	err := s.db.batch(ctx, "add profile", again, func(b *pgx.Batch) {
		lock(b, classProfile, p.Sub)
		b.Queue(addProfile, p.Sub, p.Handle, p.Name, stamp(p.Created))
		b.Queue(profileBySub, p.Sub).Query(oneProfile(&stored))
	})
	if err != nil {
		return feed.Profile{}, err
	}
	if len(stored) == 0 {
		return feed.Profile{}, feed.ErrHandleTaken
	}
	return stored[0], nil
}

const (
	// takeHandle makes $2 a handle of the sub $1, which has a profile and fewer
	// than $3 of them.
	takeHandle = `INSERT INTO handles (handle, sub) SELECT lower($2 COLLATE "C"), sub FROM profiles
		WHERE sub = $1 AND (SELECT count(*) FROM handles WHERE handles.sub = $1) < $3
		ON CONFLICT (handle) DO NOTHING`
	changeProfile = `UPDATE profiles p SET handle = $2, name = $3
		WHERE p.sub = $1 AND EXISTS (SELECT FROM handles h WHERE h.handle = lower($2 COLLATE "C") AND h.sub = $1)
		RETURNING ` + profileColumns
)

// ChangeProfile implements feed.Store. When nothing was changed, the reads
// after it say why.
func (s *FeedStore) ChangeProfile(ctx context.Context, p feed.Profile) (feed.Profile, error) {
	var changed, own, owner []feed.Profile
	err := s.db.batch(ctx, "change profile", again, func(b *pgx.Batch) {
		lock(b, classProfile, p.Sub)
		b.Queue(takeHandle, p.Sub, p.Handle, feed.MaxHandles)
		b.Queue(changeProfile, p.Sub, p.Handle, p.Name).Query(oneProfile(&changed))
		b.Queue(profileBySub, p.Sub).Query(oneProfile(&own))
		b.Queue(profileByHandle, p.Handle).Query(oneProfile(&owner))
	})
	switch {
	case err != nil:
		return feed.Profile{}, err
	case len(changed) > 0:
		return changed[0], nil
	case len(own) == 0:
		return feed.Profile{}, feed.ErrNotFound
	case len(owner) > 0:
		return feed.Profile{}, feed.ErrHandleTaken
	}
	return feed.Profile{}, feed.ErrHandles
}

// Profile implements feed.Store.
func (s *FeedStore) Profile(ctx context.Context, sub string) (feed.Profile, error) {
	return s.profile(ctx, profileBySub, sub)
}

// ProfileOf implements feed.Store.
func (s *FeedStore) ProfileOf(ctx context.Context, handle string) (feed.Profile, error) {
	return s.profile(ctx, profileByHandle, handle)
}

func (s *FeedStore) profile(ctx context.Context, query, arg string) (feed.Profile, error) {
	if !storable(arg) {
		return feed.Profile{}, feed.ErrNotFound
	}
	return found(collect(ctx, s.db, "read profile", again, scanProfile, query, arg))
}

// Profiles implements feed.Store. No character of a handle is above "z".
func (s *FeedStore) Profiles(ctx context.Context, prefix string, limit int) ([]feed.Profile, error) {
	if !storable(prefix) {
		return nil, nil
	}
	return collect(ctx, s.db, "read profiles", again, scanProfile, profilesByPrefix, prefix, prefix+"~", limit)
}
