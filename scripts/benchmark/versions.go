package main

import (
	"os/exec"
	"strings"
)

// versions are what the programs of the peers say of themselves.
func versions(peers []string) (all []string) {
	for _, name := range peers {
		switch name {
		case "nginx":
			all = append(all, "nginx "+said("nginx version: nginx/", "nginx", "/usr/sbin/nginx", "-v"))
		case openssh:
			all = append(all, said("", "ssh", "/usr/bin/ssh", "-V"))
		case "mitmproxy":
			all = append(all, "mitmproxy "+said("Mitmproxy: ", "mitmdump", "/usr/bin/mitmdump", "--version"))
		case "localtunnel":
			all = append(all, "localtunnel 2.0.2 on Node.js "+said("v", "node", "/usr/bin/node", "--version"))
		}
	}
	return all
}

// said is the first line that a program prints, up to a comma, without what comes before its version.
func said(before, name, debian, flag string) string {
	path, err := program(name, debian)
	if err != nil {
		return "missing"
	}
	out, err := exec.Command(path, flag).CombinedOutput()
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	line, _, _ = strings.Cut(strings.TrimPrefix(line, before), ",")
	return line
}
