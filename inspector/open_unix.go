//go:build unix

package inspector

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// stillOpen reports whether an idle connection may carry another request: its peer has neither closed it nor sent
// anything. It looks without reading and without waiting.
func stillOpen(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false // TLS: what is under it says nothing of its state
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	open := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		open = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK)
		return true
	})
	return err == nil && open
}

// leftWithin reports whether the peer closes a new connection within so long a time.
func leftWithin(c net.Conn, d time.Duration) bool {
	plain, ok := c.(*net.TCPConn)
	if !ok || plain.SetReadDeadline(time.Now().Add(d)) != nil {
		return false
	}
	defer func() { _ = plain.SetReadDeadline(time.Time{}) }()
	raw, err := plain.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EWOULDBLOCK)
	})
	return err == nil // it said something, or its end
}

// leftAlone reports whether the peer has closed a new connection already. Of TLS that can't be seen.
func leftAlone(c net.Conn) bool {
	_, plain := c.(*net.TCPConn)
	return plain && !stillOpen(c)
}
