package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"porchlight/shared/api"
)

// A sent is a post that somebody sent, and whether the server said that it has
// it.
type sent struct {
	post         api.NewPost
	acknowledged bool
}

// TestCrash kills the program with SIGKILL while several people post. After the
// restart on the same folder every acknowledged post is in the feed, none is
// there twice, everybody is still signed in, and a post without an answer can
// be sent again.
func TestCrash(t *testing.T) {
	const posters, enough = 4, 40
	s := start(t)
	people := make([]*person, posters)
	for i := range people {
		people[i] = s.member(t, fmt.Sprintf("poster%d", i))
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	acknowledged := make(chan struct{}, enough*posters)
	all := make([][]sent, posters)
	var wg sync.WaitGroup
	for i, who := range people {
		wg.Go(func() { all[i] = who.postUntil(ctx, acknowledged) })
	}
	for range enough {
		select {
		case <-acknowledged:
		case <-ctx.Done():
		}
	}
	s.kill(t)
	stop()
	wg.Wait()
	s.restart(t)

	counts := s.everyPost(t, people[0])
	unanswered := 0
	for i, who := range people {
		for _, e := range all[i] {
			n := counts[e.post.ID]
			if e.acknowledged && n != 1 {
				t.Errorf("post %s was acknowledged and is in the feed %d times", e.post.ID, n)
			}
			if n > 1 {
				t.Errorf("post %s is in the feed %d times", e.post.ID, n)
			}
			if e.acknowledged {
				continue
			}
			unanswered++
			if _, err := who.api.CreatePost(t.Context(), e.post); err != nil {
				t.Errorf("CreatePost(%s) again after the crash: %v", e.post.ID, err)
			}
		}
	}
	t.Logf("%d posts before the crash, %d without an answer", len(counts), unanswered)
	counts = s.everyPost(t, people[0])
	for i := range people {
		for _, e := range all[i] {
			if n := counts[e.post.ID]; n != 1 {
				t.Errorf("post %s is in the feed %d times at the end, want once", e.post.ID, n)
			}
		}
	}
}

// postUntil posts one message after the other until the server fails or ctx
// ends, and tells of every acknowledged one.
func (p *person) postUntil(ctx context.Context, acknowledged chan<- struct{}) []sent {
	const most = 30 // posts a minute that the server allows one person
	var all []sent
	for i := range most {
		id, err := uuid.NewV7()
		if err != nil {
			return all
		}
		post := api.NewPost{ID: id.String(), Message: fmt.Sprintf("Post %d of %s", i, p.handle), ExpiresIn: "1d", Audience: api.AudienceMembers}
		_, err = p.api.CreatePost(ctx, post)
		all = append(all, sent{post, err == nil})
		if err != nil {
			return all
		}
		acknowledged <- struct{}{}
	}
	return all
}

// everyPost reads the feed page by page, and counts the posts by id.
func (s *server) everyPost(t *testing.T, who *person) map[string]int {
	t.Helper()
	const size = 7 // so that there are several pages
	counts := map[string]int{}
	before := ""
	for {
		f, err := who.api.Feed(t.Context(), before, size)
		if err != nil {
			t.Fatalf("Feed(%q): %v", before, err)
		}
		for _, post := range f.Posts {
			counts[post.ID]++
		}
		if f.Next == "" {
			return counts
		}
		if f.Next == before {
			t.Fatalf("Feed(%q) leads to itself", before)
		}
		before = f.Next
	}
}
