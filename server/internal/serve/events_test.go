package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/live"
	"porchlight/server/internal/hub"
	"porchlight/shared/api"
)

// patience is how long a test waits for what has to come. A busy machine makes
// anything late by seconds; what never comes is late by any measure.
const patience = time.Minute

// A tape is what a live stream told, in words.
type tape struct {
	t      *testing.T
	events chan string
	last   string // position of the newest event that was taken
	stop   func()
	at     chan string
}

// follow opens a stream with the program's own reader. Without a position it
// waits for the resync that comes first.
func (p *person) follow(t *testing.T, position string) *tape {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	f := &tape{t: t, events: make(chan string, 100), at: make(chan string, 100)}
	f.stop = func() { cancel(); <-done }
	t.Cleanup(f.stop)
	r := live.Over(p.site.URL, p.client)
	go func() {
		defer close(done)
		err := r.Open(ctx, position, func(e live.Event) {
			text := e.Kind
			if e.ID != "" {
				text += " " + e.ID
			}
			if c := e.Counters; c != nil {
				text += fmt.Sprintf(" %d/%d/%d", c.Likes, c.Replies, c.Reposts)
			}
			if e.Hidden {
				text += " hidden"
			}
			f.events <- text
			f.at <- e.Position
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the reader ended with %v", err)
		}
	}()
	if position == "" {
		f.want(api.EventResync)
	}
	return f
}

// next takes the next event.
func (f *tape) next() (event string) {
	f.t.Helper()
	select {
	case event = <-f.events:
		f.last = <-f.at
	case <-time.After(patience):
		f.t.Fatal("heard nothing")
	}
	return event
}

// want takes the next events. What must not come is shown by what comes next.
func (f *tape) want(events ...string) {
	f.t.Helper()
	for _, want := range events {
		if got := f.next(); got != want {
			f.t.Fatalf("heard %q, want %q", got, want)
		}
	}
}

// until skips resyncs, which come when a server begins to hear the others.
func (f *tape) until(want string) {
	f.t.Helper()
	for got := f.next(); got != want; got = f.next() {
		if got != api.EventResync {
			f.t.Fatalf("heard %q, want %q", got, want)
		}
	}
}

// TestLiveReaders: guests, members and moderators hear what they may see.
func TestLiveReaders(t *testing.T) {
	s := newTestSite(t)
	ann, mod := s.join(t, "ann"), s.moderator(t)
	guest, member, moderator := s.person(t).follow(t, ""), ann.follow(t, ""), mod.follow(t, "")
	all := []*tape{guest, member, moderator}
	members := all[1:]
	want := func(who []*tape, event string) {
		t.Helper()
		for _, f := range who {
			f.want(event)
		}
	}
	inner := ann.post(t, api.NewPost{Message: "inner", Audience: api.AudienceMembers}).ID
	want(members, "post "+inner)
	open := ann.post(t, api.NewPost{Message: "open"}).ID
	want(all, "post "+open)
	path := api.PathPosts + "/" + open
	for _, step := range []struct {
		method, act string
		counters    string
	}{{"PUT", "/like", "1/0/0"}, {"DELETE", "/like", "0/0/0"}, {"PUT", "/repost", "0/0/1"}} {
		if r := ann.call(t, step.method, path+step.act); r.status != 200 {
			t.Fatalf("%s = %d", step.act, r.status)
		}
		if step.act == api.ActRepost {
			want(all, "post "+ann.feed(t).Posts[0].ID)
		}
		want(all, "counters "+open+" "+step.counters)
	}
	reply := ann.post(t, api.NewPost{Message: "reply", Parent: open}).ID
	want(all, "post "+reply)
	want(all, "counters "+open+" 0/1/1")
	for _, method := range []string{"PUT", "DELETE"} {
		if r := mod.call(t, method, path+"/hidden"); r.status != 200 {
			t.Fatalf("hide = %d", r.status)
		}
		if method == "PUT" {
			want(all[:2], "gone "+open)
			moderator.want("counters " + open + " 0/1/1 hidden")
			if r := mod.call(t, "PUT", path+"/like"); r.status != 200 {
				t.Fatalf("like of the hidden = %d", r.status)
			}
			moderator.want("counters " + open + " 1/1/1 hidden")
		}
	}
	want(all, "counters "+open+" 1/1/1")
	for _, id := range []string{inner, open} {
		if r := ann.call(t, "DELETE", api.PathPosts+"/"+id); r.status != 204 {
			t.Fatalf("delete = %d", r.status)
		}
	}
	want(members, "gone "+inner)
	want(all, "gone "+open)
}

// TestLiveResume: who comes back hears what came meanwhile, once.
func TestLiveResume(t *testing.T) {
	s := newTestSite(t)
	ann := s.join(t, "ann")
	f := s.person(t).follow(t, "")
	first := ann.post(t, api.NewPost{Message: "1"}).ID
	f.want("post " + first)
	f.stop()
	ann.post(t, api.NewPost{Message: "for members", Audience: api.AudienceMembers})
	second := ann.post(t, api.NewPost{Message: "2"}).ID
	again := s.person(t).follow(t, f.last)
	again.want("post " + second)
	ann.follow(t, again.last).want(api.EventResync) // that was a guest's
	for _, position := range []string{"x", "AAAAAAAAAAg1", again.last + "1"} {
		s.person(t).follow(t, position).want(api.EventResync)
	}
}

// raw opens a stream without a program behind it.
func (p *person) raw(t *testing.T, header http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", p.site.URL+api.PathEvents, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	res, err := p.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// TestLiveHeaders: what the stream says of itself to proxies and caches.
func TestLiveHeaders(t *testing.T) {
	s := newTestSite(t)
	res := s.person(t).raw(t, nil)
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	if res.StatusCode != 200 || err != nil || !strings.HasPrefix(line, "retry: ") {
		t.Errorf("stream = %d, %v, %q", res.StatusCode, err, line)
	}
	want := map[string]string{"Content-Type": api.TypeEvents, "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Length": "", "X-Content-Type-Options": "nosniff"}
	head := s.person(t).do(t, "HEAD", api.PathEvents, nil, "")
	for name, value := range want {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
		if got := head.header.Get(name); got != value {
			t.Errorf("HEAD: %s = %q, want %q", name, got, value)
		}
	}
	if head.status != 200 || head.body != "" {
		t.Errorf("HEAD = %d %q", head.status, head.body)
	}
}

func TestLiveRefused(t *testing.T) {
	s := newTestSite(t)
	ann := s.join(t, "ann")
	for _, tt := range []struct {
		name   string
		who    *person
		header http.Header
		status int
		kind   string
	}{
		{"bad token", s.person(t), bearer("x.y.z"), 401, api.ProblemInvalidToken},
		{"cookie and token", ann, bearer("x.y.z"), 400, api.ProblemMalformed},
		{"old program", ann, http.Header{api.HeaderVersion: {strconv.Itoa(api.Version - 1)}}, 409, api.ProblemOutdated},
		{"another's", ann, http.Header{api.HeaderSub: {"x"}}, 409, api.ProblemOtherPerson},
		{"a member's, to a guest", s.person(t), http.Header{api.HeaderSub: {"x"}}, 409, api.ProblemOtherPerson},
		{"another host", ann, http.Header{"Host": {"evil.example"}}, 421, api.ProblemNotFound},
	} {
		if r := tt.who.do(t, "GET", api.PathEvents, tt.header, ""); r.status != tt.status || !r.problem(t).OfKind(tt.kind) {
			t.Errorf("%s = %d %s, want %d %s", tt.name, r.status, r.body, tt.status, tt.kind)
		}
	}
	if r := ann.do(t, "POST", api.PathEvents, http.Header{"Content-Type": {api.TypeJSON}}, "{}"); r.status != 405 || r.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST = %d, Allow %q", r.status, r.header.Get("Allow"))
	}
}

// page returns what the server left in the document at path for the program.
func (p *person) page(t *testing.T, path string) (page api.Page) {
	t.Helper()
	r := p.get(t, path)
	_, data, ok := strings.Cut(r.body, `id="`+api.PageElement+`">`)
	data, _, end := strings.Cut(data, "</script>")
	if err := json.Unmarshal([]byte(data), &page); err != nil || !ok || !end {
		t.Fatalf("%s = %d without a page: %v in %.300s", path, r.status, err, r.body)
	}
	return page
}

// TestLiveFromPage: a stream that goes on where its page was made tells what
// came since, and nothing else.
func TestLiveFromPage(t *testing.T) {
	s := newTestSite(t)
	ann, mod := s.join(t, "ann"), s.moderator(t)
	last := mod.follow(t, "") // is told after the others
	first := ann.post(t, api.NewPost{Message: "first"}).ID
	last.want("post " + first)
	readers := map[string]*person{"guest": s.person(t), "member": ann, "moderator": mod}
	for _, path := range []string{api.PathHome, api.PostPath(first), api.UserPath("ann"), api.PathSearch + "?q=first"} {
		pages := map[string]api.Page{}
		for name, p := range readers {
			pages[name] = p.page(t, path)
		}
		post := ann.post(t, api.NewPost{Message: "since"}).ID
		for name, p := range readers {
			if pages[name].Live == "" {
				t.Fatalf("the page of the %s at %s does not say where the stream stood", name, path)
			}
			f := p.follow(t, pages[name].Live)
			f.want("post " + post)
			f.stop()
		}
		last.want("post " + post)
	}
}

// TestLivePageMissesNothing makes pages while somebody posts: each post is on
// the page or comes on its stream.
func TestLivePageMissesNothing(t *testing.T) {
	s := newTestSite(t)
	ann, guest := s.join(t, "ann"), s.person(t)
	const posts = 12
	var pages []api.Page
	for n := range posts {
		var wg sync.WaitGroup
		wg.Go(func() { ann.post(t, api.NewPost{Message: strconv.Itoa(n)}) })
		pages = append(pages, guest.page(t, api.PathHome), guest.page(t, api.PathHome))
		wg.Wait()
	}
	all := guest.feed(t).Posts
	if len(all) != posts {
		t.Fatalf("%d posts, want %d", len(all), posts)
	}
	for _, page := range pages {
		shown := map[string]bool{}
		for _, post := range page.Feed.Posts {
			shown["post "+post.ID] = true
		}
		f := guest.follow(t, page.Live)
		for !shown["post "+all[0].ID] {
			shown[f.next()] = true
		}
		f.stop()
		for _, post := range all {
			if !shown["post "+post.ID] {
				t.Errorf("the page with %d posts and its stream leave %q out", len(page.Feed.Posts), post.Message)
			}
		}
	}
}

// TestLiveLimits: six streams a session and twenty an address, given back when
// they end.
func TestLiveLimits(t *testing.T) {
	s := newTestSite(t)
	ann, bob, guest := s.join(t, "ann"), s.join(t, "bob"), s.person(t)
	wantRefused := func(name string, p *person) {
		t.Helper()
		r := p.get(t, api.PathEvents)
		if wait, err := strconv.Atoi(r.header.Get("Retry-After")); r.status != 429 || err != nil || wait < 1 || !r.problem(t).OfKind(api.ProblemTooMany) {
			t.Errorf("%s = %d, Retry-After %q", name, r.status, r.header.Get("Retry-After"))
		}
	}
	open := func(p *person, n int) (list []*http.Response) {
		t.Helper()
		for range n {
			res := p.raw(t, nil)
			if res.StatusCode != 200 {
				t.Fatalf("stream = %d", res.StatusCode)
			}
			list = append(list, res)
		}
		return list
	}
	anns := open(ann, 6)
	wantRefused("the seventh of a session", ann)
	open(bob, 6)
	open(guest, 8)
	wantRefused("the twenty-first of an address", guest)
	wantRefused("another's", s.person(t))
	anns[0].Body.Close()
	start := time.Now()
	for s.person(t).raw(t, nil).StatusCode != 200 {
		if time.Since(start) > patience {
			t.Fatal("a stream that was closed keeps its place")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// wantEnd reads the stream to its end.
func wantEnd(t *testing.T, name string, res *http.Response) {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, res.Body)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("%s: the stream ends with %v", name, err)
		}
	case <-time.After(hub.Heartbeat / 2): // at the next one it ends anyway
		t.Errorf("%s: the stream goes on", name)
	}
}

// TestLiveSignOut: a sign-out ends the streams that it concerns at once, long
// before the next heartbeat, and no others.
func TestLiveSignOut(t *testing.T) {
	s := newTestSite(t)
	ann, other := s.join(t, "ann"), s.join(t, "other")
	in := func() *person {
		t.Helper()
		p := s.person(t)
		if r := p.json(t, api.PathSignIn, api.SignIn{Email: "ann@example.com", Password: goodPassword}); r.status != 200 {
			t.Fatalf("sign-in = %d %s", r.status, r.body)
		}
		return p
	}
	phone, desk := in(), in()
	kept := other.follow(t, "")
	access, _ := s.tokens(t, "ann@example.com")

	stream, stays := phone.raw(t, nil), desk.follow(t, "")
	if r := phone.form(t, api.PathSignOut); r.status != 303 {
		t.Fatalf("sign-out = %d", r.status)
	}
	wantEnd(t, "sign-out", stream)

	phone = in()
	stream = phone.raw(t, nil)
	var id string
	for _, e := range read[api.Sessions](t, phone.get(t, api.PathSessions), 200).Sessions {
		if e.Current {
			id = e.ID
		}
	}
	if r := desk.call(t, "DELETE", api.PathSessions+"/"+id); r.status != 204 {
		t.Fatalf("end of the other session = %d", r.status)
	}
	wantEnd(t, "end of one session", stream)

	post := other.post(t, api.NewPost{Message: "hello"}).ID
	stays.want("post " + post)
	stays.stop()

	streams := map[string]*http.Response{"cookie": desk.raw(t, nil), "another cookie": ann.raw(t, nil), "token": s.person(t).raw(t, bearer(access))}
	if r := desk.call(t, "DELETE", api.PathSessions); r.status != 204 {
		t.Fatalf("sign-out everywhere = %d", r.status)
	}
	for name, stream := range streams {
		wantEnd(t, "sign-out everywhere, "+name, stream)
	}
	if r := s.person(t).do(t, "GET", api.PathEvents, bearer(access), ""); r.status != 401 {
		t.Errorf("a stream by the revoked token = %d, want 401", r.status)
	}
	kept.want("post " + post)
	kept.want("post " + other.post(t, api.NewPost{Message: "again"}).ID)
}
