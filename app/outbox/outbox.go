// Package outbox keeps what a person wrote or pressed until the server has it:
// posts and replies, likes, reposts, deletions. It is on the device, so that it
// outlives a dead line, a closed tab and a session that has ended.
//
// # What holds
//
// In order: what one person did is sent as it was done.
//
// Not lost: an item is on the device when Save has returned without an error, and
// then outlives the tab and the browser; only then may it be called waiting. A
// crash of the machine in the next seconds may lose it still, as browsers do not
// wait for the disk. Before that, some milliseconds, it is in this tab's memory
// only: Loose says so, and the program asks who is about to leave. It is not sent
// meanwhile: to send in order and once, tabs have to find it on the device first.
//
// Exactly once: every item has an ID that was made here, and a post has the
// item's. Box.Send takes a lock that all tabs of the browser share, reads what
// is there anew, and forgets an item only after the server has it. A browser
// that dies in between sends it again, and the server answers a repeat as it
// did the first time.
//
// Never as another: an item belongs to the sub of who made it. Nobody else is
// shown it, who sends asks the server who is signed in before each item, and the
// request with it says whose it is (api.HeaderSub), which the server checks. Then
// it stays for its owner.
//
// Whoever signs out: what others have not sent outlives that. While anything
// waits there is a flag that says so to the server (api.CookieUnsent), which then
// does not have the browser clear what the site keeps.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"porchlight/app/shelf"
	"porchlight/shared/api"
)

// Changed is what a tab tells the others when it has put something in or taken
// something out.
const Changed = "outbox"

// A Kind is what an item asks for.
type Kind string

// The kinds. All but Post are about the post with the ID Target; On says
// whether to do it or to take it back.
const (
	Post   Kind = "post" // a post or a reply
	Like   Kind = "like"
	Repost Kind = "repost"
	Hide   Kind = "hidden"
	Delete Kind = "delete"
)

// An Item is one thing that waits to be sent.
type Item struct {
	ID   string    `json:"id"`  // UUIDv7; a post gets the same
	Sub  string    `json:"sub"` // who made it
	Kind Kind      `json:"kind"`
	Made time.Time `json:"made"`
	// After is when it may be sent, for what can be undone until then.
	After time.Time `json:"after,omitzero"`

	Post   api.NewPost `json:"post,omitzero"`
	Target string      `json:"target,omitempty"`
	On     bool        `json:"on,omitempty"`

	// Problem is why the server refused the post. It is not sent again; its
	// author decides what becomes of the text.
	Problem *api.Problem `json:"problem,omitempty"`
}

// supersedes reports whether other does not matter any more because of i.
func (i Item) supersedes(other Item) bool {
	return i.Kind != Post && i.Kind == other.Kind && i.Target == other.Target
}

// A Box holds the items of all who use this browser. Add and Remove take effect
// at once and may run anywhere; the others wait for the device or the network
// and must not run on the UI goroutine. All may be used concurrently.
//
// What the device cannot keep (private windows, full disks) is held in memory
// for as long as the Box is.
type Box struct {
	shelf *shelf.Shelf
	turn  chan struct{} // held by who reads or writes the shelf
	flag  flag          // up while anything waits

	mu    sync.Mutex       // never held across anything that waits
	dirty map[string]*Item // what the shelf does not know yet; nil is removed
	fails bool             // the last Save did not work
}

// New returns this browser's box.
func New() *Box {
	return &Box{shelf: shelf.Open("porchlight-outbox"), turn: make(chan struct{}, 1), dirty: map[string]*Item{}}
}

// Add puts an item in, or another in place of the one with the same ID.
func (b *Box) Add(i Item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dirty[i.ID] = &i
	b.flag.set(true)
}

// Remove takes the item with the ID out.
func (b *Box) Remove(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dirty[id] = nil
}

// Kept reports whether the item with the ID is on the device as it is here.
func (b *Box) Kept(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, changed := b.dirty[id]
	return !changed
}

// Fails reports whether the device did not take what Save brought last.
func (b *Box) Fails() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fails
}

// Loose reports whether something would be lost, if the tab died now, that is
// worth a question to who closes it: words, or what a device does not take. A
// press that is on its way there in these milliseconds is not; nor is what was
// not taken out of the device, for to send that once more does no harm.
func (b *Box) Loose() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range b.dirty {
		if i != nil && (i.Kind == Post || b.fails) {
			return true
		}
	}
	return false
}

// Save brings to the device what Add and Remove have changed.
func (b *Box) Save(ctx context.Context) error {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	err := b.saveAll(ctx)
	b.mu.Lock()
	b.fails = err != nil
	b.mu.Unlock()
	b.all(ctx)
	return err
}

func (b *Box) saveAll(ctx context.Context) error {
	for id, i := range b.changes() {
		if err := b.save(ctx, id, i); err != nil {
			return fmt.Errorf("save outbox: %w", err)
		}
		b.mu.Lock()
		if b.dirty[id] == i {
			delete(b.dirty, id)
		}
		b.mu.Unlock()
	}
	return nil
}

func (b *Box) save(ctx context.Context, id string, i *Item) error {
	if i == nil {
		return b.shelf.Delete(ctx, id)
	}
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	return b.shelf.Put(ctx, id, string(text))
}

// changes returns what the shelf does not know yet.
func (b *Box) changes() map[string]*Item {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.dirty)
}

// List returns the items of the sub in the order in which they were made. When
// the device cannot be read, it is what this Box holds in memory.
func (b *Box) List(ctx context.Context, sub string) []Item {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	var list []Item
	for _, i := range b.all(ctx) {
		if i.Sub == sub && sub != "" {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(x, y Item) int {
		if c := x.Made.Compare(y.Made); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return list
}

// all returns the items of everybody, by ID, and sets the flag. It needs the turn.
func (b *Box) all(ctx context.Context) map[string]Item {
	texts, _ := b.shelf.All(ctx) // what cannot be read is not there
	all := map[string]Item{}
	for _, text := range texts {
		var i Item
		if json.Unmarshal([]byte(text), &i) == nil && i.ID != "" {
			all[i.ID] = i
		}
	}
	for id, i := range b.changes() {
		delete(all, id)
		if i != nil {
			all[id] = *i
		}
	}
	b.flag.set(len(all) > 0)
	return all
}

// Clear forgets what the sub has not sent.
func (b *Box) Clear(ctx context.Context, sub string) error {
	for _, i := range b.List(ctx, sub) {
		b.Remove(i.ID)
	}
	return b.Save(ctx)
}
