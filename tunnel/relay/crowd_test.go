package relay_test

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"devhook/tunnel/relay"
)

// A mask is a public port whose callers seem to come from where next says.
type mask struct {
	net.Listener
	next *atomic.Pointer[string]
}

type masked struct {
	*net.TCPConn
	from net.Addr
}

func (c masked) RemoteAddr() net.Addr { return c.from }

func (m mask) Accept() (net.Conn, error) {
	c, err := m.Listener.Accept()
	if err != nil {
		return nil, err
	}
	from := netip.AddrPortFrom(netip.MustParseAddr(*m.next.Load()), uint16(c.RemoteAddr().(*net.TCPAddr).Port))
	return masked{c.(*net.TCPConn), net.TCPAddrFromAddrPort(from)}, nil
}

func TestSendersOfOneAddressAreLimited(t *testing.T) {
	var next atomic.Pointer[string]
	var log noisy
	r := newRigWith(t, func(c *relay.Config) {
		open := c.Listen
		c.Listen = func(network, address string) (net.Listener, error) {
			ln, err := open(network, address)
			return mask{ln, &next}, err
		}
		c.Limits.SendersPer = 2
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	}, nil, echo)
	// call keeps a connection from an address, once it is known to be served.
	call := func(from string) (c net.Conn, served bool) {
		next.Store(&from)
		c = r.dial(t)
		_, _ = io.WriteString(c, post("/", "x"))
		b := make([]byte, 12)
		_, err := io.ReadFull(c, b)
		return c, err == nil && string(b) == "HTTP/1.1 200"
	}
	for _, c := range []struct{ one, same, other string }{
		{"203.0.113.9", "::ffff:203.0.113.9", "203.0.113.10"},
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"},
	} {
		first, ok1 := call(c.one)
		_, ok2 := call(c.same)
		if _, ok3 := call(c.one); !ok1 || !ok2 || ok3 {
			t.Errorf("%s: served %t, %t, and a third %t", c.one, ok1, ok2, ok3)
		}
		if _, ok := call(c.other); !ok {
			t.Errorf("%s is refused for what %s does", c.other, c.one)
		}
		_ = first.Close()
		eventually(t, "a place becomes free", func() bool { _, ok := call(c.one); return ok })
	}
	for n := range 5 {
		if _, ok := call("127.0.0.1"); !ok {
			t.Errorf("call %d from this machine is refused", n)
		}
	}
	if !strings.Contains(log.text(), `too many from one address" from=203.0.113.9:`) {
		t.Errorf("the log: %s", log.text())
	}
}
