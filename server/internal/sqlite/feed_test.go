package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/server/internal/sqlitedb"
)

// newStore opens a store in a folder that goes with the test.
func newStore(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

func TestFeedStore(t *testing.T) {
	feedtest.TestStore(t, func(t *testing.T) feed.Store { return newStore(t).Feed() })
}

// writeOlder makes a file as the program of the migration wrote it.
func writeOlder(t *testing.T, path string, last int, write func(tx *sqlitedb.Tx) error) {
	t.Helper()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) <= last {
		t.Fatalf("migrations %q, %v, want more than %d", names, err, last)
	}
	older := fstest.MapFS{}
	for _, name := range names[:last] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		older[filepath.Base(name)] = &fstest.MapFile{Data: text}
	}
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: path, Migrations: older})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Write(t.Context(), write), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestOlderPosts opens a file that was written before there were threads.
func TestOlderPosts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	at := time.Unix(1_700_000_000, 0).UTC()
	id := feedtest.ID(at, 0)
	writeOlder(t, path, 4, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO posts (id, author, handle, name, message, audience, created) VALUES (?, 'sub', 'ann', 'Ann', 'hello', 'everyone', ?)", id[:], at)
		if err == nil {
			_, err = tx.Exec("INSERT INTO profiles (sub, handle, name, created) VALUES ('sub', 'ann', 'Ann', ?)", at)
		}
		return err
	})
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	v := feed.View{Members: true, Now: at}
	p, err := s.Feed().Post(t.Context(), v, id)
	if err != nil || p.Message != "hello" || p.Likes != 0 || p.Hidden || p.IsReply() {
		t.Errorf("Post = %+v, %v", p, err)
	}
	if done, err := s.Feed().Insert(t.Context(), p); err != nil || done.Changed {
		t.Errorf("Insert(again) = %+v, %v, want the older one", done, err)
	}
	if got, err := s.Feed().ProfileOf(t.Context(), "ANN"); err != nil || got.Sub != "sub" || !got.Created.Equal(at) {
		t.Errorf("ProfileOf = %+v, %v", got, err)
	}
	if _, err := s.Feed().AddProfile(t.Context(), feed.Profile{Sub: "eve", Handle: "Ann", Created: at}); !errors.Is(err, feed.ErrHandleTaken) {
		t.Errorf("AddProfile = %v, want ErrHandleTaken", err)
	}
	if _, err := s.Feed().Delete(t.Context(), v, "sub", id); err != nil {
		t.Errorf("Delete = %v", err)
	}
}

