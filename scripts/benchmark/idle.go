package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	idleDomain = "relay.test"
	// idleRest is how long the tunnels are left alone: Go looks for garbage every two minutes where nothing else makes it.
	idleRest = 130 * time.Second
	// idleGate and idleGoal are KiB of the relay's memory for each tunnel.
	idleGate, idleGoal = 64, 32
	// linear is how much more each of ten times as many tunnels may take.
	linear = 1.2
)

// A held is what a relay with so many tunnels takes.
type held struct {
	tunnels         int
	login           time.Duration
	fresh, rss, pss float64 // KiB for each tunnel: resident after the logins; resident and proportional after a rest
	called          float64 // resident after a webhook for each
	cpu             float64 // seconds of CPU a second at rest
	late            int     // seconds that were waited for tunnels that were away when they were called
}

func (m *measurement) allIdle(ctx context.Context) error {
	for _, n := range m.s.idle {
		one, err := m.measureIdle(ctx, n)
		if err != nil {
			return fmt.Errorf("%d idle tunnels: %w", n, err)
		}
		m.idle = append(m.idle, one)
		fmt.Fprintf(os.Stderr, "%d idle tunnels: %.1f KiB each, logins took %v\n", n, one.pss, one.login.Round(time.Second))
	}
	return nil
}

// measureIdle has so many agents at one `devhook relay` and looks what it takes of memory when nothing happens. Then each tunnel
// is called once and must answer by its name.
func (m *measurement) measureIdle(ctx context.Context, tunnels int) (o held, err error) {
	dir := filepath.Join(m.dir, "idle-"+strconv.Itoa(tunnels))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return o, err
	}
	h := &house{s: m.s, dir: dir}
	defer func() { err = errors.Join(err, h.close(), os.RemoveAll(dir)) }()
	if err := writeKeys(dir, tunnels); err != nil {
		return o, err
	}
	relay, public, e, err := h.startNames(ctx, dir)
	if err != nil {
		return o, err
	}
	pid := relay.cmd.Process.Pid
	before := memoryOf(pid)
	began := time.Now()
	if err := h.startAgents(ctx, dir, e, tunnels); err != nil {
		return o, err
	}
	o.tunnels, o.login = tunnels, time.Since(began)
	each := func(now, before float64) float64 { return (now - before) / float64(tunnels) }
	o.fresh = each(memoryOf(pid).rss, before.rss)
	cpu := cpuOf(pid)
	select {
	case <-ctx.Done():
		return o, context.Cause(ctx)
	case <-time.After(idleRest):
	}
	now := memoryOf(pid)
	o.cpu, o.rss, o.pss = (cpuOf(pid)-cpu)/idleRest.Seconds(), each(now.rss, before.rss), each(now.pss, before.pss)
	if o.late, err = callAll(ctx, public, tunnels); err != nil {
		return o, err
	}
	o.called = each(memoryOf(pid).rss, before.rss)
	return o, nil
}

// startNames runs a relay whose tunnels have names.
func (h *house) startNames(ctx context.Context, dir string) (relay *process, public string, e readyEvent, err error) {
	host, _ := h.address()
	program, err := filepath.Abs(h.s.devhook)
	if err != nil {
		return nil, "", e, err
	}
	relay, err = h.spawn(dir, "relay", program, "relay", "--json", "--bind", host, "--ports", "80", "--domain", idleDomain, "--ssh", "127.0.0.1:0",
		"--http", "127.0.0.1:0", "--authorized-keys", filepath.Join(dir, "authorized_keys"), "--state", filepath.Join(dir, "state"))
	if err == nil {
		e, err = awaitReady(ctx, relay)
	}
	return relay, net.JoinHostPort(host, "80"), e, err
}

func (h *house) startAgents(ctx context.Context, dir string, e readyEvent, tunnels int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	agents, err := h.spawn(dir, "agents", self, "agents", e.SSH, e.Fingerprint, dir, strconv.Itoa(tunnels))
	if err != nil {
		return err
	}
	_, err = agents.awaitFor(ctx, 40*time.Minute, firstLine)
	return err
}

// writeKeys makes a key for each agent and lets all of them log in.
func writeKeys(dir string, n int) error {
	var all bytes.Buffer
	for i := range n {
		if _, err := writeKey(dir, tunnelName(i)); err != nil {
			return err
		}
		line, err := os.ReadFile(filepath.Join(dir, tunnelName(i)+".pub"))
		if err != nil {
			return err
		}
		all.Write(line)
	}
	return os.WriteFile(filepath.Join(dir, "authorized_keys"), all.Bytes(), 0o600)
}

// callAll calls each tunnel by its name. On a machine that is too busy for its heartbeats a tunnel may be on its way back: it has
// a minute for it.
func callAll(ctx context.Context, public string, tunnels int) (late int, err error) {
	for n := range tunnels {
		for began := time.Now(); ; {
			err := callByName(public, tunnelName(n))
			if err == nil {
				break
			}
			if time.Since(began) > time.Minute || ctx.Err() != nil {
				return late, fmt.Errorf("%w (tunnels are lost for good where the machine is too busy for their heartbeats)", err)
			}
			late++
			<-time.After(time.Second)
		}
	}
	return late, nil
}

// callByName calls a tunnel and sees that it is the one that answers.
func callByName(public, name string) error {
	c, err := net.DialTimeout("tcp", public, patience)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s.%s\r\nConnection: close\r\n\r\n", name, idleDomain); err != nil {
		return err
	}
	a, body, err := readAnswer(bufio.NewReader(c), make([]byte, 512))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if a.status != 200 || string(body) != name {
		return fmt.Errorf("%s: answered %d %q", name, a.status, body)
	}
	return nil
}

// idleGates are what is asked of an idle tunnel's memory.
func idleGates(all []held) (rows []judged) {
	for _, o := range all {
		g := gate{work: plural(o.tunnels, "idle tunnel") + ", memory of the relay for each", unit: "KiB", gate: idleGate, goal: idleGoal, atMost: true}
		rows = append(rows, judged{g, []float64{o.pss}})
		if first := all[0]; o.tunnels != first.tunnels {
			g := gate{work: fmt.Sprintf("each of %d, of each of %d", o.tunnels, first.tunnels), unit: "×", gate: linear, atMost: true}
			rows = append(rows, judged{g, []float64{o.pss / first.pss}})
		}
	}
	return rows
}

// writeIdle prints what was found of idle tunnels.
func writeIdle(w io.Writer, all []held) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\n| idle tunnels | KiB each: PSS after %v | RSS then | RSS at once after the logins | RSS after a webhook each | CPU at rest | logins took |\n", idleRest)
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- | --- |")
	for _, o := range all {
		fmt.Fprintf(w, "| %d | %.1f | %.1f | %.1f | %.1f | %.1f %% of a core | %.0f s |\n", o.tunnels, o.pss, o.rss, o.fresh, o.called, 100*o.cpu, o.login.Seconds())
	}
	fmt.Fprintln(w, "\nEach tunnel was called afterwards and answered by its name.")
	for _, o := range all {
		if o.late > 0 {
			fmt.Fprintf(w, "Of the %d there were %d seconds of waiting for some that had lost their relay.\n", o.tunnels, o.late)
		}
	}
}
