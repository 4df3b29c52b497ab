package ui

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/app/outbox"
	"porchlight/shared/api"
)

// compose is the form for a new post or, with Parent, for a reply.
type compose struct {
	app.Compo
	Rev    int
	Parent string

	p       *Program
	form    form
	initial string // what the text begins with
	spent   bool   // the ID of the page's form has been used
}

// Render draws the form.
func (s *compose) Render() app.UI {
	p, problem := s.p, s.form.current(s.p)
	message := &field{Name: "message", Label: "What is new?", Error: problem.Field("message"), By: "left"}
	action, button := api.PathHome, s.form.button("Post", "Posting…")
	picks := []app.UI{
		pick("expires_in", "Fades after", s.begin("expires_in", api.DefaultExpiry), expiries()),
		pick("audience", "Who can read it", s.begin("audience", api.AudienceEveryone), audiences()),
	}
	if s.Parent != "" { // a reply is for whom and for as long as what it answers
		message.Label, action, button = "Your reply", api.PostPath(s.Parent), s.form.button("Reply", "Replying…")
		picks = []app.UI{hidden("next", "")}
	}
	return el("div", at{"class", "card compose"},
		s.form.element(p, action, s.onSubmit,
			hidden("id", p.field("id")),
			message.wrap(s.area(message), nil),
			el("div", at{"class", "picks"}, append(picks, el("div", at{"class", "send"}, s.counter(), button))...),
		),
		s.form.alert(p, "message"),
		s.form.wait(p),
	)
}

func (s *compose) area(f *field) app.UI {
	var content app.UI
	if first := strings.TrimLeft(s.initial, "\n"); first != "" { // HTML drops a first newline
		content = text(first)
	}
	return on("input", s.onInput, el("textarea", at{
		"id", f.Name, "name", f.Name, "rows", "3", "required", "true", "dir", "auto", "autocomplete", "off",
		"aria-describedby", f.describedBy(), "aria-invalid", flag(f.Error != ""),
	}, content))
}

// begin returns what a select begins with.
func (s *compose) begin(name, otherwise string) string {
	if v := s.p.field(name); v != "" {
		return v
	}
	return otherwise
}

func expiries() (c []choice) {
	for _, e := range api.Expiries() {
		c = append(c, choice{e.Value, e.Label})
	}
	return c
}

func audiences() []choice {
	return []choice{{api.AudienceEveryone, "Everyone"}, {api.AudienceMembers, "Members only"}}
}

// counter says how many characters are left.
func (s *compose) counter() app.UI {
	left := api.MaxMessageRunes - utf8.RuneCountInString(s.p.draftOf(s.Parent))
	class, words := "left", strconv.Itoa(left)+" left"
	switch {
	case left < 0:
		class, words = "left over", strconv.Itoa(-left)+" too many"
	case left == api.MaxMessageRunes:
		words = "up to " + strconv.Itoa(left) + " characters"
	}
	return el("p", at{"id", "left", "class", class}, text(words))
}

// OnMount finds what was typed before the program woke.
func (s *compose) OnMount(app.Context) {
	if e, ok := element("message"); ok {
		s.write(e.Get("value").String())
	}
}

func (s *compose) onInput(ctx app.Context, _ app.Event) { s.write(ctx.JSSrc().Get("value").String()) }

// write notes what stands in the text.
func (s *compose) write(draft string) {
	s.p.setDraft(s.Parent, draft)
	if s.p.session != nil {
		s.p.writer = s.p.session.Subject
	}
}

func (s *compose) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	v := values(ctx.JSSrc())
	s.send(api.NewPost{ID: v("id"), Message: v("message"), ExpiresIn: v("expires_in"), Audience: v("audience")})
}

// send hands the text to the outbox, from where it shows at once. What is wrong
// with it can be said here; what only the server knows, the post says later.
func (s *compose) send(r api.NewPost) {
	p := s.p
	if p.session == nil {
		s.form.refuse(p, &api.Problem{Type: "/problems/" + api.ProblemNotSignedIn, Title: "Sign in first", Detail: "Sign in first. Your text stays here."})
		return
	}
	r.Parent = s.Parent
	if s.spent {
		r.ID = "" // the same words again are another post
	}
	r.Normalize()
	if errs := r.Check(); len(errs) > 0 {
		s.form.refuse(p, &api.Problem{Type: "/problems/" + api.ProblemInvalidFields, Title: "Please check", Errors: errs})
		return
	}
	s.spent, s.form.used, s.form.problem = true, true, nil
	if r.ID == "" {
		r.ID = newID()
	}
	p.add(outbox.Item{ID: r.ID, Kind: outbox.Post, Post: r})
	p.putDraft(s.Parent, "")
}

// draftOf returns what is being written: a reply to the post with the ID
// parent, or with "" a post.
func (p *Program) draftOf(parent string) string {
	if parent != "" {
		return p.replies[parent]
	}
	return p.draft
}

func (p *Program) setDraft(parent, words string) {
	switch {
	case parent == "":
		p.draft = words
	case words == "":
		delete(p.replies, parent)
	default:
		p.replies[parent] = words
	}
}

// putDraft replaces what is being written, also in the form if that is here.
func (p *Program) putDraft(parent, words string) {
	p.setDraft(parent, words)
	here, _ := postOf(p.page.Path)
	if e, ok := element("message"); ok && here == parent {
		e.Set("value", words)
		if words != "" {
			e.Call("focus")
		}
	}
}
