package provider

import "net/netip"

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
		{"brevo", 2025, networks("1.179.112.0/20", "172.246.240.0/20")},
		// Zipwhip signs nothing and has no secret: its webhook guide asks for a list of addresses instead.
		{"zipwhip", 2015, networks("69.46.44.0/24", "208.69.95.64/26")},
	}
}

// networks are those written in CIDR. They stand in the table above, and a test reads it.
func networks(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		n, _ := netip.ParsePrefix(text)
		all = append(all, n)
	}
	return all
}
