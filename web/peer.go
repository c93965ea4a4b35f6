package web

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// errNoOwner says that no open socket of this machine is the far end of a connection.
var errNoOwner = errors.New("web: no socket here is its other end")

// peer remembers for one connection whose it is: it can't change hands.
type peer struct {
	conn net.Conn
	once sync.Once
	ok   bool
}

type peerKey struct{}

// withPeer is the http.Server's ConnContext. The owner is looked up with the first request, when the other end is
// surely still there.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, &peer{conn: c})
}

func (p *peer) allowed(s *Server) bool {
	p.once.Do(func() { p.ok = s.allowed(p.conn.LocalAddr(), p.conn.RemoteAddr()) })
	return p.ok
}

// owner finds in a table of Linux's /proc/net/tcp whose the socket is that goes from one address to another. A socket
// that nobody holds any more (inode 0: closed, or waiting for time to pass) is shown as root's there and counts as none.
func owner(table string, from, to netip.AddrPort) (int, error) {
	port := fmt.Sprintf(":%04X ", from.Port()) // a busy machine's table has thousands of lines: few are worth a look
	for line := range strings.SplitSeq(table, "\n") {
		if !strings.Contains(line, port) {
			continue
		}
		f := strings.Fields(line)
		if len(f) < 10 || f[9] == "0" {
			continue
		}
		if hexAddr(f[1]) == from && hexAddr(f[2]) == to {
			return strconv.Atoi(f[7])
		}
	}
	return 0, errNoOwner
}

// hexAddr reads "0100007F:0FC8": 32-bit words in the byte order of the machine, then the port.
func hexAddr(s string) netip.AddrPort {
	host, port, ok := strings.Cut(s, ":")
	p, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || len(host)%8 != 0 {
		return netip.AddrPort{}
	}
	var b []byte
	for ; host != ""; host = host[8:] {
		word, err := strconv.ParseUint(host[:8], 16, 32)
		if err != nil {
			return netip.AddrPort{}
		}
		b = binary.NativeEndian.AppendUint32(b, uint32(word))
	}
	a, ok := netip.AddrFromSlice(b)
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(p))
}
