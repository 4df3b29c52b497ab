package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"porchlight/shared/api"
)

// compose is the form for a new post.
type compose struct {
	app.Compo
	Rev int

	p       *Program
	form    form
	initial string      // what the text begins with
	last    api.NewPost // what was sent last; its ID serves again for the same text only
}

// Render draws the form.
func (s *compose) Render() app.UI {
	p, problem := s.p, s.form.current(s.p)
	message := &field{Name: "message", Label: "What is new?", Error: problem.Field("message"), By: "left"}
	return el("div", at{"class", "card compose"},
		s.form.element(p, api.PathHome, s.onSubmit,
			hidden("id", p.field("id")),
			message.wrap(s.area(message), nil),
			el("div", at{"class", "picks"},
				pick("expires_in", "Fades after", s.begin("expires_in", api.DefaultExpiry), expiries()),
				pick("audience", "Who can read it", s.begin("audience", api.AudienceEveryone), audiences()),
				el("div", at{"class", "send"}, s.counter(), s.form.button("Post", "Posting…")),
			),
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
	left := api.MaxMessageRunes - utf8.RuneCountInString(s.p.draft)
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
	s.p.draft = draft
	if s.p.session != nil {
		s.p.writer = s.p.session.Subject
	}
}

func (s *compose) onSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	v := values(ctx.JSSrc())
	s.send(api.NewPost{ID: v("id"), Message: v("message"), ExpiresIn: v("expires_in"), Audience: v("audience")})
}

// send shows the post at once and takes it back if the server refuses it. A
// second try with the same text is the same post: the first may have arrived.
func (s *compose) send(r api.NewPost) {
	p := s.p
	if p.session == nil {
		s.form.refuse(p, &api.Problem{Type: "/problems/" + api.ProblemNotSignedIn, Title: "Sign in first", Detail: "Sign in first. Your text stays here."})
		return
	}
	r.ID = s.id(r)
	var post api.Post
	sent := s.form.submit(p, &r, errand{
		send: func(ctx context.Context) (err error) {
			post, err = p.API.CreatePost(ctx, r)
			return err
		},
		done: func() {
			s.last = api.NewPost{ID: r.ID} // the same words again are another post
			p.posted(r.ID, post)
		},
		failed: func() {
			p.withdraw(r.ID)
			s.put(rejoin(r.Message, p.draft))
		},
	})
	if !sent {
		return
	}
	s.last = r
	s.form.problem = nil
	p.home.pending = slices.Insert(slices.Clone(p.home.pending), 0, p.preview(r))
	s.put("")
}

// id returns the ID for a post: the one of the form for the first, the one
// before for a repeat, and else a new one.
func (s *compose) id(r api.NewPost) string {
	first := s.last.ID == ""
	repeat := s.last
	repeat.ID = r.ID
	r.Normalize()
	switch {
	case first && r.ID != "":
		return r.ID
	case !first && repeat == r:
		return s.last.ID
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "" // the server makes one
	}
	return id.String()
}

// put replaces the text.
func (s *compose) put(message string) {
	s.p.draft = message
	if e, ok := element("message"); ok {
		e.Set("value", message)
	}
}

// preview is the post as it will be.
func (p *Program) preview(r api.NewPost) api.Post {
	post := api.Post{
		ID: r.ID, Author: p.session.Subject, Handle: p.session.Handle, Name: p.session.Name,
		Message: r.Message, Audience: r.Audience, Created: p.now(),
	}
	if lifetime, _ := api.ParseExpiry(r.ExpiresIn); lifetime > 0 {
		post.Expires = new(p.now().Add(lifetime))
	}
	return post
}

// rejoin puts a text that came back before what was written since.
func rejoin(back, since string) string {
	if strings.TrimSpace(since) == "" {
		return back
	}
	return back + "\n\n" + since
}
