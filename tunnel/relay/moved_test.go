package relay_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// ground is where a machine is: move gives it other addresses.
type ground struct{ at atomic.Int32 }

func (g *ground) move() { g.at.Add(1) }

func (g *ground) addresses() ([]net.Addr, error) {
	return []net.Addr{&net.IPNet{IP: net.IPv4(192, 0, 2, byte(g.at.Load())), Mask: net.CIDRMask(24, 32)}}, nil
}

// The agents of these tests would otherwise wait for an hour.

func TestAnAgentThatMovedAsksAtOnce(t *testing.T) {
	var g ground
	r, p := through(t, 0, nil, func(c *tunnel.Config) {
		c.Addresses, c.Ping, c.PingTimeout, c.DialTimeout = g.addresses, time.Hour, 100*time.Millisecond, 500*time.Millisecond
	})
	eventually(t, "first ping", func() bool { return r.agent.State().RTT > 0 })
	p.Hush()
	g.move()
	eventually(t, "offline", func() bool { return r.agent.State().Phase != tunnel.Online })
	p.Speak()
	eventually(t, "online again", phase(r.agent, tunnel.Online))
}

func TestAnAgentThatMovedTriesAtOnce(t *testing.T) {
	var g ground
	r, p := through(t, 0, nil, func(c *tunnel.Config) {
		c.Addresses, c.Backoff, c.BackoffMax = g.addresses, 1000*time.Hour, 1000*time.Hour // random below that
	})
	p.Cut()
	eventually(t, "offline", phase(r.agent, tunnel.Offline))
	p.Mend()
	g.move()
	eventually(t, "online again", phase(r.agent, tunnel.Online))
}

func TestAnAgentThatMovedDialsAnew(t *testing.T) {
	var g ground
	var dials atomic.Int32
	r := tunneltest.NewRelay(t, nil)
	p := tunneltest.NewProxy(t, r.SSH, 0)
	c := r.Config(t)
	c.Addresses, c.DialTimeout = g.addresses, time.Hour
	c.Dial = func(ctx context.Context) (net.Conn, error) {
		if dials.Add(1) != 2 {
			return tunneltest.Dial(p.Addr)(ctx)
		}
		<-ctx.Done() // what it sends gets nowhere
		return nil, errors.New("no way")
	}
	l := tunneltest.Listen(t, c)
	p.Cut()
	p.Mend()
	eventually(t, "second attempt", func() bool { return dials.Load() == 2 })
	g.move()
	eventually(t, "online again", func() bool { return dials.Load() == 3 && l.State().Phase == tunnel.Online })
}
