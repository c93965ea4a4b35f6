package web

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestSystemKnowsTheOwner asks the real system about real connections, in both ways there are: of IPv4, of IPv6, and of a
// client whose IPv6 socket calls an IPv4 address (as Java's do).
func TestSystemKnowsTheOwner(t *testing.T) {
	for _, kind := range []struct{ name, network, listen string }{
		{"IPv4", "tcp4", "127.0.0.1:0"},
		{"IPv6", "tcp6", "[::1]:0"},
		{"mapped", "mapped", "127.0.0.1:0"},
	} {
		t.Run(kind.name, func(t *testing.T) {
			there, here := pair(t, kind.network, kind.listen)
			for name, ask := range askers(there, here) {
				if uid, err := ask(); err != nil || uid != os.Getuid() {
					t.Errorf("%s: belongs to %d, %v; want %d", name, uid, err, os.Getuid())
				}
			}
			// The client goes away and answers no more: what is left of its socket belongs to nobody, and the listener
			// that stands on our end's address is not it either.
			if err := there.Close(); err != nil {
				t.Fatal(err)
			}
			for name, ask := range askers(there, here) {
				if uid, err := ask(); err == nil {
					t.Errorf("%s: a closed socket belongs to %d", name, uid)
				}
			}
		})
	}
}

// TestOwnerOfAnotherUser has another process call, of another user where we are root and may start one.
func TestOwnerOfAnotherUser(t *testing.T) {
	want, attr := os.Getuid(), &syscall.SysProcAttr{}
	if want == 0 {
		want, attr.Credential = 65534, &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d; read -u 3 line", ln.Addr().(*net.TCPAddr).Port))
	cmd.SysProcAttr = attr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name, ask := range map[string]func() (int, error){
		"sock_diag": func() (int, error) { return askOwner(addrPort(c.RemoteAddr()), addrPort(c.LocalAddr())) },
		"/proc":     func() (int, error) { return readOwner(addrPort(c.RemoteAddr()), addrPort(c.LocalAddr())) },
	} {
		if uid, err := ask(); err != nil || uid != want {
			t.Errorf("%s: belongs to %d, %v; want %d", name, uid, err, want)
		}
	}
}

func askers(there, here net.Conn) map[string]func() (int, error) {
	from, to := addrPort(here.RemoteAddr()), addrPort(here.LocalAddr())
	return map[string]func() (int, error){
		"sock_diag": func() (int, error) { return askOwner(from, to) },
		"/proc":     func() (int, error) { return readOwner(from, to) },
		"peerUID":   func() (int, error) { return peerUID(there.RemoteAddr(), here.RemoteAddr()) },
	}
}

// pair is a connection's two ends.
func pair(t *testing.T, network, listen string) (there, here net.Conn) {
	t.Helper()
	family := network
	if network == "mapped" {
		family = "tcp4"
	}
	ln, err := net.Listen(family, listen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	if network == "mapped" {
		there, err = dialMapped(ln.Addr().(*net.TCPAddr).Port)
	} else {
		there, err = net.Dial(network, ln.Addr().String())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = there.Close() })
	if here, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = here.Close() })
	return there, here
}

// dialMapped calls 127.0.0.1 from a socket of IPv6, which net.Dial never makes.
func dialMapped(port int) (net.Conn, error) {
	fd, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	addr := &syscall.SockaddrInet6{Port: port, Addr: [16]byte(net.IPv4(127, 0, 0, 1).To16())}
	if err := syscall.Connect(fd, addr); err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	f := os.NewFile(uintptr(fd), "mapped")
	defer f.Close()
	return net.FileConn(f)
}

// BenchmarkOwner compares the two ways on a machine with a few hundred connections.
func BenchmarkOwner(b *testing.B) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	var last net.Conn
	for range 300 {
		c, err := net.Dial("tcp4", ln.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		if last, err = ln.Accept(); err != nil {
			b.Fatal(err)
		}
		defer last.Close()
	}
	from, to := addrPort(last.RemoteAddr()), addrPort(last.LocalAddr())
	for name, ask := range map[string]func() (int, error){
		"sock_diag": func() (int, error) { return askOwner(from, to) },
		"proc":      func() (int, error) { return readOwner(from, to) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
