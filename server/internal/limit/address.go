package limit

import "net/netip"

// addressBits is how much of an IPv6 address names a customer: a provider gives
// each a /64 at least, and every address in it is theirs to use.
const addressBits = 64

// Address returns the subject for a network address: an IPv4 address as it is,
// also when it comes as IPv6, and of other IPv6 addresses the /64 network. Zones
// are dropped. All invalid addresses are one subject.
func Address(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a.String()
	}
	p, err := a.Prefix(addressBits)
	if err != nil { // not for an IPv6 address without a zone
		return a.String()
	}
	return p.String()
}
