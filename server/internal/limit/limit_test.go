package limit_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/limit"
	"porchlight/server/internal/limit/limittest"

	"github.com/google/go-cmp/cmp"
)

func TestMemory(t *testing.T) {
	limittest.TestStore(t, func(*testing.T) limit.Store { return limit.NewMemory() })
}

func TestMemoryIsBounded(t *testing.T) {
	m := limit.NewMemory()
	until := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	count := limit.State{Count: 1, Until: until}
	for i := range limit.MemoryStates + 10_000 {
		key := limit.Key(sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)}))
		if err := m.Update(t.Context(), key, func(limit.State) limit.State { return count }); err != nil {
			t.Fatal(err)
		}
	}
	n, err := m.Sweep(t.Context(), until, 1<<30)
	if err != nil || n > limit.MemoryStates {
		t.Errorf("%d states, %v, want at most %d", n, err, limit.MemoryStates)
	}
}

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func newLimiter(t *testing.T, rules limit.Rules) (*limit.Limiter, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	l, err := limit.New(limit.Config{Store: limit.NewMemory(), Key: make([]byte, limit.MinKeyBytes), Rules: rules, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

// wait returns how long err says to wait; 0 for nil.
func wait(t *testing.T, err error) time.Duration {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*limit.Exceeded](err)
	if !ok {
		t.Fatalf("%v is not Exceeded", err)
	}
	if e.RetryAfter <= 0 {
		t.Errorf("RetryAfter = %v", e.RetryAfter)
	}
	return e.RetryAfter
}

// The numbers of the rules, as an attacker meets them.
func TestDefaults(t *testing.T) {
	tests := []struct {
		rule   limit.Rule
		count  int
		window time.Duration
	}{
		{limit.SignInAddress, 30, 15 * time.Minute},
		{limit.SignUpAddress, 10, time.Hour},
		{limit.RecoverAccount, 5, time.Hour},
		{limit.RecoverAddress, 20, time.Hour},
		{limit.ResendAccount, 5, time.Hour},
		{limit.CodeAccount, 5, time.Hour},
		{limit.Posts, 30, time.Minute},
		{limit.Reads, 600, time.Minute},
	}
	for _, tt := range tests {
		t.Run(string(tt.rule), func(t *testing.T) {
			l, c := newLimiter(t, limit.Rules{})
			take := func() time.Duration { return wait(t, l.Take(t.Context(), tt.rule, "x")) }
			for i := range tt.count {
				if got := take(); got != 0 {
					t.Fatalf("Take %d must wait %v", i+1, got)
				}
			}
			c.advance(time.Second)
			if got := take(); got != tt.window-time.Second {
				t.Errorf("Take %d must wait %v, want %v", tt.count+1, got, tt.window-time.Second)
			}
			if got := wait(t, l.Check(t.Context(), tt.rule, "x")); got != tt.window-time.Second {
				t.Errorf("Check must wait %v, want %v", got, tt.window-time.Second)
			}
			if err := l.Take(t.Context(), tt.rule, "y"); err != nil {
				t.Errorf("Take(another) = %v", err)
			}
			c.advance(tt.window - time.Second - time.Microsecond)
			if got := take(); got != time.Microsecond {
				t.Errorf("Take just before the end must wait %v", got)
			}
			c.advance(time.Microsecond)
			if got := take(); got != 0 {
				t.Errorf("Take at the end must wait %v", got)
			}
		})
	}
}

// Ten wrong passwords, and then ever longer waits up to the window.
func TestGrowingDelay(t *testing.T) {
	l, c := newLimiter(t, limit.Rules{})
	take := func() time.Duration { return wait(t, l.Take(t.Context(), limit.SignInAccount, "ann@example.com")) }
	for i := range 10 {
		if got := take(); got != 0 {
			t.Fatalf("Take %d must wait %v", i+1, got)
		}
	}
	var got []time.Duration
	for range 6 {
		d := take()
		got = append(got, d)
		c.advance(d)
		if again := take(); again != 0 {
			t.Fatalf("Take after the wait of %v must wait %v", d, again)
		}
	}
	want := []time.Duration{1, 2, 4, 8, 15, 15}
	for i := range want {
		want[i] *= time.Minute
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}

	c.advance(30*time.Minute - time.Microsecond) // the wait and a window, but for one
	if got := take(); got != 0 {
		t.Errorf("Take must wait %v", got)
	}
	if got := take(); got != 15*time.Minute {
		t.Errorf("a pause that was too short made the wait %v, want 15m", got)
	}
	c.advance(30 * time.Minute)
	for i := range 10 {
		if got := take(); got != 0 {
			t.Fatalf("after a pause Take %d must wait %v", i+1, got)
		}
	}
}

func TestCheckFailReset(t *testing.T) {
	l, _ := newLimiter(t, limit.Rules{})
	ctx, who := t.Context(), "ann@example.com"
	check := func() time.Duration { return wait(t, l.Check(ctx, limit.CodeAccount, who)) }
	do := func(f func(context.Context, limit.Rule, string) error, times int) {
		t.Helper()
		for range times {
			if err := f(ctx, limit.CodeAccount, who); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(l.Check, 100) // counts nothing
	do(l.Fail, 4)
	do(l.Check, 1)
	do(l.Fail, 3) // the fifth closes, further ones are counted
	if check() == 0 {
		t.Error("Check allows a sixth code")
	}
	do(l.Return, 2)
	if check() == 0 {
		t.Error("Check allows one after five that failed")
	}
	do(l.Return, 1)
	do(l.Take, 1)
	if check() == 0 {
		t.Error("Check allows one after Take closed")
	}
	do(l.Reset, 2)
	do(l.Return, 1) // nothing to take back
	do(l.Take, 5)
	if check() == 0 {
		t.Error("Check allows a sixth code after Reset")
	}
}

func TestRulesAreApart(t *testing.T) {
	l, _ := newLimiter(t, limit.Rules{RecoverAccount: limit.Bound{Count: 1}, ResendAccount: limit.Bound{Count: -1}})
	take := func(r limit.Rule) error { return l.Take(t.Context(), r, "ann@example.com") }
	if err := take(limit.RecoverAccount); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, take(limit.RecoverAccount)); got != time.Hour {
		t.Errorf("a bound that was set waits %v, want the default window", got)
	}
	if err := take(limit.CodeAccount); err != nil {
		t.Errorf("another rule for the same subject = %v", err)
	}
	for range 100 {
		if err := take(limit.ResendAccount); err != nil {
			t.Fatalf("a rule without a bound = %v", err)
		}
	}
}

func TestUnknownRule(t *testing.T) {
	l, _ := newLimiter(t, limit.Rules{})
	for name, call := range map[string]func(context.Context, limit.Rule, string) error{
		"Take": l.Take, "Check": l.Check, "Fail": l.Fail, "Return": l.Return, "Reset": l.Reset,
	} {
		if err := call(t.Context(), "typo", "x"); err == nil {
			t.Errorf("%s(unknown rule) = nil", name)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name   string
		config limit.Config
	}{
		{"no store", limit.Config{Key: make([]byte, limit.MinKeyBytes)}},
		{"no key", limit.Config{Store: limit.NewMemory()}},
		{"short key", limit.Config{Store: limit.NewMemory(), Key: make([]byte, limit.MinKeyBytes-1)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := limit.New(tt.config); err == nil {
				t.Error("New succeeded")
			}
		})
	}
}

func TestStoreErrorIsNoRefusalAndNoPermission(t *testing.T) {
	errStore := errors.New("no disk")
	l, err := limit.New(limit.Config{Store: broken{errStore}, Key: make([]byte, limit.MinKeyBytes)})
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func(context.Context, limit.Rule, string) error{
		"Take": l.Take, "Check": l.Check, "Fail": l.Fail, "Return": l.Return, "Reset": l.Reset,
	} {
		err := call(t.Context(), limit.Posts, "secret-subject")
		if !errors.Is(err, errStore) || strings.Contains(err.Error(), "secret-subject") {
			t.Errorf("%s = %v, want the store's error without the subject", name, err)
		}
		if _, ok := errors.AsType[*limit.Exceeded](err); ok {
			t.Errorf("%s answers Exceeded", name)
		}
	}
	if err := l.Take(t.Context(), limit.Reads, "x"); err != nil {
		t.Errorf("Take(Reads) = %v, want it to work without the store", err)
	}
}

// broken is a store whose disk is gone.
type broken struct{ err error }

func (b broken) State(context.Context, limit.Key) (limit.State, error) { return limit.State{}, b.err }
func (b broken) Update(context.Context, limit.Key, func(limit.State) limit.State) error {
	return b.err
}
func (b broken) Sweep(context.Context, time.Time, int) (int, error) { return 0, b.err }

func TestAddress(t *testing.T) {
	tests := []struct{ name, addr, want string }{
		{"IPv4", "192.0.2.7", "192.0.2.7"},
		{"IPv4 in IPv6", "::ffff:192.0.2.7", "192.0.2.7"},
		{"IPv6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"the same network", "2001:db8:1:2::", "2001:db8:1:2::/64"},
		{"the next network", "2001:db8:1:3::", "2001:db8:1:3::/64"},
		{"zone", "fe80::1%eth0", "fe80::/64"},
		{"loopback", "::1", "::/64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := limit.Address(netip.MustParseAddr(tt.addr)); got != tt.want {
				t.Errorf("Address(%s) = %q, want %q", tt.addr, got, tt.want)
			}
		})
	}
	if got := limit.Address(netip.Addr{}); got != "invalid IP" {
		t.Errorf("Address(zero) = %q", got)
	}
}

// BenchmarkReads is what the limit costs each request for the feed.
func BenchmarkReads(b *testing.B) {
	l, err := limit.New(limit.Config{
		Store: limit.NewMemory(), Key: make([]byte, limit.MinKeyBytes),
		Rules: limit.Rules{Reads: limit.Bound{Count: 1 << 60}},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Take(b.Context(), limit.Reads, "0b9f7f6e-7b1c-4c5e-9a3e-0123456789ab"); err != nil {
			b.Fatal(err)
		}
	}
}
