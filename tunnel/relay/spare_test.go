package relay_test

import (
	"context"
	"errors"
	"testing"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// Also a trial that is cut off leaves nothing behind.
func TestATrialThatIsCutReservesNothing(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) { c.Ports = []int{8080} })
	p := tunneltest.NewProxy(t, r.SSH, 0)
	trial := r.Config(t)
	trial.Spare, trial.Dial = true, tunneltest.Dial(p.Addr)
	tunneltest.Listen(t, trial)
	p.Cut()
	other := r.Config(t)
	eventually(t, "another key has it", func() bool {
		l, err := tunnel.Listen(context.Background(), other)
		if err != nil {
			return false
		}
		t.Cleanup(func() { _ = l.Close() })
		return true
	})
}

// A trial takes what belongs to nobody, and leaves nothing behind.
func TestASparePortIsTakenFromNobody(t *testing.T) {
	var trial tunnel.Config
	r, p := through(t, 0, func(c *relay.Config) { c.Ports = []int{8000, 8080} },
		func(c *tunnel.Config) { trial = *c; c.Port = 8080 })
	trial.Spare, trial.Dial = true, tunneltest.Dial(r.SSH)
	for range 3 { // each time the same one: it was given back
		l := tunneltest.Listen(t, trial)
		if got := l.PublicURL(); got != "http://relay.test:8000" {
			t.Fatalf("the trial has %s", got)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	only := trial
	only.Port = 8080
	if err := refused(t, only); !errors.Is(err, tunnel.ErrTakenOver) {
		t.Errorf("one's own port, in use: %v", err)
	}
	other := r.Config(t)
	other.Spare, other.Port = true, 8080
	if err := refused(t, other); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("another key's port: %v", err)
	}
	other.Port = 443
	if err := refused(t, other); !errors.Is(err, tunnel.ErrPortRefused) {
		t.Errorf("a port that is not offered: %v", err)
	}
	p.Cut()
	eventually(t, "offline", phase(r.agent, tunnel.Offline))
	if err := refused(t, only); !errors.Is(err, tunnel.ErrTakenOver) {
		t.Errorf("one's own port, reserved: %v", err)
	}
	p.Mend()
	eventually(t, "online", phase(r.agent, tunnel.Online))
	if got := r.agent.PublicURL(); got != "http://relay.test:8080" {
		t.Errorf("the agent came back to %s", got)
	}
}
