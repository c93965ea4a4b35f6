package main

import (
	"fmt"
	"io"
	"slices"
)

// needs are what the peers run, as program:package, the package as Debian names it.
func needs(peer string) []string {
	switch peer {
	case "nginx":
		return []string{"nginx:nginx-light"}
	case openssh:
		return []string{"ssh:openssh-client", "sshd:openssh-server"}
	case "mitmproxy":
		return []string{"mitmdump:mitmproxy"}
	case "localtunnel":
		return []string{"node:nodejs", "npm:npm"}
	}
	return nil
}

// writeNeeds prints what scripts/bench installs for those who take part.
func writeNeeds(w io.Writer, s settings) {
	if len(s.idle)+len(s.store) > 0 {
		return
	}
	for _, name := range s.peers {
		for _, one := range needs(name) {
			fmt.Fprintln(w, one)
		}
	}
	if slices.Contains(s.peers, "localtunnel") {
		fmt.Fprintln(w, "localtunnel")
	}
}
