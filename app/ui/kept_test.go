//go:build !js

package ui

import (
	"testing"
	"testing/synctest"
	"time"

	"porchlight/app/device"
	"porchlight/app/outbox"
	"porchlight/shared/api"
)

// The shell shows the device's copy already: the program's first page is the
// same, and goes on from there as if it had read the copy itself.
func TestKeptStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := member(somePosts(3)...)
		s.down = true
		kept := &device.Snapshot{Session: ada(), Feed: api.Feed{Posts: somePosts(2)}, When: evening().Add(-5 * time.Minute)}
		b := newTab(t, s, Config{Kept: kept})
		if got := len(all(b.page(), "article")); got != 2 || !b.says("Sign out") {
			t.Errorf("before it wakes the program draws %d posts: %q", got, content(b.page()))
		}
		b.begin()
		if got := len(all(b.page(), "article")); got != 2 || !b.says("Offline. Showing the feed as of 5 minutes ago.") {
			t.Errorf("%d posts: %q", got, content(b.page()))
		}
		if b.drawn != 0 {
			t.Error("a copy that the server has not confirmed was drawn again")
		}
		s.down = false
		time.Sleep(firstRetry + time.Second)
		b.settle()
		if got := len(all(b.page(), "article")); got != 3 || b.offline || b.drawn == 0 {
			t.Errorf("%d posts, offline %t, drawn %d times: it does not catch up", got, b.offline, b.drawn)
		}
		b.timer.Stop()
	})
}

// Only a page of the server knows what the device keeps: on that, the copy is
// left alone.
func TestKeptIsNotForPages(t *testing.T) {
	p := New(Config{Page: guestPage(api.PathHome), Kept: &device.Snapshot{Session: ada(), When: evening()}, Now: evening})
	if p.session != nil {
		t.Error("a page of the server shows who was here before")
	}
}

// The page is drawn for the device when it shows the newest feed as the server
// has it, and then only.
func TestDrawing(t *testing.T) {
	many := somePosts(api.MaxLimit + 1)
	tests := []struct {
		name string
		page api.Page
		do   func(b *tab)
		want bool
	}{
		{"a member's feed", memberPage(somePosts(2)...), func(*tab) {}, true},
		{"a guest's feed", api.Page{Path: api.PathHome, Now: evening(), Feed: &api.Feed{}}, func(*tab) {}, false},
		{"something waits", memberPage(somePosts(2)...), func(b *tab) {
			b.queue.items = []outbox.Item{{ID: firstID, Sub: ada().Subject, Kind: outbox.Like, Target: somePosts(1)[0].ID, On: true}}
		}, false},
		{"nobody knows what waits", memberPage(somePosts(2)...), func(b *tab) { b.queue.read = false }, false},
		{"somebody writes", memberPage(somePosts(2)...), func(b *tab) { b.draft = "Half a" }, false},
		{"another page", memberPage(somePosts(2)...), func(b *tab) { b.Program.page.Path = api.PathAccount }, false},
		{"more than is kept", memberPage(many...), func(*tab) {}, false},
		{"another reader meanwhile", memberPage(somePosts(2)...), func(b *tab) {
			b.stage.after = func(f func()) { b.reader++; b.later(f) }
		}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := openTab(t, member(), test.page)
			b.drawn = 0
			test.do(b)
			b.keep()
			b.settle()
			if got := b.drawn > 0; got != test.want {
				t.Errorf("drawn = %t, want %t", got, test.want)
			}
		})
	}
}
