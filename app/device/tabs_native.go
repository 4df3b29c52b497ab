//go:build !js

package device

// tabs is nothing: there is one tab on the machine.
type tabs struct{}

func openTabs() tabs { return tabs{} }

// Tell does nothing on the machine.
func (tabs) Tell(message string) {}

// Listen does nothing on the machine.
func (tabs) Listen(heard func(message string)) {}
