package tunnel_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// away is how to reach a relay that is away until back is true.
func away(t *testing.T, back *atomic.Bool) tunnel.Config {
	c := tunneltest.NewRelay(t, nil).Config(t)
	dial := c.Dial
	c.Dial = func(ctx context.Context) (net.Conn, error) {
		if !back.Load() {
			return nil, syscall.ECONNREFUSED
		}
		return dial(ctx)
	}
	c.Patient = true
	return c
}

// TestPatientListener: a relay that is away at the start is tried until it is there, and only then there is an address.
func TestPatientListener(t *testing.T) {
	var back atomic.Bool
	c := away(t, &back)
	l := tunneltest.Listen(t, c)
	if l.PublicURL() != "" || l.Name() != "" || l.Port() != 0 || l.Forwarded() {
		t.Errorf("without a relay its address is %q", l.PublicURL())
	}
	told := false
	for state := range l.Watch(t.Context()) {
		if state.Phase == tunnel.Online {
			break
		}
		if state.Phase == tunnel.Offline && errors.Is(state.Err, syscall.ECONNREFUSED) {
			told = true
			back.Store(true)
		}
	}
	if !told || l.PublicURL() == "" || l.Port() == 0 {
		t.Errorf("online at %q, told why it was not: %t", l.PublicURL(), told)
	}
}

// TestPatientListenerEnds: patience is for a relay that can't be reached, not for one that refuses, and it ends with Close.
func TestPatientListenerEnds(t *testing.T) {
	var back atomic.Bool
	c := away(t, &back)
	l := tunneltest.Listen(t, c)
	accepted := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		accepted <- err
	}()
	_ = l.Close()
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	back.Store(true)
	c.Signer = tunneltest.Key(t)
	if _, err := tunnel.Listen(ctx, c); !errors.Is(err, tunnel.ErrKeyRefused) {
		t.Errorf("with a key that is not known: %v", err)
	}
	back.Store(false)
	c.Patient = false
	if _, err := tunnel.Listen(ctx, c); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("without patience: %v", err)
	}
}
