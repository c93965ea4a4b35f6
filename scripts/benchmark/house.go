package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A house is all that was started for the cells of one delay, in order; it is taken down backwards.
type house struct {
	s         settings
	dir       string
	delay     time.Duration // each way, between relay and agent
	appAddr   string
	processes []*process
	delayers  []*delayer
	relays    int // of ours, so far

	peers   map[string]*peer
	records map[string]*record // of the devhooks among them
}

// open brings up the app and a way to it for each peer.
func (h *house) open(ctx context.Context) error {
	h.peers, h.records = map[string]*peer{}, map[string]*record{}
	if err := h.startApp(ctx); err != nil {
		return err
	}
	for _, name := range h.s.peers {
		if h.delay > 0 && !h.delayed(name) {
			continue
		}
		dir := filepath.Join(h.dir, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		p := &peer{name: name}
		if err := h.start(ctx, p, dir); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if p.host == "" {
			p.host = p.addr
		}
		h.peers[name] = p
	}
	return nil
}

func (h *house) startApp(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	app, err := h.spawn(h.dir, "app", self, "app")
	if err != nil {
		return err
	}
	h.appAddr, err = app.await(ctx, firstLine)
	return err
}

// delayed says who has a connection between relay and agent that can be delayed; direct joins them to be compared with.
func (h *house) delayed(name string) bool {
	return slices.Contains([]string{direct, openssh, recording, off}, name)
}

func (h *house) start(ctx context.Context, p *peer, dir string) error {
	switch p.name {
	case direct:
		p.addr = h.appAddr
		return nil
	case "nginx":
		return h.startNginx(ctx, p, dir)
	case openssh:
		return h.startSSH(ctx, p, dir)
	case "mitmproxy":
		return h.startMitmproxy(ctx, p, dir)
	case "localtunnel":
		return h.startLocaltunnel(ctx, p, dir)
	case recording:
		return h.startDevhook(ctx, p, dir, h.s.devhook)
	case off:
		return h.startDevhook(ctx, p, dir, h.s.devhookOff)
	case embedded:
		return h.startEmbedded(ctx, p, dir)
	}
	if command, ok := h.s.custom[p.name]; ok {
		return h.startCustom(ctx, p, dir, command)
	}
	return fmt.Errorf("-peers: want %s, or what -peer names", strings.Join(everyPeer, ", "))
}

func (h *house) spawn(dir, name, program string, args ...string) (*process, error) {
	p, err := spawn(dir, name, nil, program, args...)
	if err == nil {
		h.processes = append(h.processes, p)
	}
	return p, err
}

// between is what an agent connects to instead of its relay.
func (h *house) between(relay string) (string, error) {
	if h.delay == 0 {
		return relay, nil
	}
	d, err := newDelayer(relay, h.delay)
	if err != nil {
		return "", err
	}
	h.delayers = append(h.delayers, d)
	return d.addr(), nil
}

func (h *house) close() error {
	var all error
	for _, p := range slices.Backward(h.processes) {
		all = errors.Join(all, p.stop())
	}
	for _, d := range h.delayers {
		d.close()
	}
	h.processes, h.delayers = nil, nil
	return all
}

func firstLine(output string) (string, bool) {
	line, _, ok := strings.Cut(output, "\n")
	return line, ok
}

// address is a place on loopback for a relay whose public ports are not ours to choose: on Linux each has an address of its own.
func (h *house) address() (host, port string) {
	ports := []string{"8000", "8080", "80"}
	if runtime.GOOS == "linux" {
		return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254)), ports[0]
	}
	h.relays++
	return "127.0.0.1", ports[(h.relays-1)%len(ports)]
}

// freePort asks the system for a port on 127.0.0.1. Somebody else may take it before its user does, which says so then.
func freePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port), nil
}

// answers waits until a way leads to the app: until one request has come back right.
func (h *house) answers(ctx context.Context, p *peer, processes ...*process) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if p.host == "" {
		p.host = p.addr
	}
	for {
		c := newCaller(p, cell{callers: 1, size: kib})
		_, err := c.post()
		if err == nil {
			return nil
		}
		for _, one := range processes {
			if one.ended() {
				return fmt.Errorf("it ended: %s", one.said())
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
