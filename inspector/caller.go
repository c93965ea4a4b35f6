package inspector

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"devhook/tunnel/http1"
)

// caller is who sent a request: the connection's other end. Where that is one of the trusted proxies, it is the last address
// in X-Forwarded-For that none of them has; what stands before it anybody could have written. Without a port if the proxy
// names none.
func (i *Inspector) caller(conn net.Addr, h *http1.Head) string {
	if conn == nil {
		return ""
	}
	from := conn.String()
	if !i.trusts(from) {
		return from
	}
	hops := strings.Split(strings.Join(h.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		if _, ok := address(hop); !ok {
			break
		}
		if from = hop; !i.trusts(hop) {
			break
		}
	}
	return from
}

// trusts reports whether an address is that of a trusted proxy.
func (i *Inspector) trusts(text string) bool {
	a, ok := address(text)
	return ok && slices.ContainsFunc(i.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// address reads an IP address with or without a port.
func address(text string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
