package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"porchlight/server/internal/feed"
)

// seedPosts fills the feed with n posts a minute apart: of ten, one is a reply
// and one a repost; a third is for members; every fourth has expired or will.
// Each has five likes. One has the word "needle".
const seedPosts = `
	CREATE FUNCTION pg_temp.id(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
		$$ SELECT (lpad(to_hex(1700000000000 + n * 60000::bigint), 12, '0') || '70008000000000000000')::uuid $$;
	INSERT INTO posts (id, author, handle, name, message, audience, created, expires, parent, repost_of, likes, forget, digest, words)
	SELECT pg_temp.id(n), 'sub-' || n % 500, 'ann', 'Ann', repeat('porchlight ', 15),
		CASE n % 3 WHEN 0 THEN 'members' ELSE 'everyone' END, to_timestamp(1700000000 + n * 60),
		CASE n % 4 WHEN 0 THEN to_timestamp(1700000000 + n * 120) ELSE 'infinity' END,
		CASE n % 10 WHEN 9 THEN pg_temp.id(n - 9) END, CASE n % 10 WHEN 5 THEN pg_temp.id(n - 1) END,
		5, to_timestamp(1800000000), sha256(n::text::bytea),
		array_to_tsvector(ARRAY['porchlight', 'ann'] || CASE n WHEN 77 THEN ARRAY['needle'] ELSE '{}' END)
	FROM generate_series(1, %[1]d) n;
	INSERT INTO likes SELECT pg_temp.id(n), 'sub-' || (n + k) %% 500 FROM generate_series(1, %[1]d) n, generate_series(1, 5) k;
	INSERT INTO profiles SELECT 'sub-' || n, 'ann' || n, 'Ann', now() FROM generate_series(1, 500) n;
	INSERT INTO handles SELECT handle, sub FROM profiles;
	ANALYZE`

func seed(t testing.TB, url string, n int) {
	t.Helper()
	query := strings.NewReplacer("n % ", "n %% ").Replace(seedPosts)
	execAt(t, url, fmt.Sprintf(query, n))
}

// Arguments of the plans: the moment of the last seeded post, ids, keys.
const (
	planNow = "2023-12-12 00:00:00Z"
	planID  = "018bcff5-0000-7000-8000-000000000000"
	planKey = `\x0000000000000000000000000000000000000000000000000000000000000000`
	planAll = "ffffffff-ffff-ffff-ffff-ffffffffffff"
)

