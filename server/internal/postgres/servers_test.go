package postgres

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/server/internal/limit"
	"porchlight/server/internal/postgres/pgtest"
	"porchlight/server/internal/session"
)

// twoServers opens two stores on one database, each with connections of its own.
func twoServers(t *testing.T) [2]*Store {
	t.Helper()
	url := pgtest.Start(t)
	return [2]*Store{openAt(t, url), openAt(t, url)}
}

// sessionRow is the n-th session of a sub.
func sessionRow(sub string, n int) session.Row {
	at := time.Unix(1_700_000_000+int64(n), 0)
	r := session.Row{
		ID: fmt.Sprintf("%s-%d", sub, n), Sub: sub, Tokens: []byte("t"), Display: []byte("d"), Version: 1,
		Created: at, Seen: at, Authenticated: at, Expires: at.Add(time.Hour),
	}
	copy(r.Key[:], r.ID)
	return r
}

// atOnce calls fn n times on each server, all together, and returns how often
// it was true.
func atOnce(t *testing.T, servers [2]*Store, n int, fn func(s *Store, i int) (bool, error)) int {
	t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i, s := range []*Store{servers[0], servers[1]} {
		for j := range n {
			wg.Go(func() {
				<-begin
				ok, err := fn(s, i*n+j)
				if err != nil {
					t.Errorf("server %d, call %d = %v", i, j, err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
	}
	close(begin)
	wg.Wait()
	return int(won.Load())
}

func TestLeaseOfTwoServers(t *testing.T) {
	servers := twoServers(t)
	row := sessionRow("ada", 1)
	if err := servers[0].Sessions().Create(t.Context(), row, 1); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_100, 0)
	won := atOnce(t, servers, 16, func(s *Store, _ int) (bool, error) {
		return s.Sessions().Lease(t.Context(), row.Key, 1, now, now.Add(20*time.Second))
	})
	if won != 1 {
		t.Errorf("%d got the lease, want 1", won)
	}
	moved := atOnce(t, servers, 8, func(s *Store, i int) (bool, error) {
		return s.Sessions().Replace(t.Context(), row.Key, 1, now.Add(time.Minute), sessionRow("ada", 100+i))
	})
	if moved != 1 {
		t.Errorf("%d replaced the session, want 1", moved)
	}
	list, err := servers[1].Sessions().List(t.Context(), "ada", 100)
	if err != nil || len(list) != 1 {
		t.Errorf("List = %d sessions, %v, want 1", len(list), err)
	}
}

// TestSignInsOfTwoServers: the number that Create keeps holds when sign-ins
// cannot see each other, and nobody waits for another in a circle.
func TestSignInsOfTwoServers(t *testing.T) {
	servers := twoServers(t)
	const keep, each = 3, 20
	atOnce(t, servers, each, func(s *Store, i int) (bool, error) {
		if i%5 == 4 {
			_, err := s.Sessions().DeleteOf(t.Context(), "ada", "")
			return false, err
		}
		return true, s.Sessions().Create(t.Context(), sessionRow("ada", i), keep)
	})
	list, err := servers[0].Sessions().List(t.Context(), "ada", 100)
	if err != nil || len(list) > keep {
		t.Errorf("List = %d sessions, %v, want at most %d", len(list), err, keep)
	}
}

func TestLimitsOfTwoServers(t *testing.T) {
	servers := twoServers(t)
	const allowed, each = 25, 40
	limiters := map[*Store]*limit.Limiter{}
	for _, s := range servers {
		l, err := limit.New(limit.Config{
			Store: s.Limits(), Key: make([]byte, limit.MinKeyBytes),
			Rules: limit.Rules{Posts: limit.Bound{Count: allowed, Window: time.Hour}},
		})
		if err != nil {
			t.Fatal(err)
		}
		limiters[s] = l
	}
	through := atOnce(t, servers, each, func(s *Store, _ int) (bool, error) {
		return limiters[s].Take(t.Context(), limit.Posts, "ann") == nil, nil
	})
	if through != allowed {
		t.Errorf("%d of %d got through on two servers, want %d", through, 2*each, allowed)
	}
}
