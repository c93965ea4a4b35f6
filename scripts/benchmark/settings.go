package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings are the flags, checked.
type settings struct {
	peers    []string // in the tables' order; direct is always the first
	custom   map[string]string
	cells    []cell
	rounds   int
	duration time.Duration // of one measurement
	gates    bool          // a missed gate makes the exit code 1
	needs    bool          // only print what the peers need
	write    string        // top folder, whose README and results file are brought up to date; "": neither

	devhook, devhookOff string // the programs
	npm                 string // where the packages of npm/package.json are installed

	idle      []int // numbers of idle tunnels; none: not measured
	store     []int // numbers of captures; none: not measured
	storeTest string
	storeDir  string
}

// usualPeers take part where the flags don't say otherwise.
var usualPeers = []string{direct, "nginx", openssh, "mitmproxy", "localtunnel", recording, off}

// everyPeer are all that are built in.
var everyPeer = append(usualPeers[:len(usualPeers):len(usualPeers)], embedded)

// The peers that others are set against, and ours.
const (
	direct    = "direct"
	openssh   = "ssh"
	recording = "devhook"
	embedded  = "devhook-embedded"
	off       = "devhook-off"
)

func isOurs(name string) bool { return name == direct || strings.HasPrefix(name, recording) }

// a choice is the flags that choose cells.
type choice struct{ kinds, callers, sizes, delays string }

func parse(args []string) (settings, error) {
	s := settings{custom: map[string]string{}}
	var c choice
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	peers := f.String("peers", strings.Join(usualPeers, ","), "who takes part; direct always does; there is "+embedded+", too")
	f.Func("peer", "one more peer, as `name=command`; repeatable. The shell runs it with APP (host:port of the app), APP_PORT and PORT, where it "+
		"is to listen on 127.0.0.1", s.addPeer)
	f.StringVar(&c.kinds, "kind", "", "close (a connection for each request), keep or both. With one of -kind, -callers, -size and -delay the cells are "+
		"all combinations of these four, else those of the table of gates (default close)")
	f.StringVar(&c.callers, "callers", "", "numbers of callers at a time (default 16)")
	f.StringVar(&c.sizes, "size", "", "sizes of bodies: 1k,100k,10m (default 1k)")
	f.StringVar(&c.delays, "delay", "", "delays each way between relay and agent, as in 0,20ms (default 0); direct, ssh, devhook and devhook-off take part in what has one")
	f.IntVar(&s.rounds, "rounds", 5, "rounds")
	f.DurationVar(&s.duration, "duration", 2*time.Second, "of one measurement; a round has one for each peer and cell")
	f.BoolVar(&s.gates, "gates", false, "a missed gate makes the exit code 1")
	f.StringVar(&s.write, "write", "", "also put the results into RESULTS.md and the README of the repository with this top `folder`")
	f.BoolVar(&s.needs, "needs", false, "only print what the peers need to be installed")
	f.StringVar(&s.devhook, "devhook", "devhook", "the devhook program")
	f.StringVar(&s.devhookOff, "devhook-off", "devhook-off", "the one that was built with -tags norecord")
	f.StringVar(&s.npm, "npm", "", "folder with localtunnel and its server installed")
	idle := f.String("idle", "", "measure the relay's memory with so many idle tunnels instead: 1000,10000")
	stored := f.String("store", "", "measure reading from a store of so many captures instead: 10000,100000,1000000")
	f.StringVar(&s.storeTest, "store-test", "", "with -store: the test program of package store, whose benchmarks are run")
	f.StringVar(&s.storeDir, "store-dir", "", "with -store: keep the databases here, and use those that are there")
	short := f.Bool("short", false, "a few cells, direct, ssh and devhook, 2 rounds of 250ms: shows that it works, its figures say little")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, errors.New("want flags only, no arguments")
	}
	var err error
	if s.cells, err = c.cells(plan()); err != nil {
		return s, err
	}
	if *short {
		s.rounds, s.duration = 2, 250*time.Millisecond
		s.cells, err = c.cells(shortPlan())
		if !isSet(f, "peers") {
			*peers = strings.Join([]string{direct, openssh, recording, off}, ",")
		}
	}
	s.setPeers(*peers)
	s.idle, err = numbers("-idle", *idle, 100_000, err)
	s.store, err = numbers("-store", *stored, 10_000_000, err)
	if s.rounds < 1 || s.duration <= 0 {
		err = errors.Join(err, errors.New("want -rounds of 1 or more and a -duration above 0"))
	}
	return s, err
}

func isSet(f *flag.FlagSet, name string) (set bool) {
	f.Visit(func(one *flag.Flag) { set = set || one.Name == name })
	return set
}

func (s *settings) addPeer(text string) error {
	name, command, ok := strings.Cut(text, "=")
	if !ok || name == "" || command == "" || slices.Contains(everyPeer, name) || isOurs(name) {
		return errors.New("want name=command with a name of its own")
	}
	s.custom[name] = command
	return nil
}

// setPeers puts direct first, and those of -peer last.
func (s *settings) setPeers(list string) {
	s.peers = []string{direct}
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(s.peers, name) {
			s.peers = append(s.peers, name)
		}
	}
	var more []string
	for name := range s.custom {
		if !slices.Contains(s.peers, name) {
			more = append(more, name)
		}
	}
	slices.Sort(more)
	s.peers = append(s.peers, more...)
}

// cells are the chosen ones, or those of the plan where nothing is chosen.
func (c choice) cells(plan []cell) ([]cell, error) {
	if c == (choice{}) {
		return plan, nil
	}
	var kinds []bool
	var sizes []int
	var delays []time.Duration
	for word := range words(c.kinds, "close") {
		if word != "close" && word != "keep" {
			return nil, fmt.Errorf("-kind %q: want close, keep or both", word)
		}
		kinds = append(kinds, word == "keep")
	}
	callers, err := numbers("-callers", firstOf(c.callers, "16"), 1024, nil)
	if err != nil {
		return nil, err
	}
	for word := range words(c.sizes, "1k") {
		n, err := parseSize(word)
		if err != nil {
			return nil, fmt.Errorf("-size %w", err)
		}
		sizes = append(sizes, n)
	}
	for word := range words(c.delays, "0") {
		d, err := time.ParseDuration(word)
		if err != nil || d < 0 || d > time.Second {
			return nil, fmt.Errorf("-delay %q: want 0 to 1s", word)
		}
		delays = append(delays, d)
	}
	return cross(kinds, callers, sizes, delays), nil
}

func words(list, otherwise string) func(func(string) bool) {
	return strings.SplitSeq(firstOf(list, otherwise), ",")
}

func firstOf(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// numbers reads a list of numbers from 1 to most; before is an error that there was already.
func numbers(flag, list string, most int, before error) ([]int, error) {
	if before != nil || list == "" {
		return nil, before
	}
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > most {
			return nil, fmt.Errorf("%s %q: want numbers from 1 to %d", flag, list, most)
		}
		all = append(all, n)
	}
	return all, nil
}
