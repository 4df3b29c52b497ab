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
	p = Profile{Sub: sub, Handle: base}
	for digits := range maxHandleTries {
		if digits > 0 {
			p.Handle = withDigits(base, digits)
		}
		p.Name = cleanName(name, p.Handle)
		stored, err := s.store.AddProfile(ctx, p, s.now())
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
	p, err := s.store.Profile(ctx, sub)
	if err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}
	return p, nil
}

// HandleTaken reports whether a profile has the handle, in whatever case. It
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
	s = strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_' {
			return r
		}
		return -1
	}, strings.ToLower(s))
	if len(s) < api.MinHandleBytes {
		return defaultHandle
	}
	return s[:min(len(s), api.MaxHandleBytes)]
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

func cleanName(name, handle string) string {
	name = strings.TrimSpace(name)
	if name == "" || !api.ValidText(name) || strings.ContainsAny(name, "\n\t") {
		return handle
	}
	if utf8.RuneCountInString(name) > api.MaxNameRunes {
		return strings.TrimSpace(string([]rune(name)[:api.MaxNameRunes]))
	}
	return name
}
