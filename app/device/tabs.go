package device

// Messages between tabs.
const (
	// SignedIn says that somebody signed in: what is on screen may be another's.
	SignedIn = "signed-in"
	// SignedOut says that the session has ended and the device was wiped.
	SignedOut = "signed-out"
)
