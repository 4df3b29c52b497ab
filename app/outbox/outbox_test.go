//go:build !js

package outbox_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"porchlight/app/outbox"
	"porchlight/shared/api"
)

func evening() time.Time { return time.Date(2026, 5, 4, 19, 30, 0, 0, time.UTC) }

func post(id, sub string, second int) outbox.Item {
	return outbox.Item{ID: id, Sub: sub, Kind: outbox.Post, Made: evening().Add(time.Duration(second) * time.Second), Post: api.NewPost{ID: id, Message: id}}
}

func press(id string, kind outbox.Kind, target string, on bool, second int) outbox.Item {
	i := post(id, "ada", second)
	i.Kind, i.Target, i.On, i.Post = kind, target, on, api.NewPost{}
	return i
}

// A line carries items and remembers them. answers are by ID; a missing one is
// that it worked.
type line struct {
	sent    []string
	refused []string
	answers map[string]error
}

func (l *line) courier(sub string) outbox.Courier {
	return outbox.Courier{
		Sub: sub,
		Now: func() time.Time { return evening().Add(time.Hour) },
		Carry: func(_ context.Context, i outbox.Item) error {
			if err := l.answers[i.ID]; err != nil {
				return err
			}
			l.sent = append(l.sent, i.ID)
			return nil
		},
		Refused: func(i outbox.Item) { l.refused = append(l.refused, i.ID+" "+i.Problem.Title) },
	}
}

func ids(items []outbox.Item) (ids []string) {
	for _, i := range items {
		ids = append(ids, i.ID)
	}
	return ids
}

