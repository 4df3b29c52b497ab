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
	for pattern, h := range s.calls() {
		mux.Handle(pattern, s.api(h))
	}
	mux.Handle("POST "+api.PathPassword, accept(s, api.PathAccount, s.changePassword))
	return s.fallback(mux)
}

// pages are read by people; their errors are pages too.
func (s *server) pages() map[string]handler {
	return map[string]handler{
		"GET /{$}":                                     s.home,
		"GET " + api.PathSignUp:                        s.guestPage(api.PathSignUp),
		"GET " + api.PathConfirm:                       s.confirmPage(api.PathConfirm),
		"GET " + api.PathSignIn:                        s.guestPage(api.PathSignIn),
		"GET " + api.PathRecover:                       s.guestPage(api.PathRecover),
		"GET " + api.PathRecoverConfirm:                s.confirmPage(api.PathRecoverConfirm),
		"GET " + api.PathAccount:                       s.account,
		"GET " + api.PathPost + "{id}":                 s.threadPage,
		"GET " + api.PathPost + "{id}" + api.ActDelete: s.removalPage,
		"GET " + api.PathUser + "{handle}":             s.userPage,
		"GET " + api.PathSearch:                        s.searchPage,
	}
}

// forms take a plain form or JSON.
func (s *server) forms() map[string]http.Handler {
	return map[string]http.Handler{
		"POST " + api.PathSignUp:                        accept(s, api.PathSignUp, s.signUp),
		"POST " + api.PathConfirm:                       accept(s, api.PathConfirm, s.confirm),
		"POST " + api.PathConfirmResend:                 accept(s, api.PathConfirm, s.resend),
		"POST " + api.PathSignIn:                        accept(s, api.PathSignIn, s.signIn),
		"POST " + api.PathRecover:                       accept(s, api.PathRecover, s.recover),
		"POST " + api.PathRecoverConfirm:                accept(s, api.PathRecoverConfirm, s.recoverConfirm),
		"POST " + api.PathSignOut:                       bodiless(accept(s, api.PathHome, s.signOut)),
		"POST /{$}":                                     accept(s, api.PathHome, s.compose),
		"POST " + api.PathAccount:                       accept(s, api.PathAccount, s.changePassword),
		"POST " + api.PathEndSession:                    accept(s, api.PathAccount, s.endSession),
		"POST " + api.PathProfile:                       accept(s, api.PathAccount, s.changeProfile),
		"POST " + api.PathPost + "{id}":                 s.postForm(s.replyForm),
		"POST " + api.PathPost + "{id}" + api.ActLike:   s.postForm(s.toggleForm(s.Feed.Like)),
		"POST " + api.PathPost + "{id}" + api.ActRepost: s.postForm(s.toggleForm(s.Feed.Repost)),
		"POST " + api.PathPost + "{id}" + api.ActHidden: s.postForm(s.toggleForm(s.Feed.Hide)),
		"POST " + api.PathPost + "{id}" + api.ActDelete: s.postForm(s.deleteForm),
	}
}

// calls are the routes of the JSON API. openapi.yaml describes each.
func (s *server) calls() map[string]handler {
	return map[string]handler{
		"GET " + api.PathSession:                            s.session,
		"GET " + api.PathSessions:                           s.sessions,
		"DELETE " + api.PathSessions:                        s.deleteSessions,
		"DELETE " + api.PathSessions + "/{id}":              s.deleteSession,
		"GET " + api.PathFeed:                               s.feed,
		"GET " + api.PathEvents:                             s.events,
		"POST " + api.PathPosts:                             s.createPost,
		"GET " + api.PathPosts + "/{id}":                    s.thread,
		"DELETE " + api.PathPosts + "/{id}":                 s.deletePost,
		"PUT " + api.PathPosts + "/{id}" + api.ActLike:      s.react(s.Feed.Like, true),
		"DELETE " + api.PathPosts + "/{id}" + api.ActLike:   s.react(s.Feed.Like, false),
		"PUT " + api.PathPosts + "/{id}" + api.ActRepost:    s.react(s.Feed.Repost, true),
		"DELETE " + api.PathPosts + "/{id}" + api.ActRepost: s.react(s.Feed.Repost, false),
		"PUT " + api.PathPosts + "/{id}" + api.ActHidden:    s.react(s.Feed.Hide, true),
		"DELETE " + api.PathPosts + "/{id}" + api.ActHidden: s.react(s.Feed.Hide, false),
		"GET " + api.PathUsers + "/{handle}/posts":          s.userPosts,
		"GET " + api.PathSearchAPI:                          s.search,
		"GET " + api.PathProfileAPI:                         s.profile,
		"PATCH " + api.PathProfileAPI:                       s.patchProfile,
	}
}
