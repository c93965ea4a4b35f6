package main

import (
	"context"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/crypto/ssh/knownhosts"
)

// startSSH runs a stock sshd on loopback and `ssh -R 0:` to it. Settings that touch speed are left as they come; only keys, port
// and login are ours.
func (h *house) startSSH(ctx context.Context, p *peer, dir string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	at, err := h.between(net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return err
	}
	if err := writeSSHFiles(dir, port, at); err != nil {
		return err
	}
	daemon, err := sshd()
	if err != nil {
		return err
	}
	server, err := h.spawn(dir, "sshd", daemon, "-D", "-e", "-f", filepath.Join(dir, "sshd_config"))
	if err != nil {
		return err
	}
	if _, err := server.await(ctx, listening); err != nil {
		return err
	}
	args, err := clientArgs(dir, at, h.appAddr)
	if err != nil {
		return err
	}
	client, err := h.spawn(dir, "ssh", "ssh", args...)
	if err != nil {
		return err
	}
	forwarded, err := client.await(ctx, allocated)
	p.addr = net.JoinHostPort("127.0.0.1", forwarded)
	p.relay, p.agent = []*process{server}, []*process{client}
	return err
}

func clientArgs(dir, at, appAddr string) ([]string, error) {
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return nil, err
	}
	return []string{
		"-F", "none", "-N",
		"-i", filepath.Join(dir, "user_key"),
		"-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes",
		"-o", "UserKnownHostsFile=" + filepath.Join(dir, "known_hosts"), "-o", "StrictHostKeyChecking=yes",
		"-R", "0:" + appAddr,
		"-p", port, me.Username + "@" + host,
	}, nil
}

// writeSSHFiles makes a key for each end and the settings that let the one, which comes to the address at, log in to the other.
func writeSSHFiles(dir, port, at string) error {
	host, err := writeKey(dir, "host_key")
	if err != nil {
		return err
	}
	if _, err := writeKey(dir, "user_key"); err != nil {
		return err
	}
	known := knownhosts.Line([]string{at}, host) + "\n"
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(known), 0o600); err != nil {
		return err
	}
	lines := []string{
		"ListenAddress 127.0.0.1:" + port,
		"HostKey " + filepath.Join(dir, "host_key"),
		"AuthorizedKeysFile " + filepath.Join(dir, "user_key.pub"),
		"PidFile none",
		"StrictModes no", // the folder is a temporary one
		"UsePAM no",
		"PermitRootLogin prohibit-password",
		"PasswordAuthentication no",
		"GatewayPorts no",
	}
	config := strings.Join(lines, "\n") + "\n"
	return os.WriteFile(filepath.Join(dir, "sshd_config"), []byte(config), 0o600)
}

func listening(output string) (string, bool) {
	return "", strings.Contains(output, "Server listening on")
}

var allocation = regexp.MustCompile(`Allocated port (\d+) for remote forward`)

func allocated(output string) (string, bool) {
	m := allocation.FindStringSubmatch(output)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// sshd finds the server, which wants to be called by its full path. Run by root it also wants a folder that its service
// would have made.
func sshd() (string, error) {
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return "", err
		}
	}
	return program("sshd", "/usr/sbin/sshd")
}
