package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// startSSH runs a stock sshd on loopback and `ssh -R 0:` to it, and returns the address that sshd forwards. Settings
// that touch speed are left as they come; only keys, port and login are ours.
func (h *house) startSSH(ctx context.Context, appAddr string) (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	me, err := user.Current()
	if err != nil {
		return "", err
	}
	if err := h.writeSSHFiles(port); err != nil {
		return "", err
	}
	daemon, err := sshd()
	if err != nil {
		return "", err
	}
	server, err := h.spawn("sshd", daemon, "-D", "-e", "-f", filepath.Join(h.dir, "sshd_config"))
	if err != nil {
		return "", err
	}
	if _, err := server.await(ctx, listening); err != nil {
		return "", err
	}
	client, err := h.spawn("ssh", "ssh", h.clientArgs(me.Username, port, appAddr)...)
	if err != nil {
		return "", err
	}
	forwarded, err := client.await(ctx, allocated)
	return net.JoinHostPort("127.0.0.1", forwarded), err
}

func (h *house) clientArgs(user string, port int, appAddr string) []string {
	return []string{
		"-F", "none", "-N",
		"-i", filepath.Join(h.dir, "user_key"),
		"-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes",
		"-o", "UserKnownHostsFile=" + filepath.Join(h.dir, "known_hosts"), "-o", "StrictHostKeyChecking=yes",
		"-R", "0:" + appAddr,
		"-p", strconv.Itoa(port), user + "@127.0.0.1",
	}
}

// writeSSHFiles makes a key for each end and the settings that let the one log in to the other.
func (h *house) writeSSHFiles(port int) error {
	for _, name := range []string{"host_key", "user_key"} {
		keygen := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", filepath.Join(h.dir, name))
		if out, err := keygen.CombinedOutput(); err != nil {
			return fmt.Errorf("ssh-keygen: %w: %s", err, out)
		}
	}
	public, err := os.ReadFile(filepath.Join(h.dir, "host_key.pub"))
	if err != nil {
		return err
	}
	known := fmt.Sprintf("[127.0.0.1]:%d %s", port, public)
	if err := os.WriteFile(filepath.Join(h.dir, "known_hosts"), []byte(known), 0o600); err != nil {
		return err
	}
	lines := []string{
		"ListenAddress 127.0.0.1:" + strconv.Itoa(port),
		"HostKey " + filepath.Join(h.dir, "host_key"),
		"AuthorizedKeysFile " + filepath.Join(h.dir, "user_key.pub"),
		"PidFile none",
		"StrictModes no", // the folder is a temporary one
		"UsePAM no",
		"PermitRootLogin prohibit-password",
		"PasswordAuthentication no",
		"GatewayPorts no",
	}
	config := strings.Join(lines, "\n") + "\n"
	return os.WriteFile(filepath.Join(h.dir, "sshd_config"), []byte(config), 0o600)
}

// sshd finds the server, which wants to be called by its full path. Run by root it also wants a folder that
// its service would have made.
func sshd() (string, error) {
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return "", err
		}
	}
	if path, err := exec.LookPath("sshd"); err == nil {
		return path, nil
	}
	const debian = "/usr/sbin/sshd"
	if _, err := os.Stat(debian); err != nil {
		return "", fmt.Errorf("no sshd: install openssh-server, or leave ssh out of -peers: %w", err)
	}
	return debian, nil
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

// freePort asks the system for a port. Somebody else may take it before sshd does; sshd says so then.
func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}
