package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"porchlight/server/internal/cognito"
	"porchlight/server/internal/feed"
	"porchlight/server/internal/hub"
	"porchlight/server/internal/limit"
	"porchlight/server/internal/session"
	"porchlight/server/internal/token"
	"porchlight/shared/api"
)

// An answer is how one kind of error is told to a client.
type answer struct {
	err    error
	status int
	kind   string
	detail string
	field  string // the field it is about, "" for the whole request
}

// Errors of this package. Each is told as its row of answers says.
var (
	errMalformed     = errors.New("malformed request")
	errTooLarge      = errors.New("body too large")
	errMediaType     = errors.New("unsupported media type")
	errNotFound      = errors.New("no such page")
	errNotSignedIn   = errors.New("not signed in")
	errCredentials   = errors.New("wrong email or password")
	errTwoIdentities = errors.New("cookie and bearer token in one request")
	errCode          = errors.New("code refused")
	errOutdated      = errors.New("program of another version")
	errHandleTaken   = errors.New("handle taken")
	errSignUp        = errors.New("sign-up refused by the user pool")
	errOtherPerson   = errors.New("request of somebody else than who is signed in")
	errCrossOrigin   = errors.New("cross-origin request")
	errHost          = errors.New("unknown host")
	errSessionGone   = errors.New("no such session")
	errPanic         = errors.New("panic")
	errReaderChanged = errors.New("live stream of another reader by now")
)

const (
	wordsCode        = "This code is wrong, used or too old. Check the newest mail, or ask for a new code."
	wordsUnavailable = "Sign-in is not reachable just now. Nothing is lost: try again in a moment."
	wordsAway        = "The feed is not reachable just now. Nothing is lost: try again in a moment."
	wordsBusy        = "The server is busy. Nothing is lost: try again in a moment."
)

// answers maps errors to answers; the first row that matches counts. What has
// no row is a 500 that says nothing.
func answers() []answer {
	return []answer{
		{errMalformed, http.StatusBadRequest, api.ProblemMalformed, "The request could not be read.", ""},
		{errTwoIdentities, http.StatusBadRequest, api.ProblemMalformed, "Send a session cookie or a bearer token, not both.", ""},
		{errTooLarge, http.StatusRequestEntityTooLarge, api.ProblemTooLarge, "The request is too large.", ""},
		{errMediaType, http.StatusUnsupportedMediaType, api.ProblemMediaType, "Send application/json.", ""},
		{errNotFound, http.StatusNotFound, api.ProblemNotFound, "There is nothing at this address.", ""},
		{errSessionGone, http.StatusNotFound, api.ProblemNotFound, "This session has ended already.", ""},
		{errHost, http.StatusMisdirectedRequest, api.ProblemNotFound, "This server does not answer for that host.", ""},
		{errCrossOrigin, http.StatusForbidden, api.ProblemCrossOrigin, "This request came from another site.", ""},
		{errOutdated, http.StatusConflict, api.ProblemOutdated, "A new version is ready. Reload the page.", ""},
		{errOtherPerson, http.StatusConflict, api.ProblemOtherPerson, "Somebody else is signed in by now. Nothing was done.", ""},
		{errNotSignedIn, http.StatusUnauthorized, api.ProblemNotSignedIn, "Sign in first.", ""},
		{feed.ErrNotMember, http.StatusUnauthorized, api.ProblemNotSignedIn, "Sign in first.", ""},
		{errCredentials, http.StatusUnauthorized, api.ProblemNotAuthorized, "Email or password is wrong.", ""},
		{errHandleTaken, http.StatusUnprocessableEntity, api.ProblemInvalidFields, "This handle is taken. Choose another.", "handle"},
		{errSignUp, http.StatusForbidden, api.ProblemForbidden, "This sign-up is not accepted: the site may be closed to new accounts.", ""},
		{errCode, http.StatusUnprocessableEntity, api.ProblemCodeMismatch, wordsCode, "code"},
		{cognito.ErrPasswordResetRequired, http.StatusForbidden, api.ProblemPasswordReset, "Choose a new password to sign in: ask for a code first.", ""},
		{cognito.ErrChallenge, http.StatusForbidden, api.ProblemChallenge, "This account asks for a second step that this site does not offer yet.", ""},
		{cognito.ErrLimitExceeded, http.StatusTooManyRequests, api.ProblemTooMany, "Too many tries for this account. Wait a while, then try again.", ""},
		{cognito.ErrTooManyRequests, http.StatusServiceUnavailable, api.ProblemPoolUnavailable, wordsBusy, ""},
		{cognito.ErrUnavailable, http.StatusServiceUnavailable, api.ProblemPoolUnavailable, wordsUnavailable, ""},
		{session.ErrUnavailable, http.StatusServiceUnavailable, api.ProblemUnavailable, wordsUnavailable, ""},
		{token.ErrKeysUnavailable, http.StatusServiceUnavailable, api.ProblemUnavailable, wordsUnavailable, ""},
		{token.ErrDenialsUnavailable, http.StatusServiceUnavailable, api.ProblemUnavailable, wordsBusy, ""},
		{feed.ErrUnavailable, http.StatusServiceUnavailable, api.ProblemUnavailable, wordsAway, ""},
		{limit.ErrUnavailable, http.StatusServiceUnavailable, api.ProblemUnavailable, wordsAway, ""},
		{token.ErrInvalid, http.StatusUnauthorized, api.ProblemInvalidToken, "The access token is not valid here.", ""},
		{feed.ErrNotFound, http.StatusNotFound, api.ProblemNotFound, "This is gone, or it never was here.", ""},
		{feed.ErrNotAuthor, http.StatusForbidden, api.ProblemForbidden, "Only who wrote a post can delete it.", ""},
		{feed.ErrForbidden, http.StatusForbidden, api.ProblemForbidden, "Only moderators can hide posts.", ""},
		{feed.ErrConflict, http.StatusConflict, api.ProblemConflict, "Another post was sent under this id. Send this one again as a new post.", ""},
		{feed.ErrCursor, http.StatusUnprocessableEntity, api.ProblemInvalidFields, "Give the id of a post.", "before"},
		{errReaderChanged, http.StatusUnauthorized, api.ProblemNotSignedIn, "Sign in again.", ""},
		{hub.ErrFull, http.StatusServiceUnavailable, api.ProblemUnavailable, "There are too many live readers just now. Everything else works.", ""},
		{context.DeadlineExceeded, http.StatusServiceUnavailable, api.ProblemUnavailable, wordsBusy, ""},
		{context.Canceled, http.StatusServiceUnavailable, api.ProblemUnavailable, wordsBusy, ""},
	}
}

