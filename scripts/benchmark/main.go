// Command benchmark compares devhook with a stock `ssh -R` and with no tunnel at all, on loopback: the same sender
// posts 1 KiB of JSON over a new connection for each request, as most webhook senders do, first directly to a small app, then
// through Debian's sshd, then through `devhook up`, which records everything. They take turns, round after round,
// since a machine's mood changes by the second: only figures of one round are set against each other.
//
// Every answer is checked: it must name the request it belongs to. Afterwards every request that was answered
// through devhook must stand in its database once, with one delivery that the app answered. A wrong answer or a missing
// row makes the exit code 1.
//
// scripts/bench builds devhook and this program and runs it. What it starts (sshd with its own keys and settings, ssh,
// devhook, the app) listens on loopback, lives in a temporary folder and is ended by its process id.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
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

// settings are the flags, checked.
type settings struct {
	peers    []string // in the table's order
	callers  []int
	rounds   int
	duration time.Duration // of one measurement
	devhook  string        // the program
}

func run(ctx context.Context, w io.Writer, args []string) (err error) {
	if len(args) == 1 && args[0] == "app" {
		return serveApp(ctx, w)
	}
	s, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "devhook-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	house := &house{dir: dir}
	defer func() { err = errors.Join(err, house.stop()) }()
	peers, err := house.start(ctx, s)
	if err != nil {
		return err
	}
	rounds, err := measureAll(ctx, s, peers, dir)
	if err != nil {
		return err
	}
	writeReport(w, s, rounds)
	return house.checkStored(ctx, w, s, peers)
}

func parse(args []string) (settings, error) {
	var s settings
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	peers := f.String("peers", "direct,ssh,devhook", "who takes part; direct always does")
	callers := f.String("callers", "1,16", "numbers of callers at a time")
	f.IntVar(&s.rounds, "rounds", 6, "rounds")
	f.DurationVar(&s.duration, "duration", 3*time.Second, "of one measurement; a round has one for each peer and number of callers")
	f.StringVar(&s.devhook, "devhook", "devhook", "the devhook program")
	short := f.Bool("short", false, "3 rounds of 800ms: shows that it works, its figures say little")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if *short {
		s.rounds, s.duration = 3, 800*time.Millisecond
	}
	s.peers = strings.Split(*peers, ",")
	if !slices.Contains(s.peers, "direct") {
		s.peers = append([]string{"direct"}, s.peers...)
	}
	for word := range strings.SplitSeq(*callers, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > 1024 {
			return s, fmt.Errorf("-callers %q: want numbers from 1 to 1024", *callers)
		}
		s.callers = append(s.callers, n)
	}
	if s.rounds < 1 || s.duration <= 0 || f.NArg() > 0 {
		return s, errors.New("want -rounds of 1 or more, a -duration above 0 and no arguments")
	}
	return s, nil
}

// A round holds one result for each peer and number of callers, and how long the disk took then.
type round struct {
	results map[key]result
	fsync   float64 // milliseconds, see fsyncTime
}

type key struct {
	peer    string
	callers int
}

// measureAll lets the peers take turns. Each round begins with another peer, so that none always runs on a machine
// that the one before it has warmed or tired.
func measureAll(ctx context.Context, s settings, peers map[string]*peer, dir string) ([]round, error) {
	for _, name := range s.peers {
		if r := measure(ctx, peers[name], 1, 300*time.Millisecond); r.err != nil {
			return nil, fmt.Errorf("%s: %w", name, r.err)
		}
	}
	var rounds []round
	for n := range s.rounds {
		disk, err := fsyncTime(dir)
		if err != nil {
			return nil, err
		}
		now := round{results: map[key]result{}, fsync: disk}
		for i := range s.peers {
			name := s.peers[(i+n)%len(s.peers)]
			for _, callers := range s.callers {
				r := measure(ctx, peers[name], callers, s.duration)
				if r.err != nil {
					return nil, fmt.Errorf("%s, %d callers, round %d: %w", name, callers, n+1, r.err)
				}
				now.results[key{name, callers}] = r
			}
		}
		rounds = append(rounds, now)
	}
	return rounds, nil
}
