package httpapi

import (
	"html"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"porchlight/shared/api"
)

// A Mail is one that the embedded pool would have sent. Kind is "confirm" or
// "recover".
type Mail struct {
	To   string    `json:"to"`
	Kind string    `json:"kind"`
	Code string    `json:"code"`
	Sent time.Time `json:"sent"`
}

// inboxSize is how many mails the inbox shows.
const inboxSize = 100

// inbox shows the mails of the embedded pool, to this machine only: the peer
// is on loopback and nothing has forwarded the request. The Host allowlist,
// which holds loopback names only in local mode, keeps DNS rebinding out.
func (s *server) inbox(w http.ResponseWriter, r *http.Request) error {
	if !peerOf(r).IsLoopback() || forwarded(r.Header) {
		return errNotFound
	}
	mails, err := s.Inbox(r.Context(), inboxSize)
	if err != nil {
		return err
	}
	if mails == nil {
		mails = []Mail{}
	}
	w.Header().Add("Vary", "Accept")
	if wantsJSON(r.Header.Get("Accept")) {
		return encode(w, http.StatusOK, mails)
	}
	s.Pages.Plain(w, r, "Inbox · Porchlight", inboxBody(mails))
	return nil
}

// inboxBody is the page's HTML. It is written by hand because a template
// package keeps every exported method in the binary, 7.5 MB of them.
func inboxBody(mails []Mail) string {
	var b strings.Builder
	b.WriteString(`<div><main class="inbox"><h1>Development inbox</h1>
<p>The mails that a real user pool would have sent, newest first. This page exists in local mode only.</p>
`)
	if len(mails) == 0 {
		b.WriteString(`<p class="empty">No mail yet. Sign up, and the code will be here.</p>`)
	}
	for _, m := range mails {
		b.WriteString(m.html())
	}
	b.WriteString(`<p><a href="/">Back to the porch</a></p></main></div>`)
	return b.String()
}

func (m Mail) html() string {
	subject, action, path := "confirm the address", "Confirm", api.PathConfirm
	if m.Kind == "recover" {
		subject, action, path = "new password", "Choose a new password", api.PathRecoverConfirm
	}
	return `<article class="card mail" data-mail="` + html.EscapeString(m.Kind) + `"><p><strong>` + html.EscapeString(m.To) + `</strong> · ` + subject +
		` · <time datetime="` + m.Sent.UTC().Format(time.RFC3339) + `">` + m.Sent.UTC().Format("15:04:05") + ` UTC</time></p><p class="code"><code>` +
		html.EscapeString(m.Code) + `</code></p><p><a href="` + path + "?email=" + url.QueryEscape(m.To) + `">` + action + "</a></p></article>\n"
}

// wantsJSON reports whether JSON is the first of the media types that a client
// accepts.
func wantsJSON(accept string) bool {
	first, _, _ := strings.Cut(accept, ",")
	kind, _, err := mime.ParseMediaType(first)
	return err == nil && kind == api.TypeJSON
}
