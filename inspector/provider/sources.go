package provider

import (
	"net/netip"
	"strconv"
	"strings"
)

// Published are the addresses that a sender says it calls from.
type Published struct {
	Name     string // as in flags and files: "zipwhip"
	Year     int    // of the document; senders move
	Networks []netip.Prefix
}

// Sources lists the senders that publish where they call from, by name. A relay can keep everybody else out. The slice
// and what it holds are the caller's own.
func Sources() []Published {
	return []Published{
		zipwhipSources(),
	}
}

func (p Published) contains(a netip.Addr) bool {
	for _, n := range p.Networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

func (p Published) year() string { return strconv.Itoa(p.Year) }

// text is the list as the end of a sentence.
func (p Published) text() string {
	texts := make([]string, len(p.Networks))
	for n, one := range p.Networks {
		texts[n] = one.String()
	}
	return strings.Join(texts, " and ")
}

// networks are those written in CIDR. They stand in the code, and a test reads them.
func networks(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		n, _ := netip.ParsePrefix(text)
		all = append(all, n)
	}
	return all
}
