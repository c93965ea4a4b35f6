package relay_test

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// calendar is a clock that is set by hand.
type calendar struct{ ahead atomic.Int64 }

func (c *calendar) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *calendar) skip(d time.Duration) { c.ahead.Add(int64(d)) }
func (c *calendar) into(r *relay.Config) { r.Now = c.now }
func taken(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("another key: %v", err)
	}
}

// A name counts from when it was used last, not from when its agent came: one that ran for months keeps it when it is cut.
func TestANameCountsFromItsLastUse(t *testing.T) {
	var clock calendar
	var book ledger
	r, _ := namesRelay(t, func(c *relay.Config) {
		clock.into(c)
		c.Keep, c.Limits.Reserve = book.keep, time.Millisecond
	})
	p := tunneltest.NewProxy(t, r.SSH, 0)
	c := name(r.Config(t), "shop")
	c.Dial = tunneltest.Dial(p.Addr)
	l := tunneltest.Listen(t, c)
	clock.skip(31 * 24 * time.Hour)
	p.Cut()
	eventually(t, "offline", phase(l, tunnel.Offline))
	eventually(t, "503", func() bool { status, _ := callName(t, r, nil, "shop.relay.test", "/"); return status == 503 })
	time.Sleep(20 * time.Millisecond)
	taken(t, refused(t, name(r.Config(t), "shop")))
	if seen := book.get()["shop"].Seen; clock.now().Sub(seen) > 24*time.Hour {
		t.Errorf("kept as seen at %s, a month ago", seen)
	}
}

// The clock of a machine without a battery begins in 1970, and some are set wrong: a name is not reserved for ever by that.
func TestAClockThatIsSetBackReservesNothingForEver(t *testing.T) {
	next, _ := namesRelay(t, func(c *relay.Config) { c.Limits.Reserve, c.Limits.ReserveName = time.Millisecond, 20*time.Millisecond })
	if _, err := next.OpenPorts(map[string]relay.Owner{"shop": {Key: "SHA256:x", Seen: time.Now().Add(50 * 365 * 24 * time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	c := name(next.Config(t), "shop")
	eventually(t, "another key has it", func() bool {
		l, err := tunnel.Listen(t.Context(), c)
		if err == nil {
			_ = l.Close()
		}
		return err == nil
	})
}

// Names that are in use count too: one key can't have them all.
func TestAKeyHasSoManyNamesAtOnce(t *testing.T) {
	r, _ := namesRelay(t, func(c *relay.Config) { c.Limits.Names = 3 })
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	given := 0
	for n := range 6 {
		if forward(t, c, "tcpip-forward", fmt.Sprintf("name-%d", n), 80) {
			given++
		}
	}
	if given != 3 {
		t.Errorf("%d names at once, 3 are allowed", given)
	}
	mine := r.Config(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	mine.Signer = key
	mine.Name = "name-9"
	if err := refused(t, mine); !errors.Is(err, tunnel.ErrPortRefused) {
		t.Errorf("an agent of the key: %v", err)
	}
}

// Processes that were killed leave names that wait. They must not use them up: what waits goes to the next one at last.
func TestKilledProcessesDoNotUseUpTheNames(t *testing.T) {
	r, _ := namesRelay(t, func(c *relay.Config) { c.Limits.Names, c.Ports = 3, []int{80, 443} })
	c := r.Config(t)
	for n := range 5 {
		p := tunneltest.NewProxy(t, r.SSH, 0)
		c.Dial = tunneltest.Dial(p.Addr)
		l, err := tunnel.Listen(t.Context(), c)
		if err != nil {
			t.Fatalf("the process number %d: %v", n, err)
		}
		p.Cut()
		eventually(t, "503", func() bool { status, _ := callName(t, r, nil, l.Name()+".relay.test", "/"); return status == 503 })
		t.Cleanup(func() { _ = l.Close() })
	}
}

// A key that loses one of its names keeps the others.
func TestAKeyThatLosesANameKeepsTheOthers(t *testing.T) {
	var mu sync.Mutex
	key := tunneltest.Key(t)
	grant := relay.Grant{}
	r, _ := namesRelay(t, func(c *relay.Config) {
		c.Authorized = func(k ssh.PublicKey, _ net.Addr) (relay.Grant, error) {
			mu.Lock()
			defer mu.Unlock()
			if string(k.Marshal()) == string(key.PublicKey().Marshal()) {
				return grant, nil
			}
			return relay.Grant{}, nil
		}
	})
	c := stock(t, r, key)
	for _, n := range []string{"shop", "blog"} {
		if !forward(t, c, "tcpip-forward", n, 80) {
			t.Fatal("refused")
		}
	}
	mu.Lock()
	grant.Names = []string{"shop"}
	mu.Unlock()
	r.Recheck()
	_ = c.Wait()
	other := r.Config(t)
	taken(t, refused(t, name(other, "shop")))
	tunneltest.Listen(t, name(other, "blog"))
}

// Where any address will do, one that the relay doesn't give any more is no reason to end.
func TestAnAddressThatIsGivenNoMore(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) { c.Ports = []int{8000, 8080} })
	c := r.Config(t)
	l := tunneltest.Listen(t, c)
	if l.Port() != 8080 {
		t.Fatalf("port %d", l.Port())
	}
	r.Allow(c.Signer.PublicKey(), relay.Grant{Ports: []int{8000}})
	r.Recheck()
	eventually(t, "another port", func() bool { return l.Port() == 8000 && l.State().Phase == tunnel.Online })
}

// A trial leaves nothing behind: nobody was told the name that it had, and it costs its key no other.
func TestATrialLeavesNoName(t *testing.T) {
	var book ledger
	r, _ := namesRelay(t, func(c *relay.Config) { c.Keep, c.Limits.Names = book.keep, 1 })
	c := name(r.Config(t), "shop")
	c.Spare = true
	_ = tunneltest.Listen(t, c).Close()
	eventually(t, "nothing is kept", func() bool { return len(book.get()) == 0 })
	c.Spare = false
	_ = tunneltest.Listen(t, c).Close()
	c.Spare, c.Name = true, "other"
	if err := refused(t, c); !errors.Is(err, tunnel.ErrPortRefused) {
		t.Errorf("a trial where another name would be given up: %v", err)
	}
	c.Name = "shop"
	_ = tunneltest.Listen(t, c).Close() // its key's own, it stays that
	taken(t, refused(t, name(r.Config(t), "shop")))
}
