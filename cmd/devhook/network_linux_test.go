package main_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A network is three namespaces in a row, client – router – server, which nothing outside of the test can reach. The
// agent and its app run in client, the relay in server, and senders in router, which stands for the internet.
type network struct {
	t     *testing.T
	name  string // its namespaces are name-client, name-router and name-server
	hosts string // what all see as /etc/hosts
}

const (
	client = "client"
	router = "router"
	server = "server"

	clientIP   = "10.77.1.2"
	clientGate = "10.77.1.1"
	serverIP   = "10.77.2.2"
	serverGate = "10.77.2.1"

	relayName = "relay.test" // leads to the server
)

var networks atomic.Int32

// needNamespaces sees that this machine makes them.
func needNamespaces(t *testing.T) {
	t.Helper()
	name := fmt.Sprintf("devhook%d-try", os.Getpid())
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		t.Fatalf("this test needs network namespaces, which root makes with iproute2's ip netns: %v: %s", err, out)
	}
	if out, err := exec.Command("ip", "netns", "del", name).CombinedOutput(); err != nil {
		t.Fatalf("ip netns del: %v: %s", err, out)
	}
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{t: t, name: fmt.Sprintf("devhook%d-%d", os.Getpid(), networks.Add(1))}
	n.hosts = filepath.Join(t.TempDir(), "hosts")
	n.lead(serverIP)
	for _, where := range []string{client, router, server} {
		n.run("ip", "netns", "add", n.name+"-"+where)
		t.Cleanup(func() { n.run("ip", "netns", "del", n.name+"-"+where) })
		n.ip(where, "link", "set", "lo", "up")
	}
	n.join(client, clientIP, clientGate)
	n.join(server, serverIP, serverGate)
	n.mend()
	return n
}

// join leads a cable from the router to another namespace.
func (n *network) join(where, address, gate string) {
	n.t.Helper()
	n.ip(router, "link", "add", where, "type", "veth", "peer", "name", "eth0", "netns", n.name+"-"+where)
	n.ip(router, "addr", "add", gate+"/24", "dev", where)
	n.ip(router, "link", "set", where, "up")
	n.ip(where, "addr", "add", address+"/24", "dev", "eth0")
	n.ip(where, "link", "set", "eth0", "up")
	n.ip(where, "route", "add", "default", "via", gate)
}

// readdress gives the client or the server another address; the one it had is gone.
func (n *network) readdress(where, from, to, gate string) {
	n.t.Helper()
	n.ip(where, "addr", "del", from+"/24", "dev", "eth0")
	n.ip(where, "addr", "add", to+"/24", "dev", "eth0")
	n.ip(where, "route", "replace", "default", "via", gate)
}

// lead makes the relay's name lead to an address.
func (n *network) lead(address string) {
	n.t.Helper()
	if err := os.WriteFile(n.hosts, []byte("127.0.0.1 localhost\n"+address+" "+relayName+"\n"), 0o644); err != nil {
		n.t.Fatal(err)
	}
}

// cut makes the router swallow whatever it should pass on. Neither end is told.
func (n *network) cut() { n.forward("0") }

// mend makes it pass things on again.
func (n *network) mend() { n.forward("1") }

func (n *network) forward(yes string) {
	n.t.Helper()
	n.in(router, "sh", "-c", "echo "+yes+" >/proc/sys/net/ipv4/ip_forward")
}

func (n *network) ip(where string, args ...string) {
	n.t.Helper()
	n.run("ip", append([]string{"-n", n.name + "-" + where}, args...)...)
}

// in runs a command in a namespace and returns what it printed.
func (n *network) in(where string, words ...string) string {
	n.t.Helper()
	words = append(n.within(where), words...)
	return n.run(words[0], words[1:]...)
}

func (n *network) run(program string, args ...string) string {
	n.t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		n.t.Fatalf("%s %s: %v: %s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// within is what stands before a command so that it runs in a namespace. It is replaced by the command: its process is
// the command's.
func (n *network) within(where string) []string {
	return []string{
		"ip", "netns", "exec", n.name + "-" + where,
		"sh", "-c", "mount --bind " + n.hosts + ` /etc/hosts && exec "$0" "$@"`,
	}
}

// A process runs in a namespace, until the test ends.
type process struct {
	*exec.Cmd
	out, err *lockedBuffer
	ended    chan struct{}
}

func (n *network) start(where string, env []string, words ...string) *process {
	n.t.Helper()
	words = append(n.within(where), words...)
	p := &process{Cmd: exec.Command(words[0], words[1:]...), out: &lockedBuffer{}, err: &lockedBuffer{}, ended: make(chan struct{})}
	p.Env, p.Dir, p.Stdout, p.Stderr = env, n.t.TempDir(), p.out, p.err
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.Start(); err != nil {
		n.t.Fatal(err)
	}
	go func() { defer close(p.ended); _ = p.Wait() }()
	n.t.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	_ = p.Process.Kill()
	<-p.ended
}

// await waits until a process has printed something and returns the first group.
func (p *process) await(t *testing.T, b *lockedBuffer, pattern string) string {
	t.Helper()
	wanted := regexp.MustCompile(pattern)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if m := wanted.FindStringSubmatch(b.String()); m != nil {
			return m[len(m)-1]
		}
	}
	t.Fatalf("never printed: %s\n%s\n%s", pattern, p.out, p.err)
	return ""
}

// A call is what a sender saw of one webhook.
type call struct {
	began  time.Time
	took   time.Duration
	status int // 0: no answer
	text   string
}

func (c call) ended() time.Time { return c.began.Add(c.took) }

// calls are those of a caller, in the order of their ends.
type calls struct {
	mu  sync.Mutex
	all []call
}

// callAlways calls a URL every tenth of a second from the router's namespace.
func (n *network) callAlways(url string) *calls {
	n.t.Helper()
	words := append(n.within(router), "caller", "-every", "100ms", url)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err = errors.Join(err, cmd.Start()); err != nil {
		n.t.Fatal(err)
	}
	c, ended := &calls{}, make(chan struct{})
	go func() {
		defer close(ended)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			c.add(sc.Text())
		}
		_ = cmd.Wait()
	}()
	n.t.Cleanup(func() { cancel(); <-ended })
	return c
}

func (c *calls) add(line string) {
	words := strings.SplitN(line, " ", 4)
	began, _ := strconv.ParseInt(words[0], 10, 64)
	took, _ := strconv.ParseInt(words[1], 10, 64)
	status, _ := strconv.Atoi(words[2])
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, call{time.UnixMicro(began), time.Duration(took) * time.Microsecond, status, words[3]})
}

// since are the calls that began at a moment or later and are over.
func (c *calls) since(t time.Time) (some []call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		if !one.began.Before(t) {
			some = append(some, one)
		}
	}
	return some
}

// newIdentity makes a key as ssh-keygen does and gives its file, and that of its public half.
func newIdentity(t *testing.T) (private, public string) {
	t.Helper()
	private = filepath.Join(t.TempDir(), "id")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", private).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	return private, private + ".pub"
}
