//go:build !js

package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// A post that the page shows already is taken over in two steps: first the
// element alone, its content when it wakes.
func TestSleep(t *testing.T) {
	changed := entry{Post: somePosts(1)[0]}
	changed.Post.Likes++
	tests := []struct {
		name string
		live bool
		then card
		want bool
	}{
		{"nothing has changed", false, card{Asleep: true}, true},
		{"time goes by", false, card{Asleep: true, Now: evening().AddDate(0, 0, 1)}, true},
		{"its turn has come", false, card{}, false},
		{"it has changed", false, card{Asleep: true, Entry: changed}, false},
		{"the program has made it", true, card{Asleep: true}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := New(Config{Page: memberPage(somePosts(1)...), Standing: true, Now: evening})
			p.live = test.live
			first := &card{Entry: entry{Post: somePosts(1)[0]}, Asleep: true, p: p}
			engine := app.NewTestEngine()
			if err := engine.Load(first); err != nil {
				t.Fatal(err)
			}
			if got := asleep(first); got == test.live || p.sleepers > 0 == test.live {
				t.Fatalf("at first it sleeps = %t, of %d", got, p.sleepers)
			}
			then := test.then
			then.p = p
			if then.Entry.Post.ID == "" {
				then.Entry = first.Entry
			}
			if err := engine.Load(&then); err != nil {
				t.Fatal(err)
			}
			if got := asleep(first); got != test.want || p.sleepers > 0 != test.want {
				t.Errorf("it sleeps = %t, of %d, want %t: %s", got, p.sleepers, test.want, app.HTMLString(first))
			}
		})
	}
}

// asleep reports whether the post is drawn as one that sleeps: marked, and empty.
func asleep(c *card) bool {
	page := app.HTMLString(c)
	marked, full := strings.Contains(page, "data-asleep"), strings.Contains(page, "line one")
	return marked && !full
}

func TestSleepHolds(t *testing.T) {
	s := sleep{Awake: 2, First: "d"}
	for i, id := range []string{"a", "b", "c", "d", "e"} {
		e := entry{}
		e.Post.ID = id
		if got, want := s.holds(i, e), id == "c" || id == "e"; got != want {
			t.Errorf("holds(%d, %s) = %t, want %t", i, id, got, want)
		}
	}
	if (sleep{Awake: everyone}).holds(1000, entry{}) {
		t.Error("somebody sleeps when everyone is awake")
	}
}

// One post after the other is woken, and then everyone is.
func TestRouse(t *testing.T) {
	p := New(Config{Page: memberPage(somePosts(3)...), Standing: true, Now: evening})
	p.dispatch = func(func()) {}
	p.sleepers = 2
	p.rouse()
	if p.sleep.Awake != 1 {
		t.Errorf("awake = %d after the first step, want 1", p.sleep.Awake)
	}
	p.sleepers = 0
	p.rouse()
	if p.sleep.Awake != everyone {
		t.Errorf("awake = %d when nobody sleeps, want everyone", p.sleep.Awake)
	}
	if p := New(Config{Now: evening}); p.sleep.Awake != everyone {
		t.Error("a program that makes its page itself lets posts sleep")
	}
}
