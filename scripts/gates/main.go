// Command gates is scripts/scorecard: a table of gates, each with what must hold, the tests that show it, and the figures
// that these tests log. It runs the tests, in full or in a short form that differs by counts alone, or judges by what was
// kept of earlier runs, and prints one Markdown table. Nothing passes unseen: a gate fails when one of its tests fails, is
// skipped, does not exist, did not run, or logs no figure, and a gate that no test shows yet is listed as open.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	c := card{dir: ".", log: os.Stderr}
	var w wish
	flag.BoolVar(&c.short, "short", false, "small counts, a few minutes")
	flag.StringVar(&w.only, "only", "", "ids of gates, separated by commas")
	flag.StringVar(&w.file, "o", "", "file for the table, beside stdout")
	flag.StringVar(&w.from, "from", "", "run nothing: judge by files of go test -json, separated by commas")
	flag.StringVar(&w.keep, "keep", "", "file to which what the tests say is added, for -from")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := c.fulfil(ctx, w)
	if err != nil {
		fmt.Fprintln(os.Stderr, "scorecard:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// A wish is what the command line asks for.
type wish struct {
	only, file, from, keep string
}

func (c *card) fulfil(ctx context.Context, w wish) (ok bool, err error) {
	switch {
	case flag.NArg() > 0 || w.from != "" && w.keep != "":
		return false, errors.New("unknown arguments, or -from and -keep together")
	case w.from != "":
		c.kept, err = c.readRecord(ctx, strings.Split(w.from, ","))
	case w.keep != "":
		var f *os.File
		f, err = c.keepIn(ctx, w.keep)
		defer func() { err = errors.Join(err, f.Close()) }()
	}
	if err != nil {
		return false, err
	}
	return c.show(ctx, os.Stdout, w.file, w.only, table())
}

// A card is one run of the scorecard.
type card struct {
	short bool
	dir   string    // where the module is
	log   io.Writer // what goes on, and why gates fail
	kept  *record   // what to judge by; nil: the tests are run
	keep  io.Writer // what go test -json says goes here, too; nil: nowhere
}

// show runs gates and writes their table. It reports whether all that was asked for holds.
func (c *card) show(ctx context.Context, w io.Writer, file, only string, gates []gate) (bool, error) {
	gates, err := choose(gates, only)
	if err != nil {
		return false, err
	}
	began, commit := time.Now(), c.commit(ctx)
	results := make([]result, 0, len(gates))
	for _, g := range gates {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		c.tell("%-4s %s\n", g.id, g.name)
		r := c.judge(ctx, g)
		c.tell("     %s, %s: %s\n", r.status, r.took.Round(time.Second), r.measured)
		results = append(results, r)
	}
	text := c.heading(began, commit) + rows(results)
	if _, err := io.WriteString(w, text); err != nil {
		return false, err
	}
	if file != "" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return false, err
		}
	}
	return c.holds(results), nil
}

// tell says what goes on. What is judged by a record takes no time to speak of.
func (c *card) tell(format string, args ...any) {
	if c.kept == nil {
		fmt.Fprintf(c.log, format, args...)
	}
}

// holds says whether nothing failed. In full, what is open is not shown to hold either.
func (c *card) holds(results []result) bool {
	return !slices.ContainsFunc(results, func(r result) bool { return r.status == failed || r.status == open && !c.short })
}

// choose keeps the gates with these ids, all of them for "".
func choose(gates []gate, only string) ([]gate, error) {
	if only == "" {
		return gates, nil
	}
	var chosen []gate
	for id := range strings.SplitSeq(only, ",") {
		n := slices.IndexFunc(gates, func(g gate) bool { return g.id == id })
		if n < 0 {
			return nil, fmt.Errorf("no gate is called %q", id)
		}
		chosen = append(chosen, gates[n])
	}
	return chosen, nil
}
