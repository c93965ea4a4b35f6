package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A scene is a relay in a network of its own, an agent with its app behind the router, and a caller that never stops.
type scene struct {
	*network
	relay *process
	keys  string // authorized_keys
	state string
	env   []string // the relay's
	up    *up
	calls *calls
}

func newScene(t *testing.T, scheme string) *scene {
	t.Helper()
	n := newNetwork(t)
	private, public := newIdentity(t)
	s := &scene{network: n, state: t.TempDir(), keys: public, env: environ(t)}
	s.startRelay(serverIP)
	app := n.start(client, os.Environ(), "app")
	port := app.await(t, app.out, `listening (\d+)`)
	relay := map[string]string{"ssh": "ssh://devhook@" + relayName + ":2222", "ws": "ws://" + relayName + ":7080"}[scheme]
	s.up = startUp(t, filepath.Join(t.TempDir(), "devhook.db"), nil, n.within(client),
		"--relay", relay, "--identity", private, "--accept-new-host-key", "--inspect", "off", port)
	s.calls = n.callAlways(s.up.public + "/hooks")
	s.awaitAnswer(time.Now(), time.Minute)
	return s
}

func (s *scene) startRelay(ip string) {
	s.t.Helper()
	bin, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	s.relay = s.start(server, s.env, bin, "relay", "--json", "--public-host", relayName, "--bind", ip, "--ports", "8000,8080",
		"--ssh", ip+":2222", "--http", ip+":7080", "--state", s.state, "--authorized-keys", s.keys)
	s.relay.await(s.t, s.relay.out, `"event":"ready"`)
}

// awaitAnswer waits for the app's answer to a webhook that was sent after a moment, and tells how long after it it was here.
func (s *scene) awaitAnswer(since time.Time, limit time.Duration) time.Duration {
	s.t.Helper()
	for time.Since(since) < limit {
		for _, c := range s.calls.since(since) {
			if c.status == 200 {
				return c.ended().Sub(since)
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("no webhook was answered within %s\nagent: %s\nrelay: %s", limit, s.up.stderr, s.relay.err)
	return 0
}

// lost waits until the relay knows that its agent is gone, and tells when that was.
func (s *scene) lost(times int) time.Time {
	s.t.Helper()
	s.relay.await(s.t, s.relay.err, `(?s)`+strings.Repeat(`"msg":"agent lost".*`, times))
	return time.Now()
}

// known is how long the relay may take to know of a cut (8 s of silence), and some more.
const known = 18 * time.Second

// trouble is a way in which a tunnel is lost. It returns the moment at which nothing is in the way of healing any more.
type trouble struct {
	name   string
	scheme string
	figure time.Duration // healing should take no longer; ten times as long fails
	happen func(s *scene, round int) time.Time
}

var troubles = []trouble{
	{"asleep", "ssh", 5 * time.Second, func(s *scene, _ int) time.Time { return s.asleep(false) }},
	{"asleep without a network", "ssh", 5 * time.Second, func(s *scene, _ int) time.Time { return s.asleep(true) }},
	{"relay killed", "ssh", 5 * time.Second, (*scene).killRelay},
	{"relay killed, over a WebSocket", "ws", 5 * time.Second, (*scene).killRelay},
	{"other address", "ssh", 10 * time.Second, (*scene).otherAddress},
	{"other address, over a WebSocket", "ws", 10 * time.Second, (*scene).otherAddress},
	{"relay elsewhere", "ssh", 10 * time.Second, (*scene).moveRelay},
	{"relay elsewhere, over a WebSocket", "ws", 10 * time.Second, (*scene).moveRelay},
	{"cut, over a WebSocket", "ws", 10 * time.Second, (*scene).cutAndMend},
}

// asleep stops the agent for longer than the relay needs to notice. A laptop that sleeps has no network either.
func (s *scene) asleep(offline bool) time.Time {
	began := time.Now()
	_ = s.up.cmd.Process.Signal(syscall.SIGSTOP)
	if offline {
		s.cut()
	}
	s.lost(1)
	if os.Getenv(byHand) == "" {
		time.Sleep(3 * time.Second)
	} else {
		time.Sleep(time.Until(began.Add(time.Minute)))
	}
	s.mend()
	_ = s.up.cmd.Process.Signal(syscall.SIGCONT)
	return time.Now()
}

func (s *scene) killRelay(int) time.Time {
	s.relay.kill()
	time.Sleep(3 * time.Second)
	s.startRelay(serverIP)
	return time.Now()
}

// moveRelay starts the relay on another machine, so to speak, and lets its name lead there. An attempt that is under way to
// the old one takes its ten seconds.
func (s *scene) moveRelay(int) time.Time {
	const elsewhere = "10.77.2.3"
	s.relay.kill()
	s.readdress(server, serverIP, elsewhere, serverGate)
	s.lead(elsewhere)
	s.startRelay(elsewhere)
	return time.Now()
}

func (s *scene) otherAddress(int) time.Time {
	s.readdress(client, clientIP, "10.77.1.3", clientGate)
	return time.Now()
}

// cutAndMend swallows everything until the relay knows. Callers are told at once from then on.
func (s *scene) cutAndMend(round int) time.Time {
	s.t.Helper()
	s.cut()
	cut := time.Now() // not before: setting up the cut takes seconds where many tests begin at once
	knew := s.lost(round + 1)
	time.Sleep(time.Until(cut.Add(known)))
	s.calledWhileCut(cut, knew)
	s.mend()
	return time.Now()
}

// calledWhileCut judges what senders saw of a cut.
func (s *scene) calledWhileCut(cut, knew time.Time) {
	s.t.Helper()
	before, told := map[int]int{}, 0
	var longest, slowest time.Duration
	for _, c := range s.calls.since(cut) {
		if c.began.Before(knew) {
			before[c.status]++
			longest = max(longest, c.took)
			continue
		}
		told++
		slowest = max(slowest, c.took)
		if c.status != 503 {
			s.t.Errorf("a call while the agent was known to be away: %d %s", c.status, c.text)
		}
	}
	s.t.Logf("the relay knew after %.1fs; calls before by status: %v, the longest took %.1fs; %d calls after: 503 in %s at most",
		knew.Sub(cut).Seconds(), before, longest.Seconds(), told, slowest)
	if told == 0 || slowest > 10*time.Second {
		s.t.Errorf("%d calls were answered while the agent was known to be away, the slowest in %s", told, slowest)
	}
}

// healed measures how long healing takes, and looks for what it may have left.
func (s *scene) healed(since time.Time, figure time.Duration) time.Duration {
	s.t.Helper()
	took := s.awaitAnswer(since, 10*figure)
	well := since.Add(took)
	time.Sleep(time.Second)
	for _, c := range s.calls.since(well) {
		if c.status != 200 {
			s.t.Errorf("%s after it had healed: %d %s", c.ended().Sub(well), c.status, c.text)
		}
	}
	s.noGhost()
	return took
}

// noGhost sees that one port has an owner, the other none, and that one agent is connected.
func (s *scene) noGhost() {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.state, "addresses.json"))
	var owners struct {
		Addresses map[string]struct{ Key string }
	}
	if err == nil {
		err = json.Unmarshal(text, &owners)
	}
	if _, port, _ := strings.Cut(s.up.public, relayName+":"); err != nil || len(owners.Addresses) != 1 || owners.Addresses[port].Key == "" {
		s.t.Errorf("owners of addresses: %q, %v; want one of %s", text, err, s.up.public)
	}
	if got := s.in(router, "hook", "http://"+relayName+":8000/"); !strings.HasPrefix(got, "503 ") {
		s.t.Errorf("the other port answers %q", got)
	}
	var connected string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		connected = s.in(server, "ss", "-Htn", "state", "established", "( sport = :2222 or sport = :7080 )")
		if strings.Count(connected, "\n") == 1 {
			return
		}
	}
	s.t.Errorf("connections of agents after healing:\n%s", connected)
}

