package provider

import (
	"net/netip"
	"strings"
)

// bySource is the proof of senders without a secret: the address that they call from, which they publish. It is only as
// good as the tunnel's word for that address; a header that names one is nobody's word.
type bySource struct {
	title string
	list  Published
}

// verify needs no secret. One that is configured all the same proves nothing, and is said to be left alone.
func (k bySource) verify(q *Request, secrets []Secret) (r Result) {
	remote := q.Remote.Unmap().WithZone("")
	switch {
	case !remote.IsValid():
		r = Result{Verdict: Unchecked, Reason: k.title + " has no secret, and which address called is not known"}
	case k.list.contains(remote):
		text := remote.String() + " is one of " + k.title + "'s addresses"
		r = Result{Verdict: Valid, Reason: text, Checks: []Check{{OK: true, Text: text}}}
	default:
		r = refused(remote.String() + " is none of " + k.title + "'s addresses, " + k.list.text())
		if !q.Quick {
			r.Hints = k.hints(q, remote)
		}
	}
	for _, s := range secrets {
		if !q.Quick {
			r.Hints = append(r.Hints, k.title+" sends no secret: "+ref(s)+" is not looked at")
		}
	}
	return r
}

// hints tell a sender that was hidden on the way from a stranger.
func (k bySource) hints(q *Request, remote netip.Addr) (hints []string) {
	switch {
	case remote.IsLoopback():
		hints = append(hints, remote.String()+" is this machine itself: a test of your own, or a tunnel or proxy on it that hides who called")
	case !publicAddress(remote):
		hints = append(hints, remote.String()+" is an address of a private network: a proxy or balancer in front hides who called")
	default:
		hints = append(hints, "the list is of "+k.list.year()+"; if "+k.title+" has moved since, ask it for the addresses of today")
	}
	if named, ok := k.forwarded(q); ok {
		hints = append(hints, "the header "+named+" names one of "+k.title+"'s addresses, but anybody can write that: what stands in front must pass the address itself on")
	}
	return hints
}

// forwarded finds a header in which a proxy may have kept an address of the sender's.
func (k bySource) forwarded(q *Request) (header string, ok bool) {
	for _, name := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP"} {
		for v := range q.values(name) {
			for one := range strings.FieldsFuncSeq(v, func(c rune) bool { return strings.ContainsRune(",;= \"[]", c) }) {
				if a, err := netip.ParseAddr(one); err == nil && k.list.contains(a.Unmap()) {
					return name, true
				}
			}
		}
	}
	return "", false
}

// behindCarrier is the space of carriers' own translation (RFC 6598).
var behindCarrier = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)

func publicAddress(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !behindCarrier.Contains(a)
}
