package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"devhook/cmd/devhook/config"
)

// names asks whether the name that senders call leads to the relay.
func (d *doctor) names(ctx context.Context, url string, step *attempt) {
	host, port := config.HostPort(url)
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		return // no name that anybody has to look up
	}
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	theirs, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		record := "it"
		if step != nil && domain(host, step.o.at.host) != "" {
			record = "*." + domain(host, step.o.at.host)
		}
		d.fail("names", failed(err, "add an A or AAAA record for "+record+" that leads to the relay, and wait until it is known", "no address is found for %s: %s", quote(host), reason(err)))
		return
	}
	d.deaf(ctx, host, port, theirs)
	if step == nil {
		d.ok("names", "%s is %s", host, addresses(theirs))
		return
	}
	relay := step.o.at.host
	own, err := d.resolver.LookupNetIP(ctx, "ip", relay)
	switch {
	case err != nil:
		d.ok("names", "%s is %s", host, addresses(theirs))
	case meet(theirs, own):
		d.ok("names", "%s is %s, as is the relay", host, addresses(theirs))
	default:
		d.note("names", "right if a proxy or balancer stands there; if not, correct the record", "%s is %s, but the relay %s is %s", host, addresses(theirs), relay, addresses(own))
	}
	d.wildcard(ctx, domain(host, relay), theirs)
}

// deaf connects to each of several addresses, and tells of one that takes no
// connection while another does: some senders come to that one.
func (d *doctor) deaf(ctx context.Context, host string, port int, all []netip.Addr) {
	var open int
	var shut []string
	for _, a := range all {
		var dialer net.Dialer
		c, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(a.Unmap(), uint16(port)).String())
		switch {
		case err == nil:
			open++
			_ = c.Close()
		case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
			// This machine has no such network: senders may.
		default:
			shut = append(shut, a.Unmap().String()+" ("+reason(err)+")")
		}
	}
	if open > 0 && len(shut) > 0 {
		d.note("names", "let the relay listen there too, or take that address out of the name's records",
			"senders that take %s for %s get no connection on port %d", strings.Join(shut, ", "), host, port)
	}
}

// domain is what names are given under, "" where the host is none of them.
func domain(host, relay string) string {
	if strings.HasSuffix(host, "."+relay) {
		return relay
	}
	return ""
}

// wildcard asks for a name that nobody has: it must lead where the others do.
func (d *doctor) wildcard(ctx context.Context, domain string, others []netip.Addr) {
	if domain == "" {
		return
	}
	hint := fmt.Sprintf("add a record for *.%s that leads to %s", domain, addresses(others))
	found, err := d.resolver.LookupNetIP(ctx, "ip", "devhook-"+strings.ToLower(rand.Text()[:10])+"."+domain)
	switch {
	case err != nil:
		d.note("wildcard", hint, "other names under %s have no address: %s", domain, reason(err))
	case !meet(found, others):
		d.note("wildcard", hint, "other names under %s are %s", domain, addresses(found))
	default:
		d.ok("wildcard", "every name under %s leads there", domain)
	}
}

func meet(a, b []netip.Addr) bool {
	return slices.ContainsFunc(a, func(one netip.Addr) bool {
		return slices.ContainsFunc(b, func(other netip.Addr) bool { return one.Unmap() == other.Unmap() })
	})
}

func addresses(all []netip.Addr) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.Unmap().String()
	}
	return strings.Join(words, ", ")
}
