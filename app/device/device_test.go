//go:build !js

package device_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"porchlight/app/device"
	"porchlight/shared/api"
	"porchlight/shared/claims"
)

func TestDevice(t *testing.T) {
	ctx, d := t.Context(), device.New()
	if _, err := d.Last(ctx); !errors.Is(err, device.ErrNone) {
		t.Errorf("Last(nothing) = %v, want ErrNone", err)
	}
	ada := device.Snapshot{
		Session: &claims.Display{Subject: "a", Handle: "ada", Name: "Ada"},
		Feed:    api.Feed{Posts: []api.Post{{ID: "1", Message: "for members"}}, Next: "1"},
		When:    time.Date(2026, 5, 4, 19, 30, 0, 123456000, time.UTC),
	}
	guest := device.Snapshot{Feed: api.Feed{Posts: []api.Post{{ID: "2"}}}, When: ada.When.Add(time.Hour)}
	for _, want := range []device.Snapshot{ada, guest, ada} {
		if err := d.Keep(ctx, want, "a drawing"); err != nil {
			t.Fatal(err)
		}
		got, err := d.Last(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Last after Keep (-want +got):\n%s", diff)
		}
	}
	if err := d.Undraw(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Last(ctx); err != nil || got.Feed.Next != "1" {
		t.Errorf("Last after Undraw = %v, %v", got, err)
	}
	if err := d.Wipe(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Last(ctx); !errors.Is(err, device.ErrNone) {
		t.Errorf("Last(wiped) = %v, want ErrNone", err)
	}
}

func TestDevicesAreApart(t *testing.T) {
	one, other := device.New(), device.New()
	if err := one.Keep(t.Context(), device.Snapshot{When: time.Now()}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Last(t.Context()); !errors.Is(err, device.ErrNone) {
		t.Errorf("Last(another device) = %v, want ErrNone", err)
	}
}
