//go:build !linux

package web

import "net"

// peerUID is nil where the system doesn't tell whose a connection is: Host, Origin and the token guard there.
var peerUID func(local, remote net.Addr) (int, error)
