package outbox

import (
	"context"
	"errors"
	"time"

	"porchlight/shared/api"
)

// ErrOther says that somebody else is signed in by now than who made the items.
var ErrOther = errors.New("somebody else is signed in")

// A Courier carries the items of one person to the server.
type Courier struct {
	Sub string
	Now func() time.Time
	// Carry sends one item. An error that is no refusal by the server stops the
	// round: the rest waits, so that the order holds. It returns ErrOther when it
	// finds that Sub is not who is signed in.
	Carry func(ctx context.Context, i Item) error
	// Refused is told of an item that the server will never take. A post stays in
	// the box, with the problem; anything else is gone.
	Refused func(i Item)
}

// Send carries what is due, one after the other, and returns why it stopped;
// nil is that all was carried. Only one tab of a browser does so at a time: the
// others wait for it, and find nothing left.
func (b *Box) Send(ctx context.Context, c Courier) (err error) {
	alone(func() {
		for err == nil {
			i, ok := b.next(ctx, c)
			if !ok {
				return
			}
			err = b.carry(ctx, c, i)
		}
	})
	return err
}

// next returns the first item that is due. What a later press has undone is
// thrown away on the way.
func (b *Box) next(ctx context.Context, c Courier) (next Item, ok bool) {
	list := b.List(ctx, c.Sub)
	for n, i := range list {
		if moot(i, list[n+1:]) {
			b.Remove(i.ID)
			continue
		}
		if i.Problem == nil && !i.After.After(c.Now()) {
			return i, true
		}
	}
	return Item{}, false
}

func moot(i Item, later []Item) bool {
	for _, other := range later {
		if other.supersedes(i) {
			return true
		}
	}
	return false
}

func (b *Box) carry(ctx context.Context, c Courier, i Item) error {
	err := c.Carry(ctx, i)
	problem, refused := errors.AsType[*api.Problem](err)
	if err != nil && !(refused && final(problem)) {
		return err
	}
	if err == nil || i.Kind != Post {
		b.Remove(i.ID)
	}
	if err != nil {
		i.Problem = problem
		if i.Kind == Post {
			b.Add(i)
		}
		c.Refused(i)
	}
	_ = b.Save(ctx) // what cannot be saved is held in memory
	return nil
}

// final reports whether trying again would be of no use. Who has to sign in
// first, or sent too much, can try again later.
func final(p *api.Problem) bool {
	switch p.Status {
	case 401, 408, 425, 429:
		return false
	}
	return p.Status >= 400 && p.Status <= 499
}
