//go:build !js

package shelf_test

import (
	"errors"
	"slices"
	"testing"

	"porchlight/app/shelf"
)

func TestShelf(t *testing.T) {
	ctx, s := t.Context(), shelf.Open("x")
	if _, err := s.Get(ctx, "a"); !errors.Is(err, shelf.ErrNone) {
		t.Errorf("Get(nothing) = %v, want ErrNone", err)
	}
	for name, text := range map[string]string{"b": "2", "a": "0", "c": "3"} {
		if err := s.Put(ctx, name, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Put(ctx, "a", "1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, "c"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, "never there"); err != nil {
		t.Errorf("Delete(nothing) = %v", err)
	}
	if all, err := s.All(ctx); err != nil || !slices.Equal(all, []string{"1", "2"}) {
		t.Errorf("All = %q, %v", all, err)
	}
	if text, err := s.Get(ctx, "a"); err != nil || text != "1" {
		t.Errorf("Get = %q, %v", text, err)
	}
	if err := s.Replace(ctx, map[string]string{"b": "4", "d": "5"}); err != nil {
		t.Fatal(err)
	}
	if all, err := s.All(ctx); err != nil || !slices.Equal(all, []string{"4", "5"}) {
		t.Errorf("All after Replace = %q, %v", all, err)
	}
	if err := s.Clear(ctx); err != nil {
		t.Fatal(err)
	}
	if all, err := s.All(ctx); err != nil || len(all) != 0 {
		t.Errorf("All after Clear = %q, %v", all, err)
	}
}
