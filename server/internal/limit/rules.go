package limit

import "time"

// A Rule names what is counted.
type Rule string

// The rules, with what they are counted for.
const (
	SignInAccount  Rule = "sign-in-account" // wrong passwords, by e-mail address
	SignInAddress  Rule = "sign-in-address" // attempts to sign in, by network address
	SignUpAddress  Rule = "sign-up-address" // new accounts, by network address
	RecoverAccount Rule = "recover-account" // recovery codes asked for, by e-mail address
	RecoverAddress Rule = "recover-address" // recovery codes asked for, by network address
	ResendAccount  Rule = "resend-account"  // confirmation codes asked for again, by e-mail address
	CodeAccount    Rule = "code-account"    // wrong codes, by e-mail address
	Posts          Rule = "posts"           // posts and replies, by sub
	Likes          Rule = "likes"           // likes, reposts and their like, by sub
	Reads          Rule = "reads"           // requests for the feed, by sub or network address
)

// A Bound is what a rule allows: Count in a window of the length Window, which
// begins with the first. Whoever reaches Count waits for the window's end.
//
// With Delay set they wait for Delay instead, and after each further one twice
// as long as before, up to Window. The count starts again when nothing came for
// a Window after the wait.
type Bound struct {
	Count  int
	Window time.Duration
	Delay  time.Duration
}

// Rules holds the bound of each rule. A zero Count or Window is the default's;
// a Count below zero is no bound at all, for tests and for load measurements.
type Rules struct {
	SignInAccount, SignInAddress   Bound
	SignUpAddress                  Bound
	RecoverAccount, RecoverAddress Bound
	ResendAccount, CodeAccount     Bound
	Posts, Likes, Reads            Bound
}

// Defaults returns the bounds that hold where Rules says nothing.
func Defaults() Rules {
	return Rules{
		SignInAccount:  Bound{10, 15 * time.Minute, time.Minute},
		SignInAddress:  Bound{30, 15 * time.Minute, 0},
		SignUpAddress:  Bound{10, time.Hour, 0},
		RecoverAccount: Bound{5, time.Hour, 0},
		RecoverAddress: Bound{20, time.Hour, 0},
		ResendAccount:  Bound{5, time.Hour, 0},
		CodeAccount:    Bound{5, time.Hour, 0},
		Posts:          Bound{30, time.Minute, 0},
		Likes:          Bound{120, time.Minute, 0},
		Reads:          Bound{600, time.Minute, 0},
	}
}

// table returns the bounds by rule, with the defaults filled in.
func (r Rules) table() map[Rule]Bound {
	d := Defaults()
	return map[Rule]Bound{
		SignInAccount:  r.SignInAccount.or(d.SignInAccount),
		SignInAddress:  r.SignInAddress.or(d.SignInAddress),
		SignUpAddress:  r.SignUpAddress.or(d.SignUpAddress),
		RecoverAccount: r.RecoverAccount.or(d.RecoverAccount),
		RecoverAddress: r.RecoverAddress.or(d.RecoverAddress),
		ResendAccount:  r.ResendAccount.or(d.ResendAccount),
		CodeAccount:    r.CodeAccount.or(d.CodeAccount),
		Posts:          r.Posts.or(d.Posts),
		Likes:          r.Likes.or(d.Likes),
		Reads:          r.Reads.or(d.Reads),
	}
}

func (b Bound) or(d Bound) Bound {
	if b.Count == 0 {
		b.Count = d.Count
	}
	if b.Window <= 0 {
		b.Window = d.Window
	}
	if b.Delay <= 0 {
		b.Delay = d.Delay
	}
	return b
}

// State is what is known of one rule and subject. The zero State is nothing.
// Times are UTC in microseconds.
type State struct {
	Count   int
	Until   time.Time // when the count starts again
	Blocked time.Time // until when everything is refused; zero is not at all
}

// at returns the state as it is at now.
func (s State) at(now time.Time) State {
	if !now.Before(s.Until) {
		return State{}
	}
	return s
}

// wait returns how long the bound refuses at now; 0 is not at all.
func (s State) wait(now time.Time) time.Duration {
	return max(0, s.at(now).Blocked.Sub(now))
}

// take returns the state after one more at now, or, when the bound refuses, the
// same state and the wait.
func (s State) take(b Bound, now time.Time) (State, time.Duration) {
	if wait := s.wait(now); wait > 0 {
		return s, wait
	}
	return s.count(b, now), 0
}

// count returns the state after one more at now.
func (s State) count(b Bound, now time.Time) State {
	s = s.at(now)
	if s.Count == 0 {
		s.Until = now.Add(b.Window)
	}
	s.Count++
	if s.Count < b.Count {
		return s
	}
	if b.Delay == 0 {
		s.Blocked = s.Until
		return s
	}
	s.Blocked = now.Add(b.delay(s.Count))
	s.Until = s.Blocked.Add(b.Window)
	return s
}

// delay returns the wait after the nth.
func (b Bound) delay(n int) time.Duration {
	d := b.Delay
	for i := b.Count; i < n && d < b.Window; i++ {
		d *= 2
	}
	return min(d, b.Window)
}

// uncount returns the state with one less.
func (s State) uncount(b Bound, now time.Time) State {
	s = s.at(now)
	if s.Count <= 1 {
		return State{}
	}
	s.Count--
	if s.Count < b.Count {
		s.Blocked = time.Time{}
	}
	return s
}
