package feed

import (
	"context"
	"errors"

	"github.com/google/uuid"
)

// Entry returns what reads a post, a reply or a repost of the store by its ID:
// Store.Post is for those that can be opened. What is not in the View is
// ErrNotFound.
//
// A repost is read as the home page that begins with it. So it needs no query of
// its own, and who may see it is decided where the page decides it.
func Entry(store Store) func(ctx context.Context, v View, id uuid.UUID) (Post, error) {
	return func(ctx context.Context, v View, id uuid.UUID) (Post, error) {
		p, err := store.Post(ctx, v, id)
		if !errors.Is(err, ErrNotFound) {
			return p, err
		}
		page, err := store.Home(ctx, Page{View: v, Before: after(id), Limit: 1})
		if err != nil {
			return Post{}, err
		}
		if len(page) == 0 || page[0].ID != id {
			return Post{}, ErrNotFound
		}
		return page[0], nil
	}
}

// after returns the ID that follows; after uuid.Max is none.
func after(id uuid.UUID) uuid.UUID {
	if id == uuid.Max {
		return id
	}
	for i := len(id) - 1; ; i-- {
		if id[i]++; id[i] != 0 {
			return id
		}
	}
}
