package feed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"

	"porchlight/shared/api"
)

// defaultHandle stands in for a handle in which nothing is usable.
const defaultHandle = "member"

// maxHandleTries bounds how many handles EnsureProfile tries. The last ones
// have eight digits, so failing is a matter of a broken store, not of luck.
const maxHandleTries = 9

// EnsureProfile returns the profile of sub. At the first sight of a sub it makes
// one: with the handle if nobody has it, else with the handle and some digits.
// Later name and handle are ignored, so a handle stays with its sub.
//
// A pool that we did not make may hold anything in these attributes. What a
// handle may not have is dropped from it, and a name that can't be shown gives
// way to the handle. No sub is ErrNotMember.
func (s *Service) EnsureProfile(ctx context.Context, sub, name, handle string) (Profile, error) {
	if sub == "" {
		return Profile{}, ErrNotMember
	}
	p, err := s.Profile(ctx, sub)
	if !errors.Is(err, ErrNotFound) {
		return p, err
	}
	base := cleanHandle(handle)
	p = Profile{Sub: sub, Handle: base, Created: s.now()}
	for digits := range maxHandleTries {
		if digits > 0 {
			p.Handle = withDigits(base, digits)
		}
		p.Name = cleanName(name, p.Handle)
		stored, err := s.store.AddProfile(ctx, p)
		if err == nil {
			return stored, nil
		}
		if !errors.Is(err, ErrHandleTaken) {
			return Profile{}, fmt.Errorf("add profile: %w", err)
		}
	}
	return Profile{}, fmt.Errorf("add profile: no free handle after %d tries", maxHandleTries)
}

// Profile returns the profile of the sub, or ErrNotFound.
func (s *Service) Profile(ctx context.Context, sub string) (Profile, error) {
	kept, mark := s.profiles.get(sub)
	if kept != (Profile{}) {
		return kept, nil
	}
	p, err := s.store.Profile(ctx, sub)
	if err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}
	s.profiles.put(p, mark)
	return p, nil
}

// ChangeProfile gives the viewer another name, another handle, or both, and
// returns the profile. Fields that break a rule are a *FieldsError, and so is a
// handle that another sub has or had; a guest is ErrNotMember. Posts keep the
// handle and the name under which they were written.
func (s *Service) ChangeProfile(ctx context.Context, v Viewer, r api.ProfileChange) (Profile, error) {
	r.Normalize()
	if errs := r.Check(); len(errs) > 0 {
		return Profile{}, &FieldsError{errs}
	}
	p, err := s.EnsureProfile(ctx, v.Sub, v.Name, v.Handle)
	if err != nil {
		return Profile{}, err
	}
	p.Name, p.Handle = r.Name, r.Handle
	p, err = s.store.ChangeProfile(ctx, p)
	s.profiles.drop()
	switch {
	case errors.Is(err, ErrHandleTaken):
		return Profile{}, handleError("This handle is taken. Choose another.")
	case errors.Is(err, ErrHandles):
		return Profile{}, handleError("You have had 8 handles, and each stays yours. Choose one of them.")
	case err != nil:
		return Profile{}, fmt.Errorf("change profile: %w", err)
	}
	s.tell(Change{Kind: Renamed})
	return p, nil
}

func handleError(detail string) error {
	return &FieldsError{[]api.FieldError{{Pointer: "#/handle", Detail: detail}}}
}

// Person returns the profile as others see it.
func (p Profile) Person() api.Person {
	return api.Person{Subject: p.Sub, Handle: p.Handle, Name: p.Name, Joined: p.Created}
}

// HandleTaken reports whether a profile has or had the handle, in whatever case. It
// promises nothing: another may take it in the next moment.
func (s *Service) HandleTaken(ctx context.Context, handle string) (bool, error) {
	_, err := s.store.ProfileOf(ctx, handle)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up handle: %w", err)
	}
	return true, nil
}

// cleanHandle keeps what api.SignUp accepts in a handle.
func cleanHandle(s string) string {
	s = handleBytes(strings.ToLower(s))
	if len(s) < api.MinHandleBytes {
		return defaultHandle
	}
	return s[:min(len(s), api.MaxHandleBytes)]
}

// handleBytes drops what is never in a handle.
func handleBytes(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_' {
			return r
		}
		return -1
	}, s)
}

// withDigits appends a random number of n digits, in the handle's bounds.
func withDigits(handle string, n int) string {
	low := 1
	for range n - 1 {
		low *= 10
	}
	number := strconv.Itoa(low + rand.IntN(9*low))
	return handle[:min(len(handle), api.MaxHandleBytes-n)] + number
}

// cleanName keeps what api.SignUp accepts of a name; otherwise the handle will
// do.
func cleanName(name, handle string) string {
	name = strings.TrimSpace(name)
	if utf8.ValidString(name) && utf8.RuneCountInString(name) > api.MaxNameRunes {
		name = strings.TrimSpace(string([]rune(name)[:api.MaxNameRunes]))
	}
	if api.CheckName(name) != "" {
		return handle
	}
	return name
}
