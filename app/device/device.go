// Package device is what the browser keeps on the person's device: the feed as
// its last reader saw it, so that the site opens without a network, and the
// line between the tabs of one browser.
//
// There is no secret in it: no token, no code, no password. Only one reader's
// snapshot is kept: another's takes its place, so that two people on one device
// never see each other's feed. Wipe takes everything away.
//
// # Why
//
// Beside the snapshot lies a drawing of the page that showed it. Where there is
// no network the boot script (web/js/kept.js) shows that at once, and the
// program takes it over when it has started, as it does a page of the server;
// without it people look at nothing for as long as the program starts. The two
// are written together, so that they are always of one reader and one moment.
//
// What waits to be sent is not here but in package outbox: it outlives a session
// that the server has ended, and Wipe.
package device

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"porchlight/app/shelf"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

// ErrNone says that nothing is kept.
var ErrNone = shelf.ErrNone

// What is kept has these names, also in web/js/kept.js.
const (
	snapshotName = "snapshot"
	drawingName  = "drawing"
)

// Snapshot is the feed as a reader last saw it. A nil Session is a guest. When
// is the moment at which the server answered.
type Snapshot struct {
	Session *claims.Display `json:"session,omitempty"`
	Feed    api.Feed        `json:"feed"`
	When    time.Time       `json:"when"`
}

// Device keeps snapshots. Its methods may be used concurrently; they must not
// run on the UI goroutine.
type Device struct {
	kept *shelf.Shelf
	tabs
}

// New returns this browser's device.
func New() *Device { return &Device{shelf.Open("porchlight"), openTabs()} }

// Keep stores a snapshot in place of the one before, and with it a drawing that
// Draw made of it. Without one, "", nothing is shown before the program starts.
func (d *Device) Keep(ctx context.Context, s Snapshot, drawing string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode snapshot: %w", err)
	}
	texts := map[string]string{snapshotName: string(text)}
	if drawing != "" {
		texts[drawingName] = drawing
	}
	if err := d.kept.Replace(ctx, texts); err != nil {
		return fmt.Errorf("keep snapshot: %w", err)
	}
	return nil
}

// Undraw forgets the drawing: it is not what its reader would see now.
func (d *Device) Undraw(ctx context.Context) error {
	if err := d.kept.Delete(ctx, drawingName); err != nil {
		return fmt.Errorf("forget drawing: %w", err)
	}
	return nil
}

// Last returns what the last reader of this browser saw. It returns ErrNone
// when that is nothing, or nothing that can be read.
func (d *Device) Last(ctx context.Context) (Snapshot, error) {
	text, err := d.kept.Get(ctx, snapshotName)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read snapshot: %w", err)
	}
	return parse(text)
}

// parse returns the snapshot that Keep made the text of, or ErrNone when that
// is not one.
func parse(text string) (Snapshot, error) {
	var s Snapshot
	if json.Unmarshal([]byte(text), &s) != nil || s.When.IsZero() {
		return Snapshot{}, ErrNone
	}
	return s, nil
}

// Wipe forgets everything.
func (d *Device) Wipe(ctx context.Context) error {
	if err := d.kept.Clear(ctx); err != nil {
		return fmt.Errorf("wipe device: %w", err)
	}
	return nil
}