// atOnce says that a test runs with all of its cases at once already: they wait far more than they work, and go test would
// run as many as there are processors.
const atOnce = "TESTS_AT_ONCE"

// byHand is how often the way is to be cut silently, by hand; and a sleep takes a minute then.
const byHand = "TESTS_CUTS"

// TestTheAddressComesBack breaks the way between agent and relay in every way there is. TESTS_CUTS=50 cuts it as many times
// silently, instead of three, and takes a few minutes.
func TestTheAddressComesBack(t *testing.T) {
	if os.Getenv(atOnce) == "" {
		needNamespaces(t)
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1", "-test.parallel=32")
		cmd.Env = append(os.Environ(), atOnce+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, one := range troubles {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, one.scheme)
			report(t, one.figure, s.healed(one.happen(s, 0), one.figure))
		})
	}
	t.Run("cut", func(t *testing.T) {
		t.Parallel()
		silentCuts(t)
	})
}

// silentCuts cuts many times, in up to ten networks at once.
func silentCuts(t *testing.T) {
	const figure = 10 * time.Second
	cuts := 3
	if more := os.Getenv(byHand); more != "" {
		var err error
		if cuts, err = strconv.Atoi(more); err != nil || cuts < 1 {
			t.Fatalf("%s=%s is no count", byHand, more)
		}
	}
	var mu sync.Mutex
	var took []time.Duration
	t.Run("each", func(t *testing.T) {
		for n := range min(cuts, 10) {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				s := newScene(t, "ssh")
				for round := 0; round*10+n < cuts; round++ {
					one := s.healed(s.cutAndMend(round), figure)
					mu.Lock()
					took = append(took, one)
					mu.Unlock()
				}
			})
		}
	})
	report(t, figure, took...)
}

// report prints how long healing took, and fails where it took ten times what it should.
func report(t *testing.T, figure time.Duration, took ...time.Duration) {
	t.Helper()
	slices.Sort(took)
	if len(took) == 0 {
		t.Fatal("nothing was measured")
	}
	p95 := took[(len(took)*95-1)/100]
	t.Logf("healed in p50 %.2fs, p95 %.2fs, slowest %.2fs of %d; the figure is %s",
		took[len(took)/2].Seconds(), p95.Seconds(), took[len(took)-1].Seconds(), len(took), figure)
	if p95 > 10*figure {
		t.Errorf("healing takes more than ten times %s", figure)
	}
}
