package api

import (
	"strings"
	"unicode/utf8"
)

// Limits of account fields.
const (
	MaxEmailBytes    = 128 // Cognito's limit for a username
	MaxNameRunes     = 64
	MinHandleBytes   = 3
	MaxHandleBytes   = 20
	MinPasswordRunes = 8
	MaxPasswordBytes = 256
	MaxCodeBytes     = 2048
)

// SignUp asks for a new account.
type SignUp struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Handle   string `json:"handle"`
	Password string `json:"password"`
}

// Normalize trims what people type around names and addresses, and lowers the
// case of the address and the handle. A password stays as it is.
func (r *SignUp) Normalize() {
	r.Name = strings.TrimSpace(r.Name)
	r.Email = normalEmail(r.Email)
	r.Handle = normalHandle(r.Handle)
}

// Check returns what is wrong with the request, field by field; nil is right.
// It expects a normalized request.
func (r SignUp) Check() []FieldError {
	var f fields
	f.add("name", CheckName(r.Name))
	f.add("email", checkEmail(r.Email))
	f.add("handle", checkHandle(r.Handle))
	f.add("password", CheckPassword(r.Password))
	return f
}

// Confirm proves the address of a new account with the code that was mailed.
type Confirm struct {
	Email string `json:"email"`
	Code  string `json:"code"`
}

// Normalize trims the address and takes spaces out of the code.
func (r *Confirm) Normalize() { r.Email, r.Code = normalEmail(r.Email), normalCode(r.Code) }

// Check is as SignUp.Check.
func (r Confirm) Check() []FieldError {
	var f fields
	f.add("email", checkEmail(r.Email))
	f.add("code", checkCode(r.Code))
	return f
}

// Resend asks for a fresh confirmation code.
type Resend struct {
	Email string `json:"email"`
}

// Normalize trims the address.
func (r *Resend) Normalize() { r.Email = normalEmail(r.Email) }

// Check is as SignUp.Check.
func (r Resend) Check() []FieldError {
	var f fields
	f.add("email", checkEmail(r.Email))
	return f
}

// SignIn proves an identity with a password. Next is where to go afterwards;
// SafeNext says what is taken.
type SignIn struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Next     string `json:"next,omitempty"`
}

// Normalize trims the address. A password stays as it is.
func (r *SignIn) Normalize() { r.Email = normalEmail(r.Email) }

// Check is as SignUp.Check. The password only has to be there: an account may
// be older than the rules.
func (r SignIn) Check() []FieldError {
	var f fields
	f.add("email", checkEmail(r.Email))
	f.add("password", checkSecret(r.Password))
	return f
}

// Recover asks for a code that allows a new password.
type Recover struct {
	Email string `json:"email"`
}

// Normalize trims the address.
func (r *Recover) Normalize() { r.Email = normalEmail(r.Email) }

// Check is as SignUp.Check.
func (r Recover) Check() []FieldError { return Resend(r).Check() }

// RecoverConfirm sets a new password with the code that was mailed.
type RecoverConfirm struct {
	Email    string `json:"email"`
	Code     string `json:"code"`
	Password string `json:"password"`
}

// Normalize trims the address and takes spaces out of the code.
func (r *RecoverConfirm) Normalize() {
	r.Email, r.Code = normalEmail(r.Email), normalCode(r.Code)
}

// Check is as SignUp.Check.
func (r RecoverConfirm) Check() []FieldError {
	f := fields(Confirm{r.Email, r.Code}.Check())
	f.add("password", CheckPassword(r.Password))
	return f
}

// ChangePassword replaces the password of the person who is signed in.
type ChangePassword struct {
	Previous string `json:"previous"`
	Password string `json:"password"`
}

// Normalize does nothing: passwords stay as they are.
func (r *ChangePassword) Normalize() {}

// Check is as SignUp.Check.
func (r ChangePassword) Check() []FieldError {
	var f fields
	f.add("previous", checkSecret(r.Previous))
	f.add("password", CheckPassword(r.Password))
	return f
}

// SignOut ends the session of the cookie. It has no fields.
type SignOut struct{}

// Normalize does nothing.
func (*SignOut) Normalize() {}

// Check finds nothing.
func (SignOut) Check() []FieldError { return nil }

// Done answers a request that worked. Next is the page that leads on, a path
// of this site; Delivery says where a code went, when one was sent.
type Done struct {
	Next     string    `json:"next"`
	Delivery *Delivery `json:"delivery,omitempty"`
}

// Delivery says where a code was sent, as Cognito's CodeDeliveryDetails does.
// Destination is masked: "a***@e***". It is the same for accounts that do not
// exist.
type Delivery struct {
	Destination string `json:"destination"`
	Medium      string `json:"medium"`
	// ResendAfter is how many seconds to wait before asking again.
	ResendAfter int `json:"resend_after"`
}

// MaskEmail hides an address as Cognito does: the first character of the name
// and of the domain stay.
func MaskEmail(email string) string {
	name, domain, _ := strings.Cut(email, "@")
	return firstRune(name) + "***@" + firstRune(domain) + "***"
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// Session is one of a person's own sessions, for the account page.
type Session struct {
	ID        string `json:"id"`
	Device    string `json:"device"`
	FirstSeen Time   `json:"first_seen"`
	LastSeen  Time   `json:"last_seen"`
	Current   bool   `json:"current,omitempty"`
}

// Sessions answers PathSessions, the one seen last first.
type Sessions struct {
	Sessions []Session `json:"sessions"`
}

// EndSession ends one of the person's own sessions; without an ID, all.
type EndSession struct {
	ID string `json:"id"`
}

// Normalize does nothing: an ID is as it was given.
func (r *EndSession) Normalize() {}

// Check is as SignUp.Check.
func (r EndSession) Check() []FieldError {
	var f fields
	if len(r.ID) > 64 || !ValidText(r.ID) {
		f.add("id", "This is not the id of a session.")
	}
	return f
}
