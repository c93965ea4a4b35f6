package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
)

// startDevhook runs `devhook relay` and `devhook up` as two processes, the one logged in to the other by SSH, with a database of its
// own.
func (h *house) startDevhook(ctx context.Context, p *peer, dir, program string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	if _, err := writeKey(dir, "user_key"); err != nil {
		return err
	}
	host, port := h.address()
	relay, err := h.spawn(dir, "relay", program, "relay", "--json", "--bind", host, "--ports", port, "--ssh", "127.0.0.1:0", "--http", "127.0.0.1:0",
		"--authorized-keys", filepath.Join(dir, "user_key.pub"), "--state", filepath.Join(dir, "state"))
	if err != nil {
		return err
	}
	e, err := awaitReady(ctx, relay)
	if err != nil {
		return err
	}
	at, err := h.between(e.SSH)
	if err != nil {
		return err
	}
	up, err := h.spawn(dir, "up", program, append(upArgs(h.appAddr, dir), "--relay", "ssh://"+at, "--port", port,
		"--identity", filepath.Join(dir, "user_key"), "--accept-new-host-key")...)
	if err != nil {
		return err
	}
	if _, err := awaitReady(ctx, up); err != nil {
		return err
	}
	p.addr = net.JoinHostPort(host, port)
	p.relay, p.agent = []*process{relay}, []*process{up}
	h.keepRecord(p, &record{program: program, dir: dir, up: up})
	return nil
}

// startEmbedded runs `devhook up` with the relay inside it.
func (h *house) startEmbedded(ctx context.Context, p *peer, dir string) error {
	program, err := filepath.Abs(h.s.devhook)
	if err != nil {
		return err
	}
	host, port := h.address()
	up, err := h.spawn(dir, "up", program, append(upArgs(h.appAddr, dir), "--bind", host, "--port", port)...)
	if err != nil {
		return err
	}
	e, err := awaitReady(ctx, up)
	if err != nil {
		return err
	}
	u, err := url.Parse(e.PublicURL)
	if err != nil {
		return err
	}
	p.addr, p.agent = u.Host, []*process{up}
	h.keepRecord(p, &record{program: program, dir: dir, up: up})
	return nil
}

func (h *house) keepRecord(p *peer, r *record) {
	h.records[p.name] = r
	if p.name != off {
		p.owes = r.indexed
	}
}

// upArgs are those of both. Nothing is forgotten while it runs: all of it is looked for afterwards.
func upArgs(appAddr, dir string) []string {
	return []string{
		"up", "--local", appAddr, "--inspect", "off", "--db", database(dir), "--keep", "off", "--keep-size", "off", "--json",
	}
}

func database(dir string) string { return filepath.Join(dir, "bench.db") }

// A readyEvent is what a relay and an `up` print when callers may come.
type readyEvent struct {
	Event       string `json:"event"`
	PublicURL   string `json:"public_url"`
	SSH         string `json:"ssh"`
	Fingerprint string `json:"fingerprint"`
}

func awaitReady(ctx context.Context, p *process) (e readyEvent, err error) {
	text, err := p.await(ctx, announced)
	if err == nil {
		err = json.Unmarshal([]byte(text), &e)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", p.name, err)
	}
	return e, err
}

// announced finds the ready event.
func announced(output string) (string, bool) {
	for line := range strings.Lines(output) {
		var e readyEvent
		if json.Unmarshal([]byte(line), &e) == nil && e.Event == "ready" {
			return line, true
		}
	}
	return "", false
}
