package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the address ranges of the proxies whose X-Forwarded headers are believed.
type proxies []netip.Prefix

func newProxies(ranges []netip.Prefix) proxies {
	trusted := make(proxies, len(ranges))
	for i, r := range ranges {
		if trusted[i] = r; r.Addr().Is4In6() && r.Bits() >= 96 {
			trusted[i] = netip.PrefixFrom(r.Addr().Unmap(), r.Bits()-96)
		}
	}
	return trusted
}

// include reports whether an address is a trusted proxy's. A peer without an address is a process on this machine that
// connects over a Unix socket: the proxy, where there is one.
func (p proxies) include(address netip.Addr) bool {
	if !address.IsValid() {
		return len(p) > 0
	}
	return slices.ContainsFunc(p, func(r netip.Prefix) bool { return r.Contains(address) })
}

// ClientAddress returns the address that a request came from: the peer's, or, where that is a trusted proxy, the nearest
// one that is not among those of X-Forwarded-For. An entry that is no address hides whatever stands before it, as anybody
// may have written that.
func (p proxies) ClientAddress(r *http.Request) string {
	client := peerOf(r)
	if !p.include(client) {
		return addressText(client)
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if hop = strings.TrimSpace(hop); hop == "" {
			continue
		}
		address, ok := readAddress(hop)
		if !ok {
			break
		}
		if client = address; !p.include(client) {
			break
		}
	}
	return addressText(client)
}

// peerOf returns the address at the other end of the connection; the zero address where that has none.
func peerOf(r *http.Request) netip.Addr {
	address, _ := readAddress(r.RemoteAddr)
	return address
}

// readAddress reads an address as peers and proxies write it: with or without brackets, port, quotes and IPv6 zone.
func readAddress(text string) (netip.Addr, bool) {
	text = strings.Trim(text, `"`)
	if inside, ok := strings.CutPrefix(text, "["); ok {
		text, _, _ = strings.Cut(inside, "]")
	} else if host, _, found := strings.Cut(text, ":"); found && strings.Count(text, ":") == 1 {
		text = host
	}
	address, err := netip.ParseAddr(text)
	return address.Unmap().WithZone(""), err == nil
}

func addressText(address netip.Addr) string {
	if !address.IsValid() {
		return ""
	}
	return address.String()
}
