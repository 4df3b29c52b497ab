package localpool

import (
	"errors"
	"sync"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// atOnce runs call n times at once and counts the answers: "" for success, the
// type of the error and its message otherwise.
func atOnce(n int, call func() error) map[string]int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for range n {
		wg.Go(func() {
			answer, err := "", call()
			if e, ok := errors.AsType[smithy.APIError](err); ok {
				answer = e.ErrorCode() + ": " + e.ErrorMessage()
			} else if err != nil {
				answer = err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			got[answer]++
		})
	}
	wg.Wait()
	return got
}

// TestParallelGuesses: guesses that are sent at once are counted like those
// that are not.
func TestParallelGuesses(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	got := atOnce(20, func() error { _, err := k.trySignIn(testEmail, "Wrong horse 1"); return err })
	want := map[string]int{
		"NotAuthorizedException: Incorrect username or password.": freeFailures,
		"NotAuthorizedException: Password attempts exceeded":      20 - freeFailures,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("twenty guesses (-want +got)\n%s", diff)
	}
}

func TestParallelSignUp(t *testing.T) {
	k := newKit(t)
	got := atOnce(8, func() error { _, err := k.trySignUp(testEmail, testPassword); return err })
	if got[""] != 1 || got["UsernameExistsException: User already exists"] != 7 {
		t.Errorf("eight sign-ups of an address = %v, want one success", got)
	}
}

// TestParallelCode: a code works once.
func TestParallelCode(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	if _, err := k.forgot(testEmail); err != nil {
		t.Fatal(err)
	}
	code := k.code()
	got := atOnce(8, func() error { return k.recover(testEmail, code, "Another horse 8") })
	if got[""] != 1 || got["ExpiredCodeException: "+expired] != 7 {
		t.Errorf("eight uses of a code = %v, want one success", got)
	}
}

// TestParallelRefresh: within the grace each of several refreshes at once gets
// a token that works; without grace only one does.
func TestParallelRefresh(t *testing.T) {
	k := newKit(t)
	k.member(testEmail)
	token := k.signIn(testEmail).RefreshToken
	got := atOnce(8, func() error {
		r, err := k.refresh(token)
		if err == nil {
			_, err = k.refresh(r.RefreshToken)
		}
		return err
	})
	if got[""] != 8 {
		t.Errorf("eight refreshes within the grace = %v, want success", got)
	}
	strict := k.withClient(ClientConfig{Rotate: true})
	token = strict.signIn(testEmail).RefreshToken
	got = atOnce(8, func() error { _, err := strict.refresh(token); return err })
	if got[""] != 1 || got["RefreshTokenReuseException: "+reuse] != 7 {
		t.Errorf("eight refreshes without grace = %v, want one success", got)
	}
}
