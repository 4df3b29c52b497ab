package sqlite

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/server/internal/feed/feedtest"
	"porchlight/server/internal/sqlitedb"
)

// olderPostCount is several slices, and more than one look.
const olderPostCount = indexLook + 2*indexSlice + 50

// writeOlderPosts makes a file of before there was a search. Every tenth post is
// for members.
func writeOlderPosts(t *testing.T, path string, at time.Time) {
	t.Helper()
	writeOlder(t, path, 4, func(tx *sqlitedb.Tx) error {
		for n := range olderPostCount {
			id, audience := feedtest.ID(at.Add(time.Duration(n/3)*time.Millisecond), uint16(n)), "everyone"
			if n%10 == 0 {
				audience = "members"
			}
			const insert = "INSERT INTO posts (id, author, handle, name, message, audience, created) VALUES (?, 'sub', 'ann', 'Ann', 'An older lamp', ?, ?)"
			if _, err := tx.Exec(insert, id[:], audience, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// found searches as a reader and returns how many posts there are.
func found(t *testing.T, s *Store, members bool, words ...string) int {
	t.Helper()
	view := feed.View{Members: members, Now: time.Unix(1_800_000_000, 0)}
	posts, err := s.Feed().Search(t.Context(), feed.Page{View: view, Before: uuid.Max, Limit: 2 * olderPostCount}, words)
	if err != nil {
		t.Fatal(err)
	}
	return len(posts)
}

// TestIndex opens a file of before there was a search, puts some of its posts
// into it, and goes on in the next life of the program.
func TestIndex(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	at := time.Unix(1_700_000_000, 0).UTC()
	writeOlderPosts(t, path, at)
	open := func() *Store {
		t.Helper()
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	shut := func(s *Store) {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open()
	fresh := feed.Post{ID: feedtest.ID(at.Add(time.Hour), 0), Author: "sub", Handle: "ann", Message: "A fresh lamp", Audience: "everyone", Created: at}
	if _, err := s.Feed().Insert(t.Context(), fresh); err != nil {
		t.Fatal(err)
	}
	if n := found(t, s, true, "lamp"); n != 1 {
		t.Errorf("before the index is made %d posts are found, want the fresh one", n)
	}
	// One slice, and then the program is killed.
	from, ok, err := s.Feed().unindexed(t.Context())
	if err != nil || !ok {
		t.Fatalf("unindexed = %v, %t, %v", from, ok, err)
	}
	if _, n, err := s.Feed().indexSome(t.Context(), from); err != nil || n != indexSlice {
		t.Fatalf("indexSome = %d, %v, want %d", n, err, indexSlice)
	}
	if n := found(t, s, true, "older"); n != indexSlice {
		t.Errorf("after one slice %d posts are found, want %d", n, indexSlice)
	}
	// What goes meanwhile is not in the way.
	if _, err := s.Feed().Delete(t.Context(), feed.View{Members: true, Now: at}, "sub", feedtest.ID(at, 1)); err != nil {
		t.Fatal(err)
	}
	shut(s)

	s = open()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	s.Index(ended, logger) // a program that ends at once
	s.Index(t.Context(), logger)
	all, forAll := olderPostCount-1, olderPostCount-1-(olderPostCount+9)/10
	if n := found(t, s, true, "older", "lamp", "ann"); n != all {
		t.Errorf("members find %d posts, want %d", n, all)
	}
	if n := found(t, s, false, "older"); n != forAll {
		t.Errorf("guests find %d posts, want %d", n, forAll)
	}
	if text := log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "count=1149") || strings.Contains(text, "lamp") {
		t.Errorf("the log says\n%s", text)
	}
	log.Reset()
	shut(s)
	s = open()
	s.Index(t.Context(), logger)
	if log.Len() > 0 || found(t, s, true, "older") != all {
		t.Errorf("a second time the log says %q and %d posts are found", log.String(), found(t, s, true, "older"))
	}
	shut(s)
}

// TestIndexOfNew: a store that never was older has nothing to do.
func TestIndexOfNew(t *testing.T) {
	s := newStore(t)
	var log bytes.Buffer
	s.Index(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
	if log.Len() > 0 {
		t.Errorf("the log says %s", &log)
	}
}

// TestIndexOfReposts opens a file in which posts of before the search, reposts
// and posts that are in it already are mixed.
func TestIndexOfReposts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	at := time.Unix(1_700_000_000, 0).UTC()
	first, again, placed := feedtest.ID(at, 1), feedtest.ID(at, 2), feedtest.ID(at, 3)
	writeOlder(t, path, 5, func(tx *sqlitedb.Tx) error {
		const insert = "INSERT INTO posts (id, author, handle, name, message, audience, created, repost_of, place)" +
			" VALUES (?, 'sub', 'ann', 'Ann', ?, 'everyone', ?, ?, ?)"
		for _, row := range [][]any{
			{first[:], "older", at, nil, nil},
			{again[:], "", at, first[:], nil},
			{placed[:], "older", at, nil, firstPlace(placed)},
		} {
			if _, err := tx.Exec(insert, row...); err != nil {
				return err
			}
		}
		_, err := tx.Exec("INSERT INTO post_words (rowid, words) VALUES (?, 'older \ue000')", firstPlace(placed))
		return err
	})
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Index(t.Context(), slog.New(slog.DiscardHandler))
	if n := found(t, s, false, "older"); n != 2 {
		t.Errorf("%d posts are found, want 2", n)
	}
	if n := found(t, s, false, "ann"); n != 1 { // the one that was placed has no such word
		t.Errorf("%d posts are found by their author, want the one that was not there", n)
	}
}
