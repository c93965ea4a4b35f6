// Command gates is scripts/scorecard: a table of gates, each with what must hold, the tests that show it, and the figures
// that these tests log. It runs the tests, in full or in a short form that differs by counts alone, and prints one Markdown
// table. Nothing passes unseen: a gate fails when one of its tests fails, is skipped, does not exist, or logs no figure, and
// a gate that no test shows yet is listed as open.
package main

import (
	"context"
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
	flag.BoolVar(&c.short, "short", false, "small counts, a few minutes")
	only := flag.String("only", "", "ids of gates, separated by commas")
	file := flag.String("o", "", "file for the table, beside stdout")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := c.show(ctx, os.Stdout, *file, *only, table())
	if err != nil {
		fmt.Fprintln(os.Stderr, "scorecard:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// A card is one run of the scorecard.
type card struct {
	short bool
	dir   string    // where the module is
	log   io.Writer // what goes on, and why gates fail
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
		fmt.Fprintf(c.log, "%-4s %s\n", g.id, g.name)
		r := c.judge(ctx, g)
		fmt.Fprintf(c.log, "     %s, %s: %s\n", r.status, r.took.Round(time.Second), r.measured)
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