// TestPlans holds what was measured: every query goes along an index, whether
// the server plans for the values or for any, and none reads all likes.
func TestPlans(t *testing.T) {
	url := newSeeded(t, 20_000)
	guest, member, moderator := feed.View{}, feed.View{Members: true}, feed.View{Members: true, Moderator: true}
	page := []string{planAll, planNow}
	tests := []struct {
		name, query string
		args        []string
		want        []string // indexes
	}{
		{"home for guests", homePage(guest, 21), page, []string{"Index Scan Backward using posts_home", "posts_pkey"}},
		{"home for members", homePage(member, 21), page, []string{"Index Scan Backward using posts_home", "posts_pkey"}},
		{"home for moderators", homePage(moderator, 21), page, []string{"Index Scan Backward using posts_home", "posts_pkey"}},
		{"home far down", homePage(member, 21), []string{planID, planNow}, []string{"Index Scan Backward using posts_home"}},
		{"posts of an author", authorPage(member, 21), append(page, "sub-7"), []string{"posts_author"}},
		{"replies", repliesPage(member, 21), []string{planID, planNow, planID}, []string{"posts_replies"}},
		{"search among recent posts", recentSearch(member, 21), append(page, "'needle' & 'ann'"), []string{"Index Scan Backward using posts_pkey"}},
		{"search among all", wholeSearch(guest, 21), append(page, "'needle' & 'ann'"), []string{"posts_words"}},
		{"one post", postInView(guest, postColumns), []string{planID, planNow}, []string{"posts_pkey"}},
		{"marks", marks, []string{"sub-7", "{" + planID + "}"}, []string{"likes_pkey", "posts_reposts", "posts_pkey"}},
		{"like", `WITH target AS (` + postInView(member, "p.id") + `), ` + like, []string{planID, planNow, "sub-7"}, []string{"posts_pkey"}},
		{"unlike", `WITH target AS (` + postInView(member, "p.id") + `), ` + unlike, []string{planID, planNow, "sub-7"}, []string{"posts_pkey", "likes_pkey"}},
		{"unrepost", `WITH target AS (` + postInView(member, "p.id") + `), ` + unrepost, []string{planID, planNow, "sub-7"}, []string{"posts_pkey", "posts_reposts"}},
		{"delete", deletePost, []string{planNow, planID, "sub-7"}, []string{"posts_pkey", "posts_replies"}},
		{"sweep", sweepPosts, []string{planNow, "100"}, []string{"posts_expires", "posts_pkey"}},
		{"posts that count what is swept", lockCounting, []string{planNow, "100"}, []string{"posts_expires", "posts_pkey"}},
		{"clear", clearSlice, []string{planNow, "100"}, []string{"likes_pkey", "posts_replies", "posts_reposts"}},
		{"clear done", clearDone, []string{"100"}, []string{"likes_pkey", "posts_replies", "posts_reposts"}},
		{"forget", forgetPosts, []string{planNow, "100"}, []string{"posts_forget"}},
		{"profile", profileBySub, []string{"sub-7"}, []string{"profiles_pkey"}},
		{"handle", profileByHandle, []string{"ANN7"}, []string{"handles_pkey", "profiles_pkey"}},
		{"prefix", profilesByPrefix, []string{"an", "an~", "5"}, []string{"profiles_prefix"}},
		{"session", sessionByKey, []string{planKey}, []string{"session_pkey"}},
		{"sessions", sessionsOfSub, []string{"ada", "10"}, []string{"session_sub"}},
		{"sweep of sessions", sweepSessions, []string{planNow, planNow, "100"}, []string{"session_expires", "session_seen"}},
		{"sweep of held sign-ins", sweepPending, []string{planNow, "100"}, []string{"session_pending_expires"}},
		{"deny list", denied, []string{"o", "ada", planNow}, []string{"denied_origin_pkey", "revoked_sub_pkey"}},
		{"sweep of the deny list", sweepDenials, []string{planNow, "100"}, []string{"denied_origin_until", "revoked_sub_until"}},
		{"limit", stateByKey, []string{planKey}, []string{"limits_pkey"}},
		{"sweep of limits", sweepStates, []string{planNow, "100"}, []string{"limits_until"}},
	}
	for _, tt := range tests {
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			t.Run(tt.name+"/"+mode, func(t *testing.T) {
				plan := explain(t, url, mode, tt.query, tt.args)
				for _, want := range tt.want {
					if !strings.Contains(plan, want) {
						t.Errorf("the plan lacks %s:\n%s", want, plan)
					}
				}
				rest := strings.ReplaceAll(plan, "Seq Scan on leftovers", "") // it is nearly empty
				if strings.Contains(rest, "Seq Scan") || strings.Contains(rest, "hashed SubPlan") {
					t.Errorf("the plan reads a whole table:\n%s", plan)
				}
			})
		}
	}
}

// newSeeded returns the URL of a database with n posts.
func newSeeded(t testing.TB, n int) string {
	t.Helper()
	s := newStore(t)
	url := s.db.pool.Config().ConnString()
	seed(t, url, n)
	return url
}

// explain returns how the server would run the query. Parameters are given as
// literals, which take the types that the query asks for.
func explain(t *testing.T, url, mode, query string, args []string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	setup := []string{"SET jit = off", "SET plan_cache_mode = " + mode, "PREPARE asked AS " + query}
	if !strings.Contains(query, "posts") {
		// The seed leaves these tables nearly empty: to read them all would be right.
		setup = append(setup, "SET enable_seqscan = off")
	}
	for _, q := range setup {
		if _, err := conn.Exec(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN EXECUTE asked ('"+strings.Join(quoteAll(args), "', '")+"')")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func quoteAll(args []string) []string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = strings.ReplaceAll(a, "'", "''")
	}
	return quoted
}
