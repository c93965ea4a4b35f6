package relay

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// option takes one option of a key. Options that only take away what a relay never gives are honoured by that.
func (e *keyEntry) option(text string) error {
	name, value, hasValue := strings.Cut(text, "=")
	name = strings.ToLower(name)
	switch name {
	case "from", "expiry-time", "permitlisten":
		if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			return fmt.Errorf("the option %s wants a value in quotation marks", name)
		}
		return e.valued(name, strings.ReplaceAll(value[1:len(value)-1], `\"`, `"`))
	case "permitopen", "environment", "tunnel":
		if hasValue {
			return nil
		}
	}
	if hasValue {
		return fmt.Errorf("the option %.40q is not known here", name)
	}
	return e.plain(name)
}

func (e *keyEntry) plain(name string) error {
	switch name {
	case "restrict":
		e.forwarding, e.grant.NoPTY = false, true
	case "port-forwarding":
		e.forwarding = true
	case "no-port-forwarding":
		e.forwarding = false
	case "pty":
		e.grant.NoPTY = false
	case "no-pty":
		e.grant.NoPTY = true
	case "no-agent-forwarding", "agent-forwarding", "no-x11-forwarding", "x11-forwarding", "no-user-rc", "user-rc":
	default:
		return fmt.Errorf("the option %.40q is not known here", name)
	}
	return nil
}

func (e *keyEntry) valued(name, value string) (err error) {
	switch name {
	case "from":
		if e.from != nil {
			return errors.New("the option from is there twice")
		}
		e.from, err = parsePatterns(value)
	case "expiry-time":
		var at time.Time
		if at, err = parseExpiry(value, e.local); err == nil && (e.expiry.IsZero() || at.Before(e.expiry)) {
			e.expiry = at
		}
	case "permitlisten":
		err = e.permit(value)
	}
	return err
}

// permit takes [host:]port. All hosts that mean the public address are the same here; * stands for every name besides.
// Any other host is a name, which is had on 80 and 443.
func (e *keyEntry) permit(value string) error {
	host, port := "", value
	if n := strings.LastIndexByte(value, ':'); n >= 0 {
		host, port = strings.Trim(value[:n], "[]"), value[n+1:]
	}
	e.listens = true
	ports := Ports[:]
	if port != "*" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("permitlisten=%.60q names no port", value)
		}
		ports = []int{int(n)}
	}
	shared := slices.Contains(ports, 80) || slices.Contains(ports, 443)
	if !slices.Contains(everywhere[:], host) {
		if name := strings.ToLower(host); shared && checkName(name) == nil {
			e.grant.Names = append(e.grant.Names, name)
		}
		return nil
	}
	e.anyName = e.anyName || shared && host == "*"
	for _, port := range ports {
		if slices.Contains(Ports[:], port) {
			e.grant.Ports = append(e.grant.Ports, port)
		}
	}
	return nil
}

// parseExpiry reads YYYYMMDD[Z] and YYYYMMDDHHMM[SS][Z].
func parseExpiry(text string, local *time.Location) (time.Time, error) {
	digits := strings.TrimSuffix(text, "Z")
	if digits != text {
		local = time.UTC
	}
	layout, ok := map[int]string{8: "20060102", 12: "200601021504", 14: "20060102150405"}[len(digits)]
	if ok {
		if at, err := time.ParseInLocation(layout, digits, local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("expiry-time=%.40q is no date such as 20270131 or 202701312359Z", text)
}

// patterns is the list of a from option: addresses with wildcards, and CIDR blocks; one with ! in front excludes.
// Host names never match: the relay asks no DNS.
type patterns []pattern

type pattern struct {
	not  bool
	cidr netip.Prefix // valid, or
	text string       // * and ? are wildcards
}

func parsePatterns(list string) (patterns, error) {
	all := patterns{}
	for text := range strings.SplitSeq(list, ",") {
		var p pattern
		p.text, p.not = strings.CutPrefix(strings.ToLower(text), "!")
		if p.text == "" || strings.ContainsAny(p.text, " \t[]\\") {
			return nil, fmt.Errorf("from=%.60q holds what is no address", list)
		}
		if strings.Contains(p.text, "/") {
			cidr, err := netip.ParsePrefix(p.text)
			if err != nil || cidr != cidr.Masked() {
				return nil, fmt.Errorf("from=%.60q: %.40q is no CIDR block", list, p.text)
			}
			p.cidr = cidr
		}
		all = append(all, p)
	}
	return all, nil
}

func (all patterns) match(from string) bool {
	addr, err := netip.ParseAddr(from)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	found := false
	for _, p := range all {
		hit := p.cidr.IsValid() && p.cidr.Contains(addr)
		if !p.cidr.IsValid() {
			hit, _ = path.Match(p.text, addr.String())
			if exact, err := netip.ParseAddr(p.text); err == nil {
				hit = exact.Unmap() == addr
			}
		}
		if hit && p.not {
			return false
		}
		found = found || hit
	}
	return found
}
