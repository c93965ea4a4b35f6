//go:build unix

package tunneltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// SSHD is a stock OpenSSH server of our own: with its own folder, keys and settings, on a loopback address.
type SSHD struct {
	Addr    string // where it listens
	User    string // who may log in
	HostKey ssh.PublicKey
	Dir     string

	lines []string
	mu    sync.Mutex
	cmd   *exec.Cmd
	log   bytes.Buffer
	done  chan struct{}
}

// NewSSHD prepares a server on an address such as 127.0.0.2, with a host key of a kind such as ed25519 and further lines of
// settings, in a folder that exists.
func NewSSHD(dir, ip string, lines ...string) (*SSHD, error) {
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	d := &SSHD{Addr: net.JoinHostPort(ip, strconv.Itoa(port)), User: me.Username, Dir: dir, lines: lines}
	return d, d.NewHostKey()
}

// FreePort finds a port that is free on every address.
func FreePort() (int, error) {
	ln, err := net.Listen("tcp", ":0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// NewHostKey gives the server another host key, from its next start on.
func (d *SSHD) NewHostKey() error {
	name := filepath.Join(d.Dir, "host_key")
	if err := errors.Join(gone(name), gone(name+".pub")); err != nil {
		return err
	}
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", name).CombinedOutput(); err != nil {
		return fmt.Errorf("ssh-keygen: %w: %s", err, out)
	}
	text, err := os.ReadFile(name + ".pub")
	if err != nil {
		return err
	}
	d.HostKey, _, _, _, err = ssh.ParseAuthorizedKey(text)
	return err
}

func gone(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Allow lets keys log in; options may stand before each.
func (d *SSHD) Allow(lines ...string) error {
	return os.WriteFile(filepath.Join(d.Dir, "authorized_keys"), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

// Start starts it and waits until it listens.
func (d *SSHD) Start(ctx context.Context) error {
	daemon := "/usr/sbin/sshd"
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return err
		}
	}
	config := strings.Join(append([]string{
		"HostKey " + filepath.Join(d.Dir, "host_key"),
		"AuthorizedKeysFile " + filepath.Join(d.Dir, "authorized_keys"),
		"ListenAddress " + d.Addr,
		"PidFile none", "StrictModes no", "UsePAM no", "PermitRootLogin prohibit-password", "PasswordAuthentication no",
	}, d.lines...), "\n") + "\n"
	file := filepath.Join(d.Dir, "sshd_config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(daemon, "-D", "-e", "-f", file)
	cmd.Stderr = d
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = cmd.Wait() }()
	d.cmd, d.done = cmd, done
	return d.await(ctx)
}

func (d *SSHD) await(ctx context.Context) error {
	for {
		c, err := net.Dial("tcp", d.Addr)
		if err == nil {
			return c.Close()
		}
		select {
		case <-d.done:
			return fmt.Errorf("sshd ended: %s", d.Log())
		case <-ctx.Done():
			return fmt.Errorf("sshd doesn't listen: %s", d.Log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Write takes the server's log.
func (d *SSHD) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.Write(p)
}

// Log is what the server said.
func (d *SSHD) Log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

// Stop ends the server and every session it has, at once.
func (d *SSHD) Stop() {
	if d.cmd == nil {
		return
	}
	for _, pid := range append(descendants(d.cmd.Process.Pid), d.cmd.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-d.done
	d.cmd = nil
}

// descendants are the processes that a process and its own have started, by the parents that /proc tells.
func descendants(pid int) (all []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		_, rest, ok := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); err != nil || !ok || len(fields) < 2 || fields[1] != strconv.Itoa(pid) {
			continue
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			all = append(append(all, descendants(child)...), child)
		}
	}
	return all
}
