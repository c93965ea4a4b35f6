package tunnel

import (
	"errors"
	"net"
	"testing"
)

func addresses(all ...string) func() ([]net.Addr, error) {
	var nets []net.Addr
	for _, one := range all {
		ip, n, err := net.ParseCIDR(one)
		if err != nil {
			return func() ([]net.Addr, error) { return nil, err }
		}
		nets = append(nets, &net.IPNet{IP: ip, Mask: n.Mask})
	}
	return func() ([]net.Addr, error) { return nets, nil }
}

func TestLookoutSeesAddressesChange(t *testing.T) {
	o := newLookout(addresses("127.0.0.1/8", "192.0.2.7/24", "fe80::1/64"))
	own := &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 1}
	for _, step := range []struct {
		what  string
		now   func() ([]net.Addr, error)
		moved bool
		gone  bool
	}{
		{"the same", addresses("192.0.2.7/24", "127.0.0.1/8"), false, false},
		{"a container's link", addresses("127.0.0.1/8", "192.0.2.7/24", "fe80::2/64"), false, false},
		{"nothing is told", func() ([]net.Addr, error) { return nil, errors.New("not here") }, false, false},
		{"a VPN", addresses("192.0.2.7/24", "10.0.0.5/8"), true, false},
		{"another network", addresses("198.51.100.4/24", "10.0.0.5/8"), true, true},
		{"no network", addresses("127.0.0.1/8"), true, true},
		{"the old one", addresses("192.0.2.7/24"), true, false},
	} {
		next := o.next()
		o.addresses = step.now
		o.note(o.look())
		moved := false
		select {
		case <-next:
			moved = true
		default:
		}
		if moved != step.moved || o.gone(own) != step.gone {
			t.Errorf("%s: moved %v, gone %v", step.what, moved, o.gone(own))
		}
	}
	for _, other := range []net.Addr{&net.TCPAddr{IP: net.IPv6loopback, Port: 1}, &net.UnixAddr{Name: "/x"}} {
		if o.gone(other) {
			t.Errorf("%s is gone", other)
		}
	}
}
