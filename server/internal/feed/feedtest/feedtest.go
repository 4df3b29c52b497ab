// Package feedtest holds the contract of feed.Store. Every store runs it in its
// own tests.
package feedtest

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// TestStore tests the store that open returns. It must be empty each time, and
// open closes it with t.Cleanup.
func TestStore(t *testing.T, open func(t *testing.T) feed.Store) {
	tests := []struct {
		name string
		run  func(t *testing.T, store feed.Store)
	}{
		{"Posts", testPosts},
		{"Order", testOrder},
		{"Pages", testPages},
		{"Audience", testAudience},
		{"Expiry", testExpiry},
		{"Repeats", testRepeats},
		{"RepeatsAtOnce", testRepeatsAtOnce},
		{"RepeatsOfSwept", testRepeatsOfSwept},
		{"Sweep", testSweep},
		{"Forget", testForget},
		{"Writers", testWriters},
		{"Profiles", testProfiles},
		{"ProfileCase", testProfileCase},
		{"ProfilesAtOnce", testProfilesAtOnce},
		{"ProfileChanges", testProfileChanges},
		{"HandlesAtOnce", testHandlesAtOnce},
		{"HandlePrefix", testHandlePrefix},
		{"Replies", testReplies},
		{"ReplyRefused", testReplyRefused},
		{"RepeatsOfReplies", testRepeatsOfReplies},
		{"RepliesAtOnce", testRepliesAtOnce},
		{"ReplyAsks", testReplyAsks},
		{"MembersReply", testMembersReply},
		{"MembersReplyCounts", testMembersReplyCounts},
		{"ShortReply", testShortReply},
		{"ShortRepliesAtOnce", testShortRepliesAtOnce},
		{"RepeatsOfAsking", testRepeatsOfAsking},
		{"Views", testViews},
		{"Delete", testDelete},
		{"DeleteThread", testDeleteThread},
		{"DeleteRefused", testDeleteRefused},
		{"SweepThread", testSweepThread},
		{"ClearInSlices", testClearInSlices},
		{"Likes", testLikes},
		{"LikesAtOnce", testLikesAtOnce},
		{"Reposts", testReposts},
		{"RepostsAtOnce", testRepostsAtOnce},
		{"Authors", testAuthors},
		{"HideReply", testHideReply},
		{"SearchWords", testSearchWords},
		{"SearchOrder", testSearchOrder},
		{"SearchHostile", testSearchHostile},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
	}
}

// epoch is the time of the tests. Its microseconds are not zero.
var epoch = time.Date(2026, 3, 29, 1, 59, 59, 123_456_000, time.UTC)

// ID returns a UUIDv7 of the time; those of one millisecond are ordered by n.
func ID(at time.Time, n uint16) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16)
	id[6] = 0x70
	id[8] = 0x80
	binary.BigEndian.PutUint16(id[14:], n)
	return id
}

// post returns a post for everyone, for ever, made n milliseconds after epoch.
func post(n int) feed.Post {
	at := epoch.Add(time.Duration(n) * time.Millisecond)
	return feed.Post{
		ID: ID(at, 0), Author: "sub-ann", Handle: "ann", Name: "Ann",
		Message: "hello", Audience: api.AudienceEveryone, Created: at,
	}
}

// reply returns a reply to parent, made n milliseconds after epoch.
func reply(n int, parent feed.Post) feed.Post {
	p := post(n)
	p.Parent, p.Audience, p.Message = parent.ID, "", "a reply"
	return p
}

// stored returns p as the Store keeps it: a reply that asks for nothing with what
// it inherits.
func stored(p, parent feed.Post) feed.Post {
	p.Audience, p.Expires = parent.Audience, parent.Expires
	return p
}

func profile(sub, handle, name string) feed.Profile {
	return feed.Profile{Sub: sub, Handle: handle, Name: name, Created: epoch}
}

// moderator is what a moderator sees at epoch.
func moderator() feed.View { return feed.View{Members: true, Moderator: true, Now: epoch} }

func insert(t *testing.T, store feed.Store, posts ...feed.Post) {
	t.Helper()
	for _, p := range posts {
		if _, err := store.Insert(t.Context(), p); err != nil {
			t.Fatalf("Insert(%v) = %v", p.ID, err)
		}
	}
}

// page returns what a member sees at epoch, whole.
func all() feed.Page {
	return feed.Page{Before: uuid.Max, Limit: 1000, View: feed.View{Members: true, Now: epoch}}
}

func home(t *testing.T, store feed.Store, page feed.Page) []feed.Post {
	t.Helper()
	posts, err := store.Home(t.Context(), page)
	if err != nil {
		t.Fatalf("Home(%+v) = %v", page, err)
	}
	return posts
}

// wantHome compares the ids on a page with those of want.
func wantHome(t *testing.T, store feed.Store, page feed.Page, want ...feed.Post) {
	t.Helper()
	if diff := cmp.Diff(ids(want), ids(home(t, store, page))); diff != "" {
		t.Errorf("Home(%+v) (-want +got):\n%s", page, diff)
	}
}

func ids(posts []feed.Post) []string {
	list := make([]string, 0, len(posts))
	for _, p := range posts {
		list = append(list, p.ID.String())
	}
	return list
}

// slice calls remove once and compares the answer.
func slice(t *testing.T, remove func(context.Context, time.Time, int) (int, error), now time.Time, limit, want int) {
	t.Helper()
	got, err := remove(t.Context(), now, limit)
	if err != nil || got != want {
		t.Errorf("slice of %d at %v = %d, %v, want %d", limit, now, got, err, want)
	}
}

// sweep calls Sweep once and compares the answer.
func sweep(t *testing.T, store feed.Store, now time.Time, limit, want int, uncounted ...feed.Post) {
	t.Helper()
	got, replies, err := store.Sweep(t.Context(), now, limit)
	if err != nil || got != want {
		t.Errorf("Sweep(%d) at %v = %d, %v, want %d", limit, now, got, err, want)
	}
	slices.SortFunc(replies, func(a, b feed.Post) int { return slices.Compare(a.ID[:], b.ID[:]) })
	if diff := cmp.Diff(uncounted, replies, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Sweep(%d) at %v, replies that are counted no more (-want +got):\n%s", limit, now, diff)
	}
}
