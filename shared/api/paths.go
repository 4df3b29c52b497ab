package api

// Version counts the changes of what travels between browser and server. The
// server refuses a program that says another number in HeaderVersion, and the
// page then offers to reload: old programs live on in service workers.
//
//	1  first version
const Version = 1

// HeaderVersion is the request header in which the browser program says its
// Version. Requests without it (forms, other clients) are not checked.
const HeaderVersion = "Porchlight-Version"

// Pages. Each answers GET with a page; those with a form also take POST.
const (
	PathHome           = "/"
	PathSignUp         = "/signup"
	PathConfirm        = "/confirm"
	PathConfirmResend  = "/confirm/resend"
	PathSignIn         = "/signin"
	PathRecover        = "/recover"
	PathRecoverConfirm = "/recover/confirm"
	PathSignOut        = "/signout"
	PathAccount        = "/account"
	PathEndSession     = "/account/signout"
)

// The API, JSON only.
const (
	PathSession  = "/api/session"
	PathSessions = "/api/sessions"
	PathPassword = "/api/password"
	PathFeed     = "/api/feed"
	PathPosts    = "/api/posts"
)

// PathInbox is the development inbox; it exists in local mode only.
const PathInbox = "/dev/inbox"
