package web

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// peerUID asks the system whose the far end of a connection is. Where it says neither by sock_diag nor by /proc, that is
// errors.ErrUnsupported.
func peerUID(local, remote net.Addr) (int, error) {
	from, to := addrPort(remote), addrPort(local)
	uid, err := askOwner(from, to)
	if err == nil || errors.Is(err, errNoOwner) {
		return uid, err
	}
	return readOwner(from, to)
}

// readOwner looks through the tables of all connections, whose reading takes as long as the machine has connections.
func readOwner(from, to netip.AddrPort) (int, error) {
	answer := errors.ErrUnsupported
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // a system without IPv6, or without /proc
		}
		if err != nil {
			return 0, fmt.Errorf("web: connection's owner: %w", err)
		}
		uid, err := owner(string(table), from, to)
		if err == nil {
			return uid, nil
		}
		answer = err
	}
	return 0, answer
}

// What sock_diag(7) calls these; the sizes are those of struct inet_diag_req_v2 and struct inet_diag_msg.
const (
	netlinkSockDiag  = 4
	sockDiagByFamily = 20
	diagRequestLen   = 56
	diagAnswerLen    = 72
)

// askOwner asks the kernel, by sock_diag(7), for the one socket that goes from one address to another: that takes as long
// with ten thousand connections as with one. Where it can't be asked (a sandbox may forbid it) the error isn't errNoOwner.
func askOwner(from, to netip.AddrPort) (int, error) {
	if from.Addr().BitLen() != to.Addr().BitLen() || from.Addr().Zone() != "" {
		return 0, errors.ErrUnsupported
	}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return 0, fmt.Errorf("web: connection's owner: %w", err)
	}
	defer func() { _ = syscall.Close(fd) }()
	wait := syscall.NsecToTimeval(time.Second.Nanoseconds())
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &wait); err != nil {
		return 0, fmt.Errorf("web: connection's owner: %w", err)
	}
	if err := syscall.Sendto(fd, diagRequest(from, to), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return 0, fmt.Errorf("web: connection's owner: %w", err)
	}
	answer := make([]byte, 1024)
	n, sender, err := syscall.Recvfrom(fd, answer, 0)
	if err != nil {
		return 0, fmt.Errorf("web: connection's owner: %w", err)
	}
	if s, ok := sender.(*syscall.SockaddrNetlink); !ok || s.Pid != 0 {
		return 0, errors.ErrUnsupported // only the kernel may say
	}
	return diagOwner(answer[:n], from, to)
}

// diagRequest asks for one TCP socket in any state, without the cookie of an earlier answer.
func diagRequest(from, to netip.AddrPort) []byte {
	b := make([]byte, syscall.NLMSG_HDRLEN+diagRequestLen)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(b[6:], syscall.NLM_F_REQUEST)
	r := b[syscall.NLMSG_HDRLEN:]
	r[0], r[1] = syscall.AF_INET, syscall.IPPROTO_TCP
	if from.Addr().Is6() {
		r[0] = syscall.AF_INET6
	}
	binary.NativeEndian.PutUint32(r[4:], ^uint32(0))
	binary.BigEndian.PutUint16(r[8:], from.Port())
	binary.BigEndian.PutUint16(r[10:], to.Port())
	copy(r[12:28], from.Addr().AsSlice())
	copy(r[28:44], to.Addr().AsSlice())
	binary.NativeEndian.PutUint64(r[48:], ^uint64(0))
	return b
}

// diagOwner reads the answer. The kernel gives a listener where no connection fits, and root for a socket that nobody holds
// any more: neither is an owner.
func diagOwner(answer []byte, from, to netip.AddrPort) (int, error) {
	if len(answer) < syscall.NLMSG_HDRLEN+4 {
		return 0, errors.ErrUnsupported
	}
	body := answer[syscall.NLMSG_HDRLEN:]
	switch kind := binary.NativeEndian.Uint16(answer[4:]); {
	case kind == syscall.NLMSG_ERROR:
		// "No such entry" may also mean that this kernel lacks the family's half of sock_diag: the tables know.
		return 0, fmt.Errorf("web: connection's owner: %w", syscall.Errno(-int32(binary.NativeEndian.Uint32(body))))
	case kind != sockDiagByFamily || len(body) < diagAnswerLen:
		return 0, errors.ErrUnsupported
	case diagAddr(body[0], body[8:24], body[4:]) != from || diagAddr(body[0], body[24:40], body[6:]) != to:
		return 0, errNoOwner
	case binary.NativeEndian.Uint32(body[68:]) == 0: // the inode
		return 0, errNoOwner
	}
	return int(binary.NativeEndian.Uint32(body[64:])), nil
}

// diagAddr reads an address and its port. A socket for both families is told of as one of IPv6, whatever was asked for.
func diagAddr(family byte, ip, port []byte) netip.AddrPort {
	if family == syscall.AF_INET {
		ip = ip[:4]
	}
	a, _ := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(port))
}
