package api

// TypeJSON and TypeProblem are the media types of answers; TypeForm is that of
// a plain HTML form.
const (
	TypeJSON    = "application/json"
	TypeProblem = "application/problem+json"
	TypeForm    = "application/x-www-form-urlencoded"
)

// Problem types: the last element of Problem.Type, after "/problems/".
const (
	ProblemInvalidFields   = "invalid-fields"
	ProblemMalformed       = "malformed"
	ProblemTooLarge        = "too-large"
	ProblemMediaType       = "media-type"
	ProblemNotSignedIn     = "not-signed-in"
	ProblemInvalidToken    = "invalid-token"
	ProblemForbidden       = "forbidden"
	ProblemReauthenticate  = "reauthenticate"
	ProblemNotAuthorized   = "not-authorized"
	ProblemNotConfirmed    = "user-not-confirmed"
	ProblemChallenge       = "challenge-unsupported"
	ProblemCodeMismatch    = "code-mismatch"
	ProblemCodeExpired     = "code-expired"
	ProblemPasswordReset   = "password-reset-required"
	ProblemNotFound        = "not-found"
	ProblemMethod          = "method-not-allowed"
	ProblemCrossOrigin     = "cross-origin"
	ProblemConflict        = "conflict"
	ProblemTooMany         = "too-many-requests"
	ProblemPoolUnavailable = "pool-unavailable"
	ProblemUnavailable     = "unavailable"
	ProblemOtherPerson     = "other-person"
	ProblemOutdated        = "outdated"
	ProblemInternal        = "internal"
)

// Problem is an error answer, RFC 9457 section 3.1. Instance names the request
// in the server's log.
type Problem struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail,omitempty"`
	Instance string       `json:"instance,omitempty"`
	Errors   []FieldError `json:"errors,omitempty"`
	// RetryAfter is in seconds; 0 means that waiting does not help.
	RetryAfter int `json:"retry_after,omitempty"`
	// Next is the page that leads on, a path of this site, when there is one.
	Next string `json:"next,omitempty"`
}

// Error makes a Problem an error; it says Detail, or Title without one.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return p.Title
}

// OfKind reports whether the problem is of the kind, one of the Problem
// constants. A nil problem is of none.
func (p *Problem) OfKind(kind string) bool { return p != nil && p.Type == "/problems/"+kind }

// Field returns what is wrong with the named field, or "".
func (p *Problem) Field(name string) string {
	if p == nil {
		return ""
	}
	for _, e := range p.Errors {
		if e.Pointer == "#/"+name {
			return e.Detail
		}
	}
	return ""
}

// FieldError says what is wrong with one field of a request. Pointer is a JSON
// pointer as a URI fragment (RFC 6901 section 6): "#/email".
type FieldError struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}