// problem returns what a client is told of err.
func (s *server) problem(err error) *api.Problem {
	if p, ok := errors.AsType[*api.Problem](err); ok {
		return p
	}
	if f, ok := errors.AsType[*feed.FieldsError](err); ok {
		return fieldsProblem(f.Fields)
	}
	if e, ok := errors.AsType[*cognito.InvalidPasswordError](err); ok {
		return fieldsProblem([]api.FieldError{{Pointer: "#/password", Detail: e.Sentence()}})
	}
	if e, ok := errors.AsType[*limit.Exceeded](err); ok {
		return tooMany(e.RetryAfter)
	}
	if errors.Is(err, hub.ErrTooMany) {
		return tooMany(hub.RetryAfter)
	}
	for _, a := range answers() {
		if errors.Is(err, a.err) {
			return a.problem()
		}
	}
	return problemOf(http.StatusInternalServerError, api.ProblemInternal, "Something broke on our side. It has been noted.")
}

func (a answer) problem() *api.Problem {
	p := problemOf(a.status, a.kind, a.detail)
	if a.field != "" {
		p.Errors = []api.FieldError{{Pointer: "#/" + a.field, Detail: a.detail}}
	}
	if a.status == http.StatusServiceUnavailable {
		p.RetryAfter = 5
	}
	return p
}

func problemOf(status int, kind, detail string) *api.Problem {
	return &api.Problem{Type: "/problems/" + kind, Title: http.StatusText(status), Status: status, Detail: detail}
}

func fieldsProblem(errs []api.FieldError) *api.Problem {
	p := problemOf(http.StatusUnprocessableEntity, api.ProblemInvalidFields, "")
	p.Errors = errs
	return p
}

func tooMany(wait time.Duration) *api.Problem {
	p := problemOf(http.StatusTooManyRequests, api.ProblemTooMany, "Too many tries. Wait a moment, then try again.")
	p.RetryAfter = max(1, int((wait+time.Second-1)/time.Second))
	return p
}

// writeProblem answers with problem+json.
func (s *server) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := s.told(w, r, err)
	h := w.Header()
	h.Set("Content-Type", api.TypeProblem)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone when this fails
}

// told makes the problem that a client gets for err, sets the headers that
// belong to it and logs what a client is not told.
func (s *server) told(w http.ResponseWriter, r *http.Request, err error) *api.Problem {
	p := *s.problem(err)
	id := requestID(r.Context())
	p.Instance = "/requests/" + id
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", challenge(err))
	}
	if p.Status >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.Logger.Error("request failed", "request", id, "error", err.Error())
	}
	note(r.Context(), p.Type)
	return &p
}

// challenge is the WWW-Authenticate header that every 401 carries (RFC 9110
// section 15.5.2); it has an error code only when a token was shown (RFC 6750
// section 3.1).
func challenge(err error) string {
	if errors.Is(err, token.ErrInvalid) {
		return token.Challenge(err)
	}
	return "Bearer"
}
