package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
)

// peerOf returns the other end of the connection; the zero address when it is
// not known.
func peerOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

func (s *server) trusted(a netip.Addr) bool {
	for _, p := range s.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// forwardedFor returns the entries of X-Forwarded-For in order; what is not an
// address becomes the zero address.
func forwardedFor(h http.Header) []netip.Addr {
	var list []netip.Addr
	for _, line := range h.Values("X-Forwarded-For") {
		for entry := range strings.SplitSeq(line, ",") {
			a, err := netip.ParseAddr(strings.TrimSpace(entry))
			if err != nil {
				a = netip.Addr{}
			}
			list = append(list, a.Unmap())
		}
	}
	return list
}

// forwarded reports whether the request came through something that forwards.
func forwarded(h http.Header) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if len(h.Values(name)) > 0 {
			return true
		}
	}
	return false
}

// address is the client's: the peer of the connection or, when that is a
// trusted proxy, the rightmost entry of X-Forwarded-For that is not one.
func (s *server) address(r *http.Request) netip.Addr {
	peer := peerOf(r)
	if !s.trusted(peer) {
		return peer
	}
	entries := forwardedFor(r.Header)
	for i := len(entries) - 1; i >= 0; i-- {
		if !entries[i].IsValid() {
			return peer
		}
		if !s.trusted(entries[i]) {
			return entries[i]
		}
	}
	return peer
}
