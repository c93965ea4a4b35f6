//go:build unix

package tunnel_test

import (
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel/tunneltest"
)

// advised is the block of sshd_config that SECURITY.md recommends, for this user, with other ports in place of 8000 and
// 8080, which may be in use here.
func advised(t *testing.T, ports ...int) []string {
	t.Helper()
	page, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```\nMatch User devhook\n")
	block, _, whole := strings.Cut(rest, "```")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	here := strings.NewReplacer("8000", strconv.Itoa(ports[0]), "8080", strconv.Itoa(ports[1])).Replace(block)
	if !whole || here == block {
		t.Fatal("SECURITY.md has no block of sshd_config with ports 8000 and 8080")
	}
	return append([]string{"Match User " + me.Username}, strings.Split(strings.TrimSpace(here), "\n")...)
}

// TestAdvisedServer: a stock server that is set up as SECURITY.md says gives its ports to others, and nothing else.
func TestAdvisedServer(t *testing.T) {
	one, other, beside := freePort(t), freePort(t), freePort(t)
	d, c := startSSHD(t, advised(t, one, other)...)
	c.Ports = []int{one, other}
	l := tunneltest.Listen(t, c)
	out := call(t, one)
	if _, err := out.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 5)
	if n, err := accept(t, l).Read(b); string(b[:n]) != "hello" {
		t.Errorf("%q came through, %v", b[:n], err)
	}

	login, err := ssh.Dial("tcp", d.Addr, &ssh.ClientConfig{
		User: d.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(c.Signer)}, HostKeyCallback: c.HostKey, HostKeyAlgorithms: c.HostKeyAlgorithms,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer login.Close()
	for _, at := range []string{"0.0.0.0", "127.0.0.2", "127.0.0.1"} {
		if ln, err := login.Listen("tcp", net.JoinHostPort(at, strconv.Itoa(beside))); err == nil {
			_ = ln.Close()
			t.Errorf("port %d at %s was given", beside, at)
		}
	}
	if in, err := login.Dial("tcp", d.Addr); err == nil {
		_ = in.Close()
		t.Error("a connection from the server was given")
	}
	if ln, err := login.ListenUnix(d.Dir + "/socket"); err == nil {
		_ = ln.Close()
		t.Error("a socket was given")
	}
	s, err := login.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if said, err := s.Output("echo shell"); err == nil || len(said) > 0 {
		t.Errorf("a command ran: %q, %v", said, err)
	}
}
