package httpapi

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestAddress(t *testing.T) {
	s := &server{Config: Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	tests := []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "203.0.113.9:1", nil, "203.0.113.9"},
		{"stranger claims another address", "203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		{"proxy", "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"client forges the left end", "10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:1", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"several lines are one list", "10.0.0.1:1", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		{"garbage at the right end", "10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"only proxies", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.1"},
		{"mapped peer", "[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"IPv6", "[fd00::1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"no header", "10.0.0.1:1", nil, "10.0.0.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.forwarded}}
			if got := s.address(r).String(); got != tt.want {
				t.Errorf("address(%s, %q) = %s, want %s", tt.peer, tt.forwarded, got, tt.want)
			}
		})
	}
}

func TestHostname(t *testing.T) {
	tests := []struct{ host, want string }{
		{"Feed.Example.org:443", "feed.example.org"}, {"localhost", "localhost"}, {"[::1]:8000", "::1"}, {"[::1]", "::1"},
		{"", ""}, {"127.0.0.1:8000", "127.0.0.1"}, {"localhost:8000.evil.example", "localhost:8000.evil.example"},
		{"evil.example#localhost", "evil.example#localhost"},
	}
	for _, tt := range tests {
		if got := hostname(tt.host); got != tt.want {
			t.Errorf("hostname(%q) = %q, want %q", tt.host, got, tt.want)
		}
	}
}
