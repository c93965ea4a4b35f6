package config

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

const allowHint = "write blocks such as 192.0.2.0/24 or 2001:db8::/32, single addresses, or the name of a provider that publishes its own"

// setAllow takes any number of blocks and names, each value one or several.
func (l *loader) setAllow(values []value) {
	for _, v := range values {
		parts := strings.FieldsFunc(v.text, func(r rune) bool { return r == ',' || r == ' ' })
		if len(parts) == 0 {
			l.fault(v.at, allowHint, "no address is named that may call")
		}
		for _, text := range parts {
			l.allow(text, v.at)
		}
	}
}

// block reads a CIDR block, or one address.
func block(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err == nil
}

// setTrusted takes any number of blocks, each value one or several.
func (l *loader) setTrusted(values []value) {
	const hint = "write the addresses of the proxies before this machine: --trusted-proxies 192.0.2.0/24"
	for _, v := range values {
		parts := strings.FieldsFunc(v.text, func(r rune) bool { return r == ',' || r == ' ' })
		if len(parts) == 0 {
			l.fault(v.at, hint, "no proxy is named")
		}
		for _, text := range parts {
			p, ok := block(text)
			if !ok {
				l.fault(v.at, hint, "%q is no block of addresses", text)
				continue
			}
			l.cfg.TrustedProxies = append(l.cfg.TrustedProxies, p)
		}
	}
}

func (l *loader) allow(text string, at place) {
	if p, ok := block(text); ok {
		l.server.Allow = append(l.server.Allow, p)
		return
	}
	networks, ok := l.src.Networks[text]
	switch {
	case ok:
		l.server.Allow = append(l.server.Allow, networks...)
		l.server.AllowNames = append(l.server.AllowNames, text)
	case slices.Contains(l.src.Providers, text):
		l.fault(at, "let everybody call and have it verified: devhook up --verify "+text+"=env:NAME", "%s publishes no addresses that it calls from", text)
	case senderName.MatchString(text):
		l.fault(at, didYouMean(text, slices.Sorted(maps.Keys(l.src.Networks))), "no provider that publishes its addresses is called %s", text)
	default:
		l.fault(at, allowHint, "%q is no block of addresses", text)
	}
}
