package api

import "porchlight/shared/claims"

// Page is what the server knew when it made a page. It is in the document as
// JSON (element PageElement), and the browser program starts from it, so that
// its first rendering is the page that stands there already.
type Page struct {
	// Path is the page's own address without its query.
	Path string `json:"path"`
	// Now is the server's clock.
	Now Time `json:"now"`
	// Live is where the reader's live stream stood before anything on the page
	// was read: a stream that begins there (HeaderResume) tells all that the page
	// does not show. "" is nowhere.
	Live string `json:"live,omitempty"`
	// Session is who is signed in; nil is a guest.
	Session *claims.Display `json:"session,omitempty"`
	// Feed is the first page of the feed, on PathHome.
	Feed *Feed `json:"feed,omitempty"`
	// Thread is the post of PathPost and the first of its replies, or those that
	// stand after the query's "after". Form holds "id" for the reply to write,
	// and "message" when it was refused. A post that is not there, or not for
	// the reader, is Problem of kind ProblemNotFound and no Thread. On the page
	// that asks before the post is deleted (ActDelete) it is the post alone, and
	// Form holds "next".
	Thread *Thread `json:"thread,omitempty"`
	// Profile is the person of PathUser and what they posted, or the part of it
	// below the query's "before". Nobody of that handle is a Problem. A page
	// under a handle of before redirects to the one of now.
	Profile *UserPosts `json:"profile,omitempty"`
	// Search is what PathSearch found, or the part of it below the query's
	// "before". Without a query it is there and empty. Form holds "q".
	Search *Search `json:"search,omitempty"`
	// Sessions are the person's own, on PathAccount.
	Sessions []Session `json:"sessions,omitempty"`
	// Form is what was typed, by field name; never a password or a code.
	Form map[string]string `json:"form,omitempty"`
	// Problem is why the form was refused.
	Problem *Problem `json:"problem,omitempty"`
	// Notice is good news to show once, one of the Notice constants.
	Notice string `json:"notice,omitempty"`
	// Delivery says where a code went, on pages that ask for one.
	Delivery *Delivery `json:"delivery,omitempty"`
	// Local is set in local mode, where PathInbox shows the mails.
	Local bool `json:"local,omitempty"`
}

// PageElement is the id of the document's element that holds the Page.
const PageElement = "page"

// Notices.
const (
	NoticeConfirmed       = "confirmed"
	NoticeCodeSent        = "code-sent"
	NoticeSignedOut       = "signed-out"
	NoticeSignedOutKept   = "signed-out-kept" // while CookieUnsent is set
	NoticePasswordChanged = "password-changed"
	NoticeProfileSaved    = "profile-saved"
	NoticeDeleted         = "deleted" // on PathHome, after a plain form deleted a post
)