func fill(t *testing.T, b *outbox.Box, items ...outbox.Item) {
	t.Helper()
	for _, i := range items {
		b.Add(i)
	}
	if err := b.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func status(n int) *api.Problem { return &api.Problem{Title: "no", Status: n} }

func TestSend(t *testing.T) {
	offline := errors.New("offline")
	later := post("later", "ada", 0)
	later.After = evening().Add(2 * time.Hour)
	due := post("due", "ada", 3)
	due.After = evening().Add(time.Hour)
	tests := []struct {
		name                string
		items               []outbox.Item
		answers             map[string]error
		sent, left, refused []string
		stopped             error
	}{
		{name: "nothing"},
		{name: "in the order in which they were made", items: []outbox.Item{post("b", "ada", 2), post("c", "ada", 3), post("a", "ada", 2)},
			sent: []string{"a", "b", "c"}},
		{name: "only one's own", items: []outbox.Item{post("a", "ada", 1), post("b", "bob", 0)},
			sent: []string{"a"}},
		{name: "a dead line keeps the order", items: []outbox.Item{post("a", "ada", 1), post("b", "ada", 2), post("c", "ada", 3)},
			answers: map[string]error{"b": offline}, sent: []string{"a"}, left: []string{"b", "c"}, stopped: offline},
		{name: "somebody else came", items: []outbox.Item{post("a", "ada", 1)},
			answers: map[string]error{"a": outbox.ErrOther}, left: []string{"a"}, stopped: outbox.ErrOther},
		{name: "a refused post stays and lets others pass", items: []outbox.Item{post("a", "ada", 1), post("b", "ada", 2)},
			answers: map[string]error{"a": status(422)}, sent: []string{"b"}, left: []string{"a"}, refused: []string{"a no"}},
		{name: "a refused press goes", items: []outbox.Item{press("a", outbox.Like, "p", true, 1), post("b", "ada", 2)},
			answers: map[string]error{"a": status(404)}, sent: []string{"b"}, refused: []string{"a no"}},
		{name: "not signed in waits", items: []outbox.Item{post("a", "ada", 1)},
			answers: map[string]error{"a": status(401)}, left: []string{"a"}, stopped: status(401)},
		{name: "too many waits", items: []outbox.Item{post("a", "ada", 1)},
			answers: map[string]error{"a": status(429)}, left: []string{"a"}, stopped: status(429)},
		{name: "a broken server waits", items: []outbox.Item{post("a", "ada", 1)},
			answers: map[string]error{"a": status(503)}, left: []string{"a"}, stopped: status(503)},
		{name: "what can be undone waits and lets others pass", items: []outbox.Item{later, post("b", "ada", 2), due},
			sent: []string{"b", "due"}, left: []string{"later"}},
		{name: "the last press counts", items: []outbox.Item{
			press("a", outbox.Like, "p", true, 1), press("b", outbox.Like, "q", true, 2), press("c", outbox.Repost, "p", true, 3), press("d", outbox.Like, "p", false, 4)},
			sent: []string{"b", "c", "d"}},
	}
	for _, test := range tests {
		b, l := outbox.New(), &line{answers: test.answers}
		fill(t, b, test.items...)
		err := b.Send(t.Context(), l.courier("ada"))
		if test.stopped == nil && err != nil || test.stopped != nil && err == nil || err != nil && err.Error() != test.stopped.Error() {
			t.Errorf("%s: Send = %v, want %v", test.name, err, test.stopped)
		}
		if left := ids(b.List(t.Context(), "ada")); !slices.Equal(l.sent, test.sent) || !slices.Equal(left, test.left) || !slices.Equal(l.refused, test.refused) {
			t.Errorf("%s: sent %q, left %q, refused %q, want %q, %q, %q", test.name, l.sent, left, l.refused, test.sent, test.left, test.refused)
		}
		again := &line{}
		if err := b.Send(t.Context(), again.courier("ada")); err != nil {
			t.Errorf("%s: Send again = %v", test.name, err)
		}
		for _, id := range again.sent {
			if slices.Contains(test.sent, id) {
				t.Errorf("%s: %s was sent twice", test.name, id)
			}
		}
	}
}

// TestRefusedKeepsText checks that a refused post is there with its reason, and
// is not tried again.
func TestRefusedKeepsText(t *testing.T) {
	b := outbox.New()
	fill(t, b, post("a", "ada", 1))
	if err := b.Send(t.Context(), (&line{answers: map[string]error{"a": status(409)}}).courier("ada")); err != nil {
		t.Fatal(err)
	}
	items := b.List(t.Context(), "ada")
	if len(items) != 1 || items[0].Post.Message != "a" || items[0].Problem == nil || items[0].Problem.Status != 409 {
		t.Fatalf("the box has %+v", items)
	}
	l := &line{}
	if err := b.Send(t.Context(), l.courier("ada")); err != nil || len(l.sent) != 0 {
		t.Errorf("Send again = %v, sent %q", err, l.sent)
	}
	b.Remove("a")
	if left := b.List(t.Context(), "ada"); len(left) != 0 {
		t.Errorf("after Remove there is %v", left)
	}
}

// TestAddWhileSending checks that what comes during a round is sent in it.
func TestAddWhileSending(t *testing.T) {
	b, l := outbox.New(), &line{}
	fill(t, b, post("a", "ada", 1))
	c := l.courier("ada")
	carry := c.Carry
	c.Carry = func(ctx context.Context, i outbox.Item) error {
		if i.ID == "a" {
			b.Add(post("b", "ada", 2))
		}
		return carry(ctx, i)
	}
	if err := b.Send(t.Context(), c); err != nil || !slices.Equal(l.sent, []string{"a", "b"}) {
		t.Errorf("Send = %v, sent %q", err, l.sent)
	}
}

func TestList(t *testing.T) {
	b := outbox.New()
	b.Add(post("a", "ada", 1)) // not saved yet
	if got := ids(b.List(t.Context(), "ada")); !slices.Equal(got, []string{"a"}) {
		t.Errorf("List before Save = %q", got)
	}
	if got := b.List(t.Context(), ""); len(got) != 0 {
		t.Errorf("List(nobody) = %v", got)
	}
	fill(t, b, post("b", "bob", 1))
	b.Remove("a")
	if got := b.List(t.Context(), "ada"); len(got) != 0 {
		t.Errorf("List after Remove = %v", got)
	}
	fill(t, b, post("c", "ada", 1))
	if err := b.Clear(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if got := b.List(t.Context(), "ada"); len(got) != 0 {
		t.Errorf("List after Clear = %v", got)
	}
	if got := ids(b.List(t.Context(), "bob")); !slices.Equal(got, []string{"b"}) {
		t.Errorf("List(bob) = %q after ada's was cleared", got)
	}
}

// TestFlag: the server is told whether anything waits, of whomever.
func TestFlag(t *testing.T) {
	b, ctx := outbox.New(), t.Context()
	want := func(when string, up bool) {
		t.Helper()
		if b.Flagged() != up {
			t.Errorf("%s the flag is up: %t, want %t", when, b.Flagged(), up)
		}
	}
	want("at first", false)
	b.Add(post("a", "ada", 1))
	want("before Save", true)
	fill(t, b, post("b", "bob", 1))
	if err := b.Send(ctx, (&line{}).courier("ada")); err != nil {
		t.Fatal(err)
	}
	want("while bob's waits", true)
	if err := b.Clear(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	want("after nothing of ada's was cleared", true)
	if err := b.Clear(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	want("after bob's was cleared", false)
	fill(t, b, post("c", "ada", 1))
	if err := b.Send(ctx, (&line{}).courier("ada")); err != nil {
		t.Fatal(err)
	}
	want("when all was sent", false)
}

// TestLoose: until the device has what was written, leaving would lose it. A press
// is worth no question while the device takes what there is.
func TestLoose(t *testing.T) {
	b, ctx := outbox.New(), t.Context()
	full, cancel := context.WithCancel(ctx)
	cancel() // a device that takes nothing
	want := func(when string, kept, loose, fails bool) {
		t.Helper()
		if b.Kept("a") != kept || b.Loose() != loose || b.Fails() != fails {
			t.Errorf("%s: kept %t, loose %t, fails %t, want %t, %t, %t", when, b.Kept("a"), b.Loose(), b.Fails(), kept, loose, fails)
		}
	}
	save := func(ctx context.Context, works bool) {
		t.Helper()
		if err := b.Save(ctx); (err == nil) != works {
			t.Errorf("Save = %v, want it to work: %t", err, works)
		}
	}
	b.Add(post("a", "ada", 1))
	want("added", false, true, false)
	save(ctx, true)
	want("saved", true, false, false)
	b.Remove("a")
	want("removed", false, false, false)
	save(full, false)
	want("not removed from a full device", false, false, true) // and a repeat does no harm
	b.Add(post("a", "ada", 1))
	want("added again", false, true, true)
	save(full, false)
	want("not saved on a full device", false, true, true)
	save(ctx, true)
	want("saved at last", true, false, false)
	b.Add(press("a", outbox.Like, "target", true, 2))
	want("pressed", false, false, false)
	save(full, false)
	want("pressed on a full device", false, true, true)
}
