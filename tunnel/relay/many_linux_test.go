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
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// A seat is a tunnel's: the relay it logs in to, and its address there.
type seat struct {
	SSH    string
	Port   int
	Public string // where its callers go; known once the port is open
}

// memory is what a process takes.
type memory struct {
	RSS, Heap, Stacks uint64 // bytes
	Goroutines, Files int
}

// playRelays runs relays for so many tunnels, five ports each, and tells where their seats are. Asked for anything later
// it tells them again, or what the process takes.
func playRelays(in *json.Decoder, out *json.Encoder) error {
	var tunnels int
	if err := in.Decode(&tunnels); err != nil {
		return err
	}
	var seats []*seat
	var mu sync.Mutex
	for len(seats) < tunnels {
		mine := make(map[string]*seat)
		at, err := startRelay(func(network, address string) (net.Listener, error) {
			ln, err := net.Listen(network, "127.0.0.1:0")
			if err == nil {
				mu.Lock()
				mine[address].Public = ln.Addr().String()
				mu.Unlock()
			}
			return ln, err
		})
		if err != nil {
			return err
		}
		for _, port := range relay.Ports {
			s := &seat{SSH: at, Port: port}
			seats, mine[net.JoinHostPort("", fmt.Sprint(port))] = append(seats, s), s
		}
	}
	say := any(seats)
	for {
		mu.Lock()
		err := out.Encode(say)
		mu.Unlock()
		if err != nil {
			return err
		}
		var what string
		if err := in.Decode(&what); err != nil {
			return err
		}
		if say = any(seats); what == "memory" {
			say, err = takes()
		}
		if err != nil {
			return err
		}
	}
}

// startRelay starts a relay that knows everybody.
func startRelay(listen func(network, address string) (net.Listener, error)) (at string, err error) {
	host, err := newSigner()
	if err != nil {
		return "", err
	}
	s, err := relay.New(relay.Config{
		HostKey: host, Ports: relay.Ports[:], PublicHost: "relay.test", Listen: listen,
		Authorized: func(ssh.PublicKey, net.Addr) (relay.Grant, error) { return relay.Grant{}, nil },
	})
	if err != nil {
		return "", err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { _ = s.ServeSSH(ln) }()
	return ln.Addr().String(), nil
}

// playAgents takes seats with an agent each, and says how many it has.
func playAgents(in *json.Decoder, out *json.Encoder) error {
	var seats []seat
	for in.Decode(&seats) == nil {
		next := make(chan int)
		var four sync.WaitGroup // relays let eight of an address log in at once
		var mu sync.Mutex
		var faults []error
		for range 4 {
			four.Go(func() {
				for i := range next {
					if err := takeSeat(seats[i], i); err != nil {
						mu.Lock()
						faults = append(faults, err)
						mu.Unlock()
					}
				}
			})
		}
		for i := range seats {
			next <- i
		}
		close(next)
		four.Wait()
		if err := errors.Join(append(faults, out.Encode(len(seats)))...); err != nil {
			return err
		}
	}
	return nil
}

func takeSeat(s seat, number int) error {
	key, err := newSigner()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l, err := tunnel.Listen(ctx, tunnel.Config{
		Signer: key, HostKey: ssh.InsecureIgnoreHostKey(), Dial: tunneltest.Dial(s.SSH), Addr: s.SSH, Port: s.Port,
		Addresses: func() ([]net.Addr, error) { return nil, nil }, // a thousand who look take time
	})
	if err != nil {
		return err
	}
	tunneltest.Serve(l, func(c *tunnel.Conn) {
		defer c.Close()
		start(c)
		answer(c, 200, fmt.Sprintf("tunnel %d", number), false)
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
	relays, agents := startActor(t, program, "relays"), startActor(t, program, "agents")
	var seats []seat
	var before, idle, after memory
	var taken int
	relays.ask(tunnels, &seats)
	relays.ask("memory", &before)
	began := time.Now()
	agents.ask(seats, &taken)
	t.Logf("%d agents logged in within %s", taken, time.Since(began))
	relays.ask("memory", &idle)
	relays.ask("seats", &seats)
	began = time.Now()
	for i, s := range seats {
		callSeat(t, i, s)
	}
	t.Logf("each of %d answered, in %s", len(seats), time.Since(began))
	relays.ask("memory", &after)
	if each := tell(t, "idle", idle, before, tunnels); each > 2*goal {
		t.Errorf("an idle tunnel takes %.1f KiB of the relay", each)
	}
	if each := tell(t, "after a webhook each", after, before, tunnels); each > 2*goal {
		t.Errorf("a tunnel takes %.1f KiB of the relay after a webhook", each)
	}
}

func callSeat(t *testing.T, number int, s seat) {
	t.Helper()
	c := dial(t, s.Public)
	defer c.Close()
	send(t, c, post("/", "x", closing))
	b, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(b), fmt.Sprintf("tunnel %d", number)) {
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
