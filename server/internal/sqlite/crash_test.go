package sqlite

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"porchlight/server/internal/feed"
	"porchlight/shared/api"
)

// crashPath names the environment variable that makes TestCrashChild write.
const crashPath = "PORCHLIGHT_TEST_CRASH"

// TestCrash kills a process that writes, with SIGKILL, and looks for every post
// that it had acknowledged.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	acknowledged := map[string]bool{}
	for range 3 { // again over what the last crash left
		for _, id := range writeAndKill(t, path, 200) {
			acknowledged[id] = true
		}
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	page := feed.Page{Before: uuid.Max, Limit: 1 << 20, View: feed.View{Members: true, Now: time.Now()}}
	posts, err := s.Feed().Home(t.Context(), page)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, p := range posts {
		there[p.ID.String()] = true
	}
	for id := range acknowledged {
		if !there[id] {
			t.Errorf("acknowledged post %s is lost", id)
		}
	}
	t.Logf("%d acknowledged, %d stored", len(acknowledged), len(there))
}

// writeAndKill runs a child that writes until it has acknowledged n posts and
// more, kills it in the middle, and returns all that it said.
func writeAndKill(t *testing.T, path string, n int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), crashPath+"="+path)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if len(lines.Text()) != 36 {
			t.Errorf("the child said %q", lines.Text())
			continue
		}
		if ids = append(ids, lines.Text()); len(ids) == n {
			if err := cmd.Process.Kill(); err != nil { // SIGKILL
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(ids) < n {
		t.Fatalf("the child ended by itself after %d posts: %v", len(ids), err)
	}
	return ids
}

// TestCrashChild is the process that TestCrash kills. Each line is an id whose
// Insert has returned, written in one piece.
func TestCrashChild(t *testing.T) {
	path := os.Getenv(crashPath)
	if path == "" {
		t.Skip("runs under TestCrash")
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { writeForEver(t, s.Feed()) })
	}
	wg.Wait()
}

func writeForEver(t *testing.T, store *FeedStore) {
	for {
		id, err := uuid.NewV7()
		if err != nil {
			t.Error(err)
			return
		}
		_, err = store.Insert(t.Context(), feed.Post{
			ID: id, Author: "ann", Handle: "ann", Name: "Ann",
			Message: "still here", Audience: api.AudienceEveryone, Created: time.Now().UTC(),
		})
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := fmt.Fprintln(os.Stdout, id); err != nil {
			return
		}
	}
}
