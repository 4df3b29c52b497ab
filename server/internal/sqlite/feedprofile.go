package sqlite

import (
	"context"
	"errors"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/sqlitedb"
)

const (
	profileColumns  = "profiles.sub, profiles.handle, name, created"
	profileBySub    = "SELECT " + profileColumns + " FROM profiles WHERE sub = ?"
	profileByHandle = "SELECT " + profileColumns + " FROM handles JOIN profiles ON profiles.sub = handles.sub WHERE handles.handle = ?"
	// profilesFrom takes the first handle and the first one after all that begin
	// as it does.
	profilesFrom = "SELECT " + profileColumns + " FROM profiles WHERE handle >= ?1 AND handle < ?2 ORDER BY handle LIMIT ?3"
	ownHandles   = "SELECT count(*) FROM handles WHERE sub = ?"
)

// AddProfile implements feed.Store.
func (s *FeedStore) AddProfile(ctx context.Context, p feed.Profile) (feed.Profile, error) {
	return s.writeProfile(ctx, func(tx *sqlitedb.Tx) (feed.Profile, error) {
		stored, err := queryProfile(tx, profileBySub, p.Sub)
		if !errors.Is(err, feed.ErrNotFound) {
			return stored, err
		}
		if err := takeHandle(tx, p); err != nil {
			return p, err
		}
		const query = "INSERT INTO profiles (sub, handle, name, created) VALUES (?, ?, ?, ?)"
		_, err = tx.Exec(query, p.Sub, p.Handle, p.Name, p.Created)
		return p, err
	})
}

// ChangeProfile implements feed.Store.
func (s *FeedStore) ChangeProfile(ctx context.Context, p feed.Profile) (feed.Profile, error) {
	return s.writeProfile(ctx, func(tx *sqlitedb.Tx) (feed.Profile, error) {
		stored, err := queryProfile(tx, profileBySub, p.Sub)
		if err != nil {
			return p, err
		}
		if err := takeHandle(tx, p); err != nil {
			return p, err
		}
		stored.Handle, stored.Name = p.Handle, p.Name
		_, err = tx.Exec("UPDATE profiles SET handle = ?2, name = ?3 WHERE sub = ?1", p.Sub, p.Handle, p.Name)
		return stored, err
	})
}

// takeHandle makes the handle of p one of p's sub for ever.
func takeHandle(tx *sqlitedb.Tx, p feed.Profile) error {
	owner, had := "", int64(0)
	err := tx.Query("SELECT sub FROM handles WHERE handle = ?", []any{p.Handle}, func(r sqlitedb.Row) error {
		owner = r.Text(0)
		return nil
	})
	switch {
	case err != nil || owner == p.Sub:
		return err
	case owner != "":
		return feed.ErrHandleTaken
	}
	err = tx.Query(ownHandles, []any{p.Sub}, func(r sqlitedb.Row) error {
		had = r.Int(0)
		return nil
	})
	if err == nil && had >= feed.MaxHandles {
		err = feed.ErrHandles
	}
	if err == nil {
		_, err = tx.Exec("INSERT INTO handles (handle, sub) VALUES (?, ?)", p.Handle, p.Sub)
	}
	return err
}

// Profile implements feed.Store.
func (s *FeedStore) Profile(ctx context.Context, sub string) (feed.Profile, error) {
	return s.readProfile(ctx, profileBySub, sub)
}

// ProfileOf implements feed.Store.
func (s *FeedStore) ProfileOf(ctx context.Context, handle string) (feed.Profile, error) {
	return s.readProfile(ctx, profileByHandle, handle)
}

// Profiles implements feed.Store.
func (s *FeedStore) Profiles(ctx context.Context, prefix string, limit int) (list []feed.Profile, err error) {
	// A handle has letters, digits and _ only, which are all below {.
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.Query(profilesFrom, []any{prefix, prefix + "{", limit}, func(r sqlitedb.Row) error {
			list = append(list, scanProfile(r))
			return nil
		})
	})
	return list, err
}

func (s *FeedStore) writeProfile(ctx context.Context, fn func(tx *sqlitedb.Tx) (feed.Profile, error)) (p feed.Profile, err error) {
	err = s.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		p, err = fn(tx)
		return err
	})
	if err != nil {
		return feed.Profile{}, err
	}
	return p, nil
}

func (s *FeedStore) readProfile(ctx context.Context, query, arg string) (p feed.Profile, err error) {
	err = s.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		p, err = queryProfile(tx, query, arg)
		return err
	})
	return p, err
}

func queryProfile(tx *sqlitedb.Tx, query, arg string) (p feed.Profile, err error) {
	found := false
	err = tx.Query(query, []any{arg}, func(r sqlitedb.Row) error {
		p, found = scanProfile(r), true
		return nil
	})
	if err == nil && !found {
		err = feed.ErrNotFound
	}
	return p, err
}

func scanProfile(r sqlitedb.Row) feed.Profile {
	return feed.Profile{Sub: r.Text(0), Handle: r.Text(1), Name: r.Text(2), Created: r.Time(3)}
}
