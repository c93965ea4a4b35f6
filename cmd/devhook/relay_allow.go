package main

import (
	"net/netip"
	"slices"
	"strings"

	"devhook/inspector/provider"
)

// publishedNetworks is where providers call from, by name.
func publishedNetworks() map[string][]netip.Prefix {
	all := map[string][]netip.Prefix{}
	for _, s := range provider.Sources() {
		all[s.Name] = s.Networks
	}
	return all
}

// tellPublished says what is let in for a provider's name: it may have moved since.
func (c *cli) tellPublished(names []string) {
	for _, s := range provider.Sources() {
		if !slices.Contains(names, s.Name) {
			continue
		}
		var texts []string
		for _, n := range s.Networks {
			texts = append(texts, n.String())
		}
		c.term.tell("note: %s may call from %s, as it published in %d", s.Name, strings.Join(texts, " and "), s.Year)
	}
}
