// Package ui is Porchlight's pages: go-app components that the server renders
// as plain HTML and the browser program takes over.
//
// Every page works as a form of HTML alone. With the program it gets better:
// problems appear beside their fields as they are found, nothing that was typed
// is lost, the feed catches up by itself and opens without a network.
//
// # How it hangs together
//
// One Program holds what a browser tab knows: who is signed in, the feed, the
// page that is shown. One component, Root, stands for every address; it draws
// the shell around a screen. Screens are components too, one file each; they
// keep the state of their forms and nothing else. The server makes a Program
// from an api.Page, draws it once and drops it; the browser makes one from the
// same api.Page, so that its first drawing is, node for node, what stands in
// the page already.
//
// # Why
//
// Inputs are not controlled: their value is set when they are made, and read
// when the form is submitted. go-app cannot empty a value that it has set, and
// whatever a password manager types has to stay.
//
// Answers of the server come back to Program on the goroutine that draws, never
// to the element that asked: go-app drops, without a word, what is dispatched
// from an element that has been replaced meanwhile.
//
// Optional parts come after the parts that hold what a person types, or stand
// in a slot that is always there: go-app compares children by their place, and
// an input that moves is a new input.
package ui

import (
	"strings"

	"porchlight/shared/api"
)

// Paths returns the addresses that the browser program shows without asking
// the server for a page. It also shows those of posts and people, which are too
// many to list.
func Paths() []string {
	return []string{
		api.PathHome, api.PathSignUp, api.PathConfirm, api.PathSignIn,
		api.PathRecover, api.PathRecoverConfirm, api.PathAccount, api.PathSearch,
	}
}

// Title returns the title of the document.
func Title(p api.Page) string {
	if p.Path == api.PathHome || p.Path == "" {
		return name
	}
	return heading(p) + " · " + name
}

// Description says in a sentence what the page is, for search results and
// previews.
func Description(p api.Page) string {
	switch {
	case p.Thread != nil:
		return excerpt(p.Thread.Post)
	case p.Profile != nil:
		return "What " + called(p.Profile.Person.Name) + " (@" + p.Profile.Person.Handle + ") has on the porch."
	}
	switch p.Path {
	case api.PathSignUp:
		return "Join Porchlight: a small feed whose posts fade when their time is over."
	case api.PathSignIn, api.PathRecover, api.PathRecoverConfirm, api.PathConfirm:
		return "The front door of Porchlight."
	}
	return "Porchlight is a small, calm home feed. Posts are there for as long as they should be, then they go."
}

const name = "Porchlight"

// heading returns the first heading of the page.
func heading(p api.Page) string {
	if failed(p) {
		if missing(p) {
			return "Nobody lives here"
		}
		return "Something went wrong"
	}
	if _, ok := removalOf(p.Path); ok {
		return "Delete this post?"
	}
	switch {
	case p.Thread != nil && p.Thread.Post.Parent != "":
		return "A reply by " + called(p.Thread.Post.Name)
	case p.Thread != nil:
		return "A post by " + called(p.Thread.Post.Name)
	case p.Profile != nil:
		return called(p.Profile.Person.Name)
	}
	if handle, ok := userOf(p.Path); ok {
		return "@" + handle
	}
	if _, ok := postOf(p.Path); ok {
		return "A post"
	}
	switch p.Path {
	case api.PathSearch:
		return "Search"
	case api.PathSignUp:
		return "Join Porchlight"
	case api.PathConfirm:
		return "Confirm your address"
	case api.PathSignIn:
		return "Sign in"
	case api.PathRecover:
		return "Forgot your password?"
	case api.PathRecoverConfirm:
		return "Choose a new password"
	case api.PathAccount:
		return "Your account"
	}
	return "The porch"
}

// excerpt is the beginning of what a post says.
func excerpt(post api.Post) string {
	const most = 150
	words := strings.Join(strings.Fields(post.Message), " ")
	n := 0
	for i := range words {
		if n++; n > most {
			words = words[:i] + "…"
			break
		}
	}
	return called(post.Name) + ": " + words
}
