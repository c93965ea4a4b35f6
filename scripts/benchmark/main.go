// Command benchmark sets devhook, recording everything, beside peers that record nothing (and mitmproxy, which does), on loopback:
// one sender posts JSON to a small app, directly and by each peer in turn, round after round, since a machine's mood changes by
// the second: only figures of one round are set against each other.
//
// Every answer is checked, and the app checks every byte of every body. Afterwards every request that was answered through
// devhook must stand in its database once, with one delivery that the app answered. A wrong answer or a missing row
// makes the exit code 1; with -gates a missed gate does, too.
//
// scripts/bench builds devhook and this program and runs it. What it starts listens on loopback, lives in a temporary folder and is
// ended by its process id.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

func main() {
	// Children are to die with this process, and Linux ties that to the thread that started them.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, args []string) (err error) {
	if len(args) == 1 && args[0] == "app" {
		return serveApp(ctx, w)
	}
	if len(args) > 0 && args[0] == "agents" {
		return serveAgents(ctx, w, args[1:])
	}
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.needs {
		writeNeeds(w, s)
		return nil
	}
	dir, err := os.MkdirTemp("", "devhook-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m := &measurement{s: s, dir: dir, load: load()}
	if err := m.all(ctx); err != nil {
		return err
	}
	writeReport(w, m)
	if s.write != "" {
		if err := m.keep(s.write); err != nil {
			return err
		}
	}
	if len(m.broken) > 0 {
		return errors.Join(m.broken...)
	}
	if missed := m.missedGates(); s.gates && missed > 0 {
		return fmt.Errorf("%s missed", plural(missed, "gate"))
	}
	return nil
}

// A measurement is all that a run found out.
type measurement struct {
	s      settings
	dir    string
	load   string // of the machine before we began
	rounds []round
	idle   []held
	reads  []read
	seen   []string // what was found in the databases
	broken []error  // what devhook's databases lack or have too much of
	faults []string // of others than devhook
}

// A round holds one result for each peer and cell, and how the machine was then.
type round struct {
	results   map[key]result
	fsync     float64          // milliseconds, see fsyncTime
	roundTrip map[cell]float64 // milliseconds, of cells with a delay
}

type key struct {
	peer string
	cell cell
}

// all measures the cells of each delay by themselves: what runs for one would only be in the other's way.
func (m *measurement) all(ctx context.Context) error {
	if len(m.s.idle)+len(m.s.store) > 0 {
		return errors.Join(m.allIdle(ctx), m.allReads(ctx))
	}
	for range m.s.rounds {
		m.rounds = append(m.rounds, round{results: map[key]result{}, roundTrip: map[cell]float64{}})
	}
	for _, delay := range delaysOf(m.s.cells) {
		dir := filepath.Join(m.dir, "delay-"+delay.String())
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		h := &house{s: m.s, dir: dir, delay: delay}
		if err := errors.Join(m.inHouse(ctx, h), h.close(), os.RemoveAll(dir)); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurement) inHouse(ctx context.Context, h *house) error {
	if err := h.open(ctx); err != nil {
		return err
	}
	if err := m.turns(ctx, h); err != nil {
		return err
	}
	for _, name := range []string{recording, embedded, off} {
		if h.records[name] == nil {
			continue
		}
		line, err := h.checkStored(ctx, name)
		if err != nil {
			m.broken = append(m.broken, fmt.Errorf("%s: %w", name, err))
			continue
		}
		m.seen = append(m.seen, line)
	}
	return context.Cause(ctx)
}
