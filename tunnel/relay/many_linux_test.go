package relay_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// A venue is where a relay's agents log in and its callers call.
type venue struct{ SSH, Public string }

// memory is what a process takes.
type memory struct {
	RSS, Heap, Stacks uint64 // bytes
	Goroutines, Files int
}

// playRelay runs a relay of names that knows everybody. It tells where it is, and what it takes whenever it is asked.
func playRelay(in *json.Decoder, out *json.Encoder) error {
	host, err := newSigner()
	if err != nil {
		return err
	}
	s, err := relay.New(relay.Config{
		HostKey: host, Ports: []int{80}, Domain: "relay.test",
		Authorized: func(ssh.PublicKey, net.Addr) (relay.Grant, error) { return relay.Grant{}, nil },
		Listen:     func(network, _ string) (net.Listener, error) { return net.Listen(network, "127.0.0.1:0") },
	})
	if err != nil {
		return err
	}
	open, err := s.OpenPorts(nil)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = s.ServeSSH(ln) }()
	say := any(venue{ln.Addr().String(), open[0].String()})
	for {
		if err := out.Encode(say); err != nil {
			return err
		}
		var asked string
		if err := in.Decode(&asked); err != nil {
			return err
		}
		if say, err = takes(); err != nil {
			return err
		}
	}
}

// crowdOf is a number of tunnels at a relay.
type crowdOf struct {
	SSH   string
	Count int
}

// playAgents has an agent for each tunnel, and says how many are there.
func playAgents(in *json.Decoder, out *json.Encoder) error {
	var crowd crowdOf
	for in.Decode(&crowd) == nil {
		next := make(chan int)
		faults := make(chan error)
		for range 4 { // relays let eight of an address log in at once
			go func() {
				var errs []error
				for n := range next {
					errs = append(errs, startAgent(crowd.SSH, n))
				}
				faults <- errors.Join(errs...)
			}()
		}
		for n := range crowd.Count {
			next <- n
		}
		close(next)
		if err := errors.Join(<-faults, <-faults, <-faults, <-faults); err != nil {
			return err
		}
		if err := out.Encode(crowd.Count); err != nil {
			return err
		}
	}
	return nil
}

func nameOf(number int) string { return fmt.Sprintf("tunnel-%d", number) }

// startAgent has a tunnel whose app answers with its name.
func startAgent(at string, number int) error {
	key, err := newSigner()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l, err := tunnel.Listen(ctx, tunnel.Config{
		Signer: key, HostKey: ssh.InsecureIgnoreHostKey(), Dial: tunneltest.Dial(at), Addr: at, Name: nameOf(number),
		Addresses: func() ([]net.Addr, error) { return nil, nil }, // a thousand who look take time
	})
	if err != nil {
		return err
	}
	tunneltest.Serve(l, func(c *tunnel.Conn) {
		defer c.Close()
		start(c)
		answer(c, 200, "by "+nameOf(number), false)
	})
	return nil
}

func newSigner() (ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(private)
}

// takes measures this process when it has tidied up.
func takes() (memory, error) {
	for range 4 {
		debug.FreeOSMemory() // each halves what stacks have grown to
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return memory{}, err
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return memory{}, err
	}
	var size, resident uint64
	_, err = fmt.Sscan(string(statm), &size, &resident)
	return memory{resident * uint64(os.Getpagesize()), m.HeapAlloc, m.StackInuse, runtime.NumGoroutine(), len(files)}, err
}

// TestAThousandIdleTunnels measures what a tunnel takes of its relay: it should be 64 KiB at most. Only twice as much is a
// failure.
func TestAThousandIdleTunnels(t *testing.T) {
	const tunnels, goal = 1000, 64
	program := buildPlain(t)
	relay, agents := startActor(t, program, "relay"), startActor(t, program, "agents")
	var at venue
	var before, idle, after memory
	var there int
	relay.hear(&at)
	relay.ask("memory", &before)
	began := time.Now()
	agents.ask(crowdOf{at.SSH, tunnels}, &there)
	t.Logf("%d agents logged in within %s", there, time.Since(began))
	relay.ask("memory", &idle)
	began = time.Now()
	for n := range tunnels {
		callTunnel(t, at.Public, n)
	}
	t.Logf("each of %d answered by its name, in %s", tunnels, time.Since(began))
	relay.ask("memory", &after)
	if each := tell(t, "idle", idle, before, tunnels); each > 2*goal {
		t.Errorf("an idle tunnel takes %.1f KiB of the relay", each)
	}
	if each := tell(t, "after a webhook each", after, before, tunnels); each > 2*goal {
		t.Errorf("a tunnel takes %.1f KiB of the relay after a webhook", each)
	}
}

// callTunnel calls a tunnel by its name and sees that it is the one that answers.
func callTunnel(t *testing.T, at string, number int) {
	t.Helper()
	c := dial(t, at)
	defer c.Close()
	send(t, c, "GET / HTTP/1.1\r\nHost: "+nameOf(number)+".relay.test\r\nConnection: close\r\n\r\n")
	b, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(b), "by "+nameOf(number)) {
		t.Fatalf("tunnel %d answered %q, %v", number, b, err)
	}
}

// tell prints what each tunnel takes and returns the resident KiB.
func tell(t *testing.T, when string, now, before memory, tunnels int) float64 {
	t.Helper()
	each := func(now, before uint64) float64 { return float64(int64(now-before)) / float64(tunnels) / 1024 }
	resident := each(now.RSS, before.RSS)
	t.Logf("%s, each: resident %.1f KiB, heap %.1f, stacks %.1f, goroutines %.1f, descriptors %.1f", when,
		resident, each(now.Heap, before.Heap), each(now.Stacks, before.Stacks),
		float64(now.Goroutines-before.Goroutines)/float64(tunnels), float64(now.Files-before.Files)/float64(tunnels))
	return resident
}