// TestOlderReplies opens a file whose replies could not ask for anything.
func TestOlderReplies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	at := time.Unix(1_700_000_000, 0).UTC()
	top, r := feedtest.ID(at, 0), feedtest.ID(at, 1)
	writeOlder(t, path, 6, func(tx *sqlitedb.Tx) error {
		const insert = "INSERT INTO posts (id, author, handle, name, message, audience, created, expires, parent, replies)" +
			" VALUES (?, 'sub', 'ann', 'Ann', 'hello', 'everyone', ?, ?, ?, ?)"
		_, err := tx.Exec(insert, top[:], at, at.Add(time.Hour), nil, 1)
		if err == nil {
			_, err = tx.Exec(insert, r[:], at, at.Add(time.Hour), top[:], 0)
		}
		return err
	})
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	v := feed.View{Members: true, Now: at}
	if p, err := s.Feed().Post(t.Context(), v, top); err != nil || p.RepliesFor(true) != 1 || p.RepliesFor(false) != 1 {
		t.Errorf("Post = %+v, %v, want one reply for all", p, err)
	}
	sent := feed.Post{ID: r, Author: "sub", Message: "hello", Created: at, Parent: top}
	other := sent
	other.Audience = "members"
	for _, when := range []string{"there", "removed"} {
		if done, err := s.Feed().Insert(t.Context(), sent); err != nil || done.Changed || done.Post.Audience != "everyone" {
			t.Errorf("%s: Insert(again) = %+v, %v, want the older one", when, done, err)
		}
		if _, err := s.Feed().Insert(t.Context(), other); !errors.Is(err, feed.ErrConflict) {
			t.Errorf("%s: Insert(again, for members) = %v, want ErrConflict", when, err)
		}
		if when == "there" {
			if _, err := s.Feed().Delete(t.Context(), v, "sub", r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if p, err := s.Feed().Post(t.Context(), v, top); err != nil || p.Replies != 0 {
		t.Errorf("Post = %+v, %v, want no replies", p, err)
	}
}

// TestPlans holds what the benchmarks measured: every query goes along an index,
// and none sorts or looks through a table.
func TestPlans(t *testing.T) {
	s := newStore(t)
	now, id := time.Unix(1, 0), uuid.Max
	v := feed.View{Members: true, Now: now}
	tests := []struct {
		name, query string
		args        []any
		want        string
	}{
		{"home", homePosts, viewArgs(v, id[:], 20), "SEARCH posts USING INDEX posts_home (id<?)"},
		{"author", authorPosts, viewArgs(v, id[:], 20, "x"), "SEARCH posts USING INDEX posts_author (author=? AND id<?)"},
		{"replies", replyPosts, viewArgs(v, id[:], id[:], 20), "SEARCH posts USING INDEX posts_parent (parent=? AND id>?)"},
		{"one post", onePost, viewArgs(v, id[:]), "SEARCH posts USING INDEX sqlite_autoindex_posts_1 (id=?)"},
		{"any post", anyPost, []any{id[:]}, "SEARCH posts USING INDEX sqlite_autoindex_posts_1 (id=?)"},
		{"search", searchPosts, viewArgs(v, "x", 1), "SEARCH posts USING INDEX posts_place (place=?)"},
		{"older posts", olderPosts, []any{id[:], 100}, "SEARCH posts USING INDEX sqlite_autoindex_posts_1 (id<?)"},
		{"last place", lastPlace, []any{1, 2}, "SEARCH posts USING COVERING INDEX posts_place (place>? AND place<?)"},
		{"viewer's likes", oneMark, []any{"x", id[:]}, "SEARCH likes USING PRIMARY KEY (sub=? AND post=?)"},
		{"viewer's reposts", oneMark, []any{"x", id[:]}, "USING COVERING INDEX posts_repost (repost_of=? AND author=?)"},
		{"own repost", ownRepost, []any{id[:], "x"}, "SEARCH posts USING INDEX posts_repost (repost_of=? AND author=?)"},
		{"sweep", expiredPosts, []any{now, 100}, "SEARCH posts USING INDEX posts_expires (expires<?)"},
		{"clear likes", goneLikes, []any{id[:], 100}, "SEARCH likes USING COVERING INDEX likes_post (post=?)"},
		{"clear replies", goneReplies, []any{id[:], 100}, "SEARCH posts USING INDEX posts_parent (parent=?)"},
		{"clear reposts", goneReposts, []any{id[:], 100}, "SEARCH posts USING INDEX posts_repost (repost_of=?)"},
		{"what is left of a post", addGone, []any{id[:]}, "SEARCH likes USING COVERING INDEX likes_post (post=?)"},
		{"forget", forgetPosts, []any{now, 100}, "SEARCH spent_posts USING COVERING INDEX spent_posts_until (until<?)"},
		{"profile", profileBySub, []any{"x"}, "SEARCH profiles USING INDEX sqlite_autoindex_profiles_1 (sub=?)"},
		{"handle", profileByHandle, []any{"x"}, "SEARCH handles USING PRIMARY KEY (handle=?)"},
		{"handles from", profilesFrom, []any{"x", "y", 5}, "SEARCH profiles USING INDEX sqlite_autoindex_profiles_2 (handle>? AND handle<?)"},
		{"own handles", ownHandles, []any{"x"}, "SEARCH handles USING COVERING INDEX handles_sub (sub=?)"},
		{"limit", stateByKey, []any{id[:]}, "SEARCH limits USING PRIMARY KEY (key=?)"},
		{"sweep of limits", sweepStates, []any{now, 100}, "SEARCH limits USING COVERING INDEX limits_until (until<?)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := explain(t, s.db, tt.query, tt.args)
			if !strings.Contains(plan, tt.want) {
				t.Errorf("plan:\n%s\nwant %s", plan, tt.want)
			}
			// Full-text search says SCAN of its own index, and CONSTANT ROW is
			// the SELECT without a table.
			rest := strings.NewReplacer("SCAN w VIRTUAL TABLE", "", "SCAN CONSTANT ROW", "").Replace(plan)
			for _, bad := range []string{"SCAN", "TEMP B-TREE"} {
				if strings.Contains(rest, bad) {
					t.Errorf("plan has %s:\n%s", bad, plan)
				}
			}
		})
	}
}

func explain(t *testing.T, db *sqlitedb.DB, query string, args []any) string {
	t.Helper()
	var plan strings.Builder
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.Query("EXPLAIN QUERY PLAN "+query, args, func(r sqlitedb.Row) error {
			fmt.Fprintln(&plan, r.Text(3))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
