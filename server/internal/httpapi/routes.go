package httpapi

import (
	"net/http"

	"porchlight/shared/api"
)

// routes is the one list of what the server answers.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range s.pages() {
		mux.Handle(pattern, s.page(h))
	}
	for pattern, h := range s.forms() {
		mux.Handle(pattern, h)
	}
	if s.Inbox != nil {
		mux.Handle("GET "+api.PathInbox, s.page(s.inbox))
	}
	static := s.Pages.Handler()
	for _, path := range s.Pages.Paths() {
		mux.Handle(path, static)
	}
	mux.Handle("/api/", s.apiRoutes())
	return s.fallback(mux)
}

// pages are read by people; their errors are pages too.
func (s *server) pages() map[string]handler {
	return map[string]handler{
		"GET /{$}":                      s.home,
		"GET " + api.PathSignUp:         s.guestPage(api.PathSignUp),
		"GET " + api.PathConfirm:        s.confirmPage(api.PathConfirm),
		"GET " + api.PathSignIn:         s.guestPage(api.PathSignIn),
		"GET " + api.PathRecover:        s.guestPage(api.PathRecover),
		"GET " + api.PathRecoverConfirm: s.confirmPage(api.PathRecoverConfirm),
		"GET " + api.PathAccount:        s.account,
	}
}

// forms take a plain form or JSON.
func (s *server) forms() map[string]http.Handler {
	return map[string]http.Handler{
		"POST " + api.PathSignUp:         accept(s, api.PathSignUp, s.signUp),
		"POST " + api.PathConfirm:        accept(s, api.PathConfirm, s.confirm),
		"POST " + api.PathConfirmResend:  accept(s, api.PathConfirm, s.resend),
		"POST " + api.PathSignIn:         accept(s, api.PathSignIn, s.signIn),
		"POST " + api.PathRecover:        accept(s, api.PathRecover, s.recover),
		"POST " + api.PathRecoverConfirm: accept(s, api.PathRecoverConfirm, s.recoverConfirm),
		"POST " + api.PathSignOut:        accept(s, api.PathHome, s.signOut),
		"POST /{$}":                      accept(s, api.PathHome, s.compose),
		"POST " + api.PathAccount:        accept(s, api.PathAccount, s.changePassword),
		"POST " + api.PathEndSession:     accept(s, api.PathAccount, s.endSession),
	}
}

// apiRoutes answer JSON only, errors included.
func (s *server) apiRoutes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET " + api.PathSession:               s.session,
		"GET " + api.PathSessions:              s.sessions,
		"DELETE " + api.PathSessions:           s.deleteSessions,
		"DELETE " + api.PathSessions + "/{id}": s.deleteSession,
		"GET " + api.PathFeed:                  s.feed,
		"POST " + api.PathPosts:                s.createPost,
	} {
		mux.Handle(pattern, s.api(h))
	}
	mux.Handle("POST "+api.PathPassword, accept(s, api.PathAccount, s.changePassword))
	return s.fallback(mux)
}
