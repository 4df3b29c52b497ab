// Package regexp stands in for regexp in the browser program, and only there.
// go-app names it for app.RouteWithRegexp; routes here are plain paths. What is
// not here fails the build, and what is here panics when it is called.
package regexp

const absent = "regexp is not part of the browser program"

// Regexp has nothing in it: none is ever made.
type Regexp struct{}

// MustCompile panics.
func MustCompile(string) *Regexp { panic(absent) }

// MatchString panics.
func (*Regexp) MatchString(string) bool { panic(absent) }
