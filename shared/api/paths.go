package api

import "net/url"

// Version counts the changes of what travels between browser and server. The
// server refuses a program that says another number in HeaderVersion, and the
// page then offers to reload: old programs live on in service workers.
//
//	1  first version
//	2  posts have counters; the feed has reposts, whose text is in original
const Version = 2

// HeaderVersion is the request header in which the browser program says its
// Version. Requests without it (forms, other clients) are not checked.
const HeaderVersion = "Porchlight-Version"

// HeaderSub is the request header in which a client may say whose a request is:
// the sub, as EscapeSub writes it. When somebody else is signed in, the server
// refuses a live stream, and a request that only members may send, and does
// nothing (ProblemOtherPerson). A program that was told a moment ago who is signed in can
// be sure with it: another tab may have changed that since.
const HeaderSub = "Porchlight-Sub"

// EscapeSub returns the sub as it stands in HeaderSub. The subs of Cognito stay as
// they are.
func EscapeSub(sub string) string { return url.QueryEscape(sub) }

// CookieUnsent is the cookie by which the program says that something on the
// device waits to be sent, of whomever. To have the browser clear what the site
// keeps would lose that, so a sign-out by a plain form then does not: the program
// clears what belongs to who signed out when it runs next.
const CookieUnsent = "unsent"

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
	PathSearch         = "/search"  // ?q= and ?before=
	PathProfile        = "/profile" // POST only: its form is on PathAccount
)

// Pages of one post and of one person: these, then an id or a handle. Links are
// made with PostPath and UserPath.
const (
	PathPost = "/p/"
	PathUser = "/u/"
)

// What follows the path of a post, for plain forms and in the API alike.
const (
	ActLike   = "/like"
	ActRepost = "/repost"
	ActHidden = "/hidden"
	ActDelete = "/delete" // plain forms only, and GET asks first; the API has DELETE
)

// PostPath returns the address of a post's page.
func PostPath(id string) string { return PathPost + id }

// UserPath returns the address of a person's page.
func UserPath(handle string) string { return PathUser + handle }

// The API, JSON only.
const (
	PathSession  = "/api/session"
	PathSessions = "/api/sessions"
	PathPassword = "/api/password"
	PathFeed     = "/api/feed"
	PathPosts    = "/api/posts"  // and /{id}, /{id}/like, /{id}/repost, /{id}/hidden
	PathEvents   = "/api/events" // a stream of Event

	PathUsers      = "/api/users" // /{handle}/posts
	PathSearchAPI  = "/api/search"
	PathProfileAPI = "/api/profile"
)

// PathInbox is the development inbox; it exists in local mode only.
const PathInbox = "/dev/inbox"
