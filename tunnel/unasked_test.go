package tunnel_test

import (
	"net"
	"testing"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// forwarded is the extra data of a forwarded channel.
type forwarded struct {
	Address    string
	Port       uint32
	Originator string
	From       uint32
}

// evilSSHD lets anybody in, gives port 8000, and hands its side of each connection to the test.
func evilSSHD(t *testing.T) (tunnel.Config, <-chan *ssh.ServerConn) {
	t.Helper()
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	host := tunneltest.Key(t)
	config.AddHostKey(host)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	conns := make(chan *ssh.ServerConn, 1)
	go func() {
		for {
			raw, err := ln.Accept()
			if err != nil {
				return
			}
			c, channels, requests, err := ssh.NewServerConn(raw, config)
			if err != nil {
				continue
			}
			go func() {
				for n := range channels {
					_ = n.Reject(ssh.Prohibited, "no")
				}
			}()
			go func() {
				for q := range requests {
					_ = q.Reply(q.Type == "tcpip-forward", nil)
				}
			}()
			conns <- c
		}
	}()
	return tunnel.Config{
		Signer: tunneltest.Key(t), HostKey: ssh.FixedHostKey(host.PublicKey()), Dial: tunneltest.Dial(ln.Addr().String()), Ports: []int{8000},
	}, conns
}

// TestChannelsNobodyAskedFor: a server gets connections to the port that was asked for into the agent, and nothing else.
func TestChannelsNobodyAskedFor(t *testing.T) {
	config, conns := evilSSHD(t)
	l := tunneltest.Listen(t, config)
	c := <-conns
	for name, try := range map[string]struct {
		kind  string
		extra []byte
	}{
		"another port":        {"forwarded-tcpip", ssh.Marshal(&forwarded{"", 8080, "192.0.2.1", 1})},
		"a port beyond ports": {"forwarded-tcpip", ssh.Marshal(&forwarded{"", 8000 + 1<<16, "192.0.2.1", 1})},
		"port 0":              {"forwarded-tcpip", ssh.Marshal(&forwarded{"", 0, "192.0.2.1", 1})},
		"another address":     {"forwarded-tcpip", ssh.Marshal(&forwarded{"127.0.0.1", 8000, "192.0.2.1", 1})},
		"a name":              {"forwarded-tcpip", ssh.Marshal(&forwarded{"metadata.internal", 8000, "192.0.2.1", 1})},
		"no payload":          {"forwarded-tcpip", nil},
		"a length that lies":  {"forwarded-tcpip", []byte{0xff, 0xff, 0xff, 0xff, 0}},
		"a way out":           {"direct-tcpip", ssh.Marshal(&forwarded{"169.254.169.254", 80, "192.0.2.1", 1})},
		"a session":           {"session", nil},
		"a desktop":           {"x11", ssh.Marshal(&forwarded{Address: "192.0.2.1", Port: 1})},
		"the agent's keys":    {"auth-agent@openssh.com", nil},
		"a socket":            {"forwarded-streamlocal@openssh.com", ssh.Marshal(&struct{ Path, Reserved string }{"/var/run/docker.sock", ""})},
	} {
		if ch, _, err := c.OpenChannel(try.kind, try.extra); err == nil {
			t.Errorf("%s: the agent took it", name)
			_ = ch.Close()
		}
	}
	ch, requests, err := c.OpenChannel("forwarded-tcpip", ssh.Marshal(&forwarded{"", 8000, "192.0.2.1", 4444}))
	if err != nil {
		t.Fatalf("what was asked for: %v", err)
	}
	go ssh.DiscardRequests(requests)
	defer ch.Close()
	got, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	if got.RemoteAddr().String() != "192.0.2.1:4444" {
		t.Errorf("the first connection to arrive is %s", got.RemoteAddr())
	}
}
