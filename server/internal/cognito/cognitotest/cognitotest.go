// Package cognitotest is the contract of a user pool as the server uses it: the
// whole life of an account through a cognito.Client. It runs against the
// embedded pool always, and against any emulator or real pool that somebody
// names, so that the client is not only right about the pool that was written
// beside it.
//
// # Why
//
// Pools differ, and a suite that skips what fails on one of them says nothing
// about it any more. Here a Difference names one case of one pool and the
// reason. Its case still runs, and passing is then a failure: an entry that is
// no longer true has to go.
package cognitotest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"porchlight/server/internal/cognito"
)

// What a code is for.
const (
	Confirm = "confirm"
	Recover = "recover"
)

// Pool is what the contract is tried on.
type Pool struct {
	// Apps are the app clients to try, each with every case: one with a secret
	// and one without, one that rotates refresh tokens and one that doesn't.
	Apps []App
	// Code returns the code that the pool sent last to the address, for Confirm
	// or Recover. It waits for the mail when mail takes time.
	Code func(ctx context.Context, email, purpose string) (string, error)
	// Wait lets time pass for the pool, at most some minutes; nil waits in
	// earnest.
	Wait func(time.Duration)
	// Admin is the pool's administrator. The cases of groups and of an
	// administrator's doings fail without one.
	Admin Admin
	// Address returns an e-mail address that was never used; nil makes ones at
	// example.com, which gets no mail.
	Address func() string
	// Differences are what is known to fail, and why.
	Differences []Difference
}

// App is an app client of the pool.
type App struct {
	// Name tells the apps apart: "secret", "rotation".
	Name   string
	Client *cognito.Client
	// Rotates says that each refresh gives a new refresh token, and Grace for
	// how long the one before still works.
	Rotates bool
	Grace   time.Duration
}

// A Difference is one case that fails on one kind of pool.
type Difference struct {
	// Case is the case's name: "sign-out/revoke". App is the app's; "" is every
	// one.
	Case, App string
	// Reason says what the pool does instead, and in which version.
	Reason string
}

// A testCase is one rule of the contract. run returns what is wrong.
type testCase struct {
	name string
	run  func(context.Context, kit) error
}

func cases() []testCase {
	return slices.Concat(signUpCases(), confirmCases(), signInCases(), refreshCases(), passwordCases(), signOutCases(), adminCases())
}

// TestPool tries every case with every app.
func TestPool(t *testing.T, p Pool) {
	t.Helper()
	if len(p.Apps) == 0 || p.Code == nil {
		t.Fatal("the pool has no apps, or no way to its codes")
	}
	for _, d := range p.strayDifferences() {
		t.Errorf("the difference %+v names no case or no app, or has no reason", d)
	}
	for i, app := range p.Apps {
		t.Run(app.Name, func(t *testing.T) {
			k := kit{pool: p, app: app, other: p.Apps[(i+1)%len(p.Apps)]}
			for _, c := range cases() {
				t.Run(c.name, func(t *testing.T) {
					p.judge(t, c.name, app.Name, c.run(t.Context(), k))
				})
			}
		})
	}
}

// judge tells the test how a case came out.
func (p Pool) judge(t *testing.T, name, app string, err error) {
	t.Helper()
	ok, says := p.verdict(name, app, err)
	switch {
	case !ok:
		t.Error(says)
	case says != "":
		t.Log(says)
	}
}

// verdict compares a case's outcome with what is known about the pool.
func (p Pool) verdict(name, app string, err error) (ok bool, says string) {
	i := slices.IndexFunc(p.Differences, func(d Difference) bool {
		return d.Case == name && (d.App == "" || d.App == app)
	})
	switch {
	case i < 0 && err != nil:
		return false, err.Error()
	case i < 0:
		return true, ""
	case err == nil:
		return false, fmt.Sprintf("the difference %q is gone; remove the entry", p.Differences[i].Reason)
	}
	return true, fmt.Sprintf("known difference: %s: %v", p.Differences[i].Reason, err)
}

// strayDifferences returns the entries that name no case or no app, or have no
// reason.
func (p Pool) strayDifferences() []Difference {
	return slices.DeleteFunc(slices.Clone(p.Differences), func(d Difference) bool {
		named := slices.ContainsFunc(cases(), func(c testCase) bool { return c.name == d.Case })
		app := d.App == "" || slices.ContainsFunc(p.Apps, func(a App) bool { return a.Name == d.App })
		return named && app && d.Reason != ""
	})
}
